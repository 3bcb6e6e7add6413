"""A whole Deal Finder on one machine, from its database to its last worker.

Runs inside `manage.py up`, which holds the home (see `attach`); Django is set up by then.
"""

from __future__ import annotations

import http.client
import os
from functools import partial
from typing import IO

from dealfinder.embedded.errors import EmbeddedError
from dealfinder.embedded.home import Home, variables
from dealfinder.embedded.locks import State, write_state
from dealfinder.embedded.ports import HOST, is_free
from dealfinder.embedded.postgres import Postgres
from dealfinder.embedded.programs import programs
from dealfinder.embedded.servers import Servers
from dealfinder.embedded.supervisor import Child, Supervisor
from dealfinder.embedded.valkey import Valkey

_SERVERS, _PROGRAMS = 0, 1
_TITLES = {"postgres": "PostgreSQL", "valkey": "Valkey"}
_FIRST_PAGE_SECONDS = 120


class Running:
    """`start`, `announce`, `keep`, and in any case `stop`."""

    def __init__(self, home: Home, port: int, console: IO[str], *, show_everything: bool = False) -> None:
        self.home = home
        self.port = port
        self.address = f"http://{HOST}:{port}"
        self.supervisor = Supervisor(home.logs, console, show_everything=show_everything)

    def start(self, *, samples: bool) -> None:
        """Start everything; returns when the first page answers. Raises `EmbeddedError` where that does not come to pass."""
        self.home.check_space()
        if not is_free(self.port):
            raise EmbeddedError(
                f"Port {self.port} is taken by another program; choose another one with `PORT={self.port + 1} make run` "
                f"or `python manage.py up --port {self.port + 1}`."
            )
        self._start_servers(Servers(self.home, variables()))
        self.supervisor.say("Preparing the database …")
        prepare_database()
        self.supervisor.say("Starting the web server and the workers …")
        # The web server alone at first: the first page is there sooner when nothing else wants the processors.
        web, *others = programs(self.port)
        self.supervisor.add(web.name, web.spec, level=_PROGRAMS)
        self._wait_for_first_page()
        for program in others:
            self.supervisor.add(program.name, program.spec, level=_PROGRAMS)
        write_state(self.home.run, State(os.getpid(), "up", ready=True, address=self.address))
        send_first_tasks(samples=samples)

    def _start_servers(self, servers: Servers) -> None:
        for server in servers.ours:
            self.supervisor.say(f"Starting {_TITLES[server.name]} …")
            child = self.supervisor.add(server.name, server.spec, level=_SERVERS, before=server.prepare, quiet=True)
            self._wait_for_server(server, child)
        if servers.postgres is not None:
            servers.postgres.ensure_database()

    def _wait_for_server(self, server: Postgres | Valkey, child: Child) -> None:
        try:
            server.wait_ready(child.is_alive)
        except EmbeddedError as error:
            words = child.log.last_words()
            raise EmbeddedError(
                f"{error} Its last words in {child.log.path}: {words}" if words else str(error)
            ) from error

    def _wait_for_first_page(self) -> None:
        if not self.supervisor.wait_for(partial(_page_answers, self.port), _FIRST_PAGE_SECONDS):
            raise EmbeddedError(
                f"The first page did not answer within {_FIRST_PAGE_SECONDS} seconds; {self.home.logs / 'web.log'} says why."
            )

    def announce(self, seconds: float) -> None:
        """Tell the person at the terminal where to go, and how to become the first operator while there is none."""
        say = self.supervisor.say
        say(f"Deal Finder is ready at {self.address}")
        link = first_operator_link(self.address)
        if link:
            say("Make the first operator account with this link; it works once, within 24 hours:")
            say(f"  {link}")
        say(f"It took {seconds:.0f} seconds. Logs are in {self.home.logs}; Ctrl-C stops everything.")

    def keep(self) -> None:
        """Keep everything running, until an exception (a signal) ends it."""
        while True:
            self.supervisor.wait_for(lambda: False, 3600)

    def stop(self) -> None:
        """Stop all children, the servers last."""
        self.supervisor.stop_all()


def _page_answers(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def prepare_database() -> None:
    """Bring the database up to date, with the schedules and the sources that Deal Finder comes with."""
    from django.db import connection

    from agents.scanning.actions.sources import install_default_sources
    from dealfinder.embedded.migrations import migrate
    from dealfinder.schedules import install_schedules

    migrate()
    install_schedules()
    install_default_sources()
    # The supervisor itself keeps no connection: it would die with every restart of the database.
    connection.close()


def first_operator_link(address: str) -> str | None:
    """A one-time link to make an operator account, or None where there is an operator already."""
    from django.db import connection

    from accounts.actions.invitations import create_operator_invitation
    from accounts.selectors import operator_exists

    try:
        if operator_exists():
            return None
        return f"{address}/accounts/operator/{create_operator_invitation()}/"
    finally:
        connection.close()


def send_first_tasks(*, samples: bool) -> None:
    """Ask the workers for what should not wait for the clock: the samples, once, and a first scan."""
    from celery import current_app

    if samples:
        current_app.send_task("starter.load")
    current_app.send_task("scan.due")

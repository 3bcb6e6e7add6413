"""The whole way of a deal on a running installation: from the start of a scan to an open page, and to a notification.

Starts `manage.py up` in a home of its own and a feed server on the loopback, adds one source after the other over the API, and listens
to the live feed as an open page does.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from websockets.sync.client import ClientConnection, connect

from benchmarks.measurement import Measurement
from dealfinder.embedded.ports import any_free_port

ROUNDS = 7
_EMAIL, _PASSWORD = "operator@example.com", "a passphrase for the benchmark"
_STEPS = {
    "deal.found": "scan started to the deal on an open page",
    "deal.valued": "scan started to its worth on an open page",
    "match.found": "scan started to its match",
    "notification.sent": "scan started to the notification",
}
_PROJECT = Path(__file__).resolve().parent.parent


class _Feeds(BaseHTTPRequestHandler):
    """Each address `/N` is a feed with one offer that no other feed has."""

    def do_GET(self) -> None:
        number = self.path.strip("/")
        body = f"""<rss version="2.0"><channel><title>Feed {number}</title><link>http://shop{number}.example/</link><item>
            <title>Wireless headphones model HX{number} $129.99</title><link>http://shop{number}.example/hx{number}</link>
            <guid>hx{number}</guid></item></channel></rss>""".encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/rss+xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the benchmark prints a table."""


def run() -> list[Measurement]:
    """Median seconds over some scans, the first of them left out: it loads the models."""
    home = Path(tempfile.mkdtemp(prefix="dealfinder-bench-"))
    home.chmod(0o711)
    feeds = ThreadingHTTPServer(("127.0.0.1", 0), _Feeds)
    threading.Thread(target=feeds.serve_forever, daemon=True).start()
    up, link = _start(home)
    try:
        seconds = _measure(link, feeds.server_address[1])
    finally:
        up.send_signal(signal.SIGINT)
        up.wait(20)
        feeds.shutdown()
        shutil.rmtree(home, ignore_errors=True)
    return [Measurement(name, statistics.median(seconds[kind]), "s") for kind, name in _STEPS.items()]


def _start(home: Path) -> tuple[subprocess.Popen[str], str]:
    hidden = {"DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL", "SECRET_KEY", "PUBLIC_URL"}
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    environment |= {"DEALFINDER_HOME": str(home), "EGRESS_ALLOW_CIDRS": "127.0.0.0/8"}
    up = subprocess.Popen(
        [sys.executable, "manage.py", "up", "--port", str(any_free_port()), "--no-demo"],
        cwd=_PROJECT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert up.stdout is not None
    for line in up.stdout:
        if found := re.search(r"http\S+/accounts/operator/\S+", line):
            threading.Thread(target=up.stdout.read, daemon=True).start()
            return up, found.group(0)
    raise RuntimeError("Deal Finder did not start.")


def _measure(link: str, feed_port: int) -> dict[str, list[float]]:
    parts = urlsplit(link)
    site = f"http://{parts.netloc}"
    _accept(link)
    token = _call(site, "auth/token", {"email": _EMAIL, "password": _PASSWORD})["access"]
    goal = {"title": "Headphones", "keywords": ["headphones"], "max_price": "200"}
    _call(site, "goals", goal, token)
    seconds: dict[str, list[float]] = {kind: [] for kind in _STEPS}
    with connect(f"ws://{parts.netloc}/ws/v1/feed/") as feed:
        feed.send(json.dumps({"type": "authenticate", "token": token}))
        feed.send(json.dumps({"type": "subscribe", "topics": ["deals", "matches", "notifications", "scans"]}))
        for number in range(ROUNDS):
            source = {
                "title": f"Feed {number}",
                "kind": "feed",
                "marketplace": f"shop{number}",
                "name": f"feed-{number}",
            }
            _call(site, "sources", {**source, "url": f"http://127.0.0.1:{feed_port}/{number}"}, token)
            arrived = _listen(feed, f"feed-{number}", f"HX{number}")
            if number:
                for kind, value in arrived.items():
                    seconds[kind].append(value)
    return seconds


def _listen(feed: ClientConnection, source: str, model: str) -> dict[str, float]:
    """Seconds from the scan's start, by the clock of its event, to the arrival of each message about the offer."""
    began: float | None = None
    arrived: dict[str, float] = {}
    deadline = time.time() + 90
    while len(arrived) < len(_STEPS):
        message = json.loads(feed.recv(timeout=max(0.1, deadline - time.time())))
        now = time.time()
        if message["type"] == "scan.started" and message["data"]["source"] == source:
            began = datetime.fromisoformat(message["at"]).timestamp()
        elif began is not None and message["type"] in _STEPS and model in json.dumps(message["data"]):
            arrived.setdefault(message["type"], now - began)
    return arrived


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

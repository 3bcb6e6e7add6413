"""The whole way of a deal on a running installation: from the start of a scan to an open page, and to a notification.

Starts `manage.py up` in a home of its own and a feed server on the loopback, adds one source after the other over the API, and listens
to the live feed as an open page does.
"""

from __future__ import annotations

import json
import statistics
import threading
import time
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from websockets.sync.client import ClientConnection, connect

from benchmarks.installation import Installation, installation
from benchmarks.measurement import Measurement

ROUNDS = 7
_STEPS = {
    "deal.found": "scan started to the deal on an open page",
    "deal.valued": "scan started to its worth on an open page",
    "match.found": "scan started to its match",
    "notification.sent": "scan started to the notification",
}


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
    feeds = ThreadingHTTPServer(("127.0.0.1", 0), _Feeds)
    threading.Thread(target=feeds.serve_forever, daemon=True).start()
    try:
        with installation("--no-demo") as running:
            seconds = _measure(running, feeds.server_address[1])
    finally:
        feeds.shutdown()
    return [Measurement(name, statistics.median(seconds[kind]), "s") for kind, name in _STEPS.items()]


def _measure(running: Installation, feed_port: int) -> dict[str, list[float]]:
    goal = {"title": "Headphones", "keywords": ["headphones"], "max_price": "200"}
    running.call("goals", goal)
    seconds: dict[str, list[float]] = {kind: [] for kind in _STEPS}
    with connect(f"ws{running.site.removeprefix('http')}/ws/v1/feed/") as feed:
        feed.send(json.dumps({"type": "authenticate", "token": running.token}))
        feed.send(json.dumps({"type": "subscribe", "topics": ["deals", "matches", "notifications", "scans"]}))
        for number in range(ROUNDS):
            source = {
                "title": f"Feed {number}",
                "kind": "feed",
                "marketplace": f"shop{number}",
                "name": f"feed-{number}",
            }
            running.call("sources", {**source, "url": f"http://127.0.0.1:{feed_port}/{number}"})
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

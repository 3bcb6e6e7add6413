"""Requests on the way out: what is sent, what goes along at a redirect, connections that are kept, and the counts."""

from __future__ import annotations

import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
import redis

from common.egress import EgressError, ForbiddenAddressError, Page, fetch, request_counts
from common.egress.counting import KEY
from tests.wire_server import Request, WireServer, half_a_body, hang_up, said, wire_server


@pytest.fixture
def server(settings: Any) -> Iterator[WireServer]:
    settings.EGRESS_ALLOW_CIDRS = ["127.0.0.0/8"]
    with wire_server(said(b"usual")) as running:
        yield running


@pytest.fixture
def other(settings: Any) -> Iterator[WireServer]:
    with wire_server(said(b"other")) as running:
        yield running


def _fetch(url: str, **more: Any) -> Page:
    return fetch(url, **{"max_bytes": 100_000, "max_seconds": 30.0, **more})


def _sends_to(url: str, status: int = 302) -> Any:
    return said(b"", status, Location=url)


def test_a_body_is_posted_with_its_length_and_headers(server: WireServer) -> None:
    server.next = [said({"ok": True}, 201)]
    page = _fetch(
        f"{server.url}/hook", method="POST", content=b'{"a": 1}', headers={"content-type": "application/json"}
    )
    assert (page.status, page.body) == (201, b'{"ok": true}')
    (request,) = server.requests
    assert (request.method, request.path, request.json) == ("POST", "/hook", {"a": 1})
    assert request.headers["content-type"] == "application/json"


def test_every_status_is_an_answer_for_who_asks_for_that(server: WireServer) -> None:
    server.next = [said({"error": "invalid_client"}, 401), said(b"", 302)]
    assert _fetch(server.url, any_status=True).body == b'{"error": "invalid_client"}'
    assert _fetch(server.url, any_status=True).status == 302


def test_nothing_is_followed_for_who_wants_no_redirects(server: WireServer) -> None:
    server.next = [_sends_to("/elsewhere")]
    with pytest.raises(EgressError, match="not followed"):
        _fetch(server.url, max_redirects=0)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("status", "method", "body"),
    [(301, "GET", b""), (302, "GET", b""), (303, "GET", b""), (307, "POST", b"x"), (308, "POST", b"x")],
)
def test_what_a_redirect_makes_of_a_post(server: WireServer, status: int, method: str, body: bytes) -> None:
    server.next = [_sends_to("/b", status)]
    _fetch(f"{server.url}/a", method="POST", content=b"x", headers={"Content-Type": "text/plain"})
    assert [(request.method, request.body) for request in server.requests] == [("POST", b"x"), (method, body)]
    assert ("content-type" in server.requests[1].headers) == (method == "POST")


def test_secrets_stay_behind_when_another_origin_is_asked(server: WireServer, other: WireServer) -> None:
    secrets = {"Cookie": "s=1", "Authorization": "Bearer t", "X-Api-Key": "k", "Accept": "text/html"}
    server.next = [_sends_to("/same")]
    _fetch(f"{server.url}/a", headers=secrets)
    assert server.requests[1].headers["cookie"] == "s=1"
    server.next = [_sends_to(f"{other.url}/b")]
    assert _fetch(f"{server.url}/a", headers=secrets).body == b"other"
    (received,) = other.requests
    assert not {"cookie", "authorization", "x-api-key"} & set(received.headers)
    assert received.headers["accept"] == "text/html"
    assert received.headers["host"] == other.url.removeprefix("http://")


def test_a_body_is_not_sent_on_to_another_origin(server: WireServer, other: WireServer) -> None:
    server.next = [_sends_to(f"{other.url}/b", 307)]
    with pytest.raises(EgressError, match="meant for itself"):
        _fetch(server.url, method="POST", content=b"secret")
    assert other.requests == []


@pytest.mark.parametrize(
    "headers",
    [{"X": "a\r\nHost: evil"}, {"X": "a\nb"}, {"X\r\nY": "a"}, {"Host": "evil"}, {"Content-Length": "0"}, {"X": "\x00"}, {"a b": "c"}],
)  # fmt: skip
def test_no_header_breaks_out_of_the_request(server: WireServer, headers: dict[str, str]) -> None:
    with pytest.raises(ForbiddenAddressError, match="cannot be sent"):
        _fetch(server.url, headers=headers)
    with pytest.raises(EgressError, match="method"):
        _fetch(server.url, method="GET / HTTP/1.1\r\nX:")
    assert server.requests == []


def test_a_connection_serves_several_requests(server: WireServer) -> None:
    ports = []

    def note(server: WireServer, handler: BaseHTTPRequestHandler, request: Request) -> Any:
        ports.append(handler.client_address[1])
        return said(b"x")(server, handler, request)

    server.usual = note
    for path in ("/a", "/b", "/c"):
        _fetch(server.url + path)
    server.next = [said(b"", 304), _sends_to("/d"), said(b"a bit", 500)]
    _fetch(server.url)
    with pytest.raises(EgressError):
        _fetch(server.url)
    assert len(set(ports)) == 1


def test_a_kept_connection_that_was_closed_is_replaced_but_not_for_a_post(server: WireServer) -> None:
    _fetch(server.url)
    server.next = [hang_up]
    assert _fetch(server.url).body == b"usual"
    server.next = [hang_up]
    with pytest.raises(EgressError, match="broke off"):
        _fetch(server.url, method="POST", content=b"x")
    server.next = [half_a_body]
    with pytest.raises(EgressError, match="broke off"):
        _fetch(server.url)
    assert [request.method for request in server.requests] == ["GET", "GET", "GET", "POST", "GET"]


def test_a_kept_connection_is_not_used_once_its_network_is_forbidden(server: WireServer, settings: Any) -> None:
    _fetch(server.url)
    settings.EGRESS_ALLOW_CIDRS = []
    with pytest.raises(ForbiddenAddressError):
        _fetch(server.url)
    assert len(server.requests) == 1


def test_headers_without_end_are_cut_off(server: WireServer) -> None:
    def endless(server: WireServer, handler: BaseHTTPRequestHandler, request: Request) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for number in range(100_000):
            handler.wfile.write(b"X-%d: %s\r\n" % (number, b"x" * 1000))

    started = time.monotonic()
    server.next = [endless]
    with pytest.raises(EgressError, match="headers that do not end"):
        _fetch(server.url, max_seconds=30.0)
    assert time.monotonic() - started < 30


def test_requests_are_counted_by_purpose_and_outcome(server: WireServer, valkey: redis.Redis) -> None:
    request_counts()
    valkey.delete(KEY)
    _fetch(server.url, role="scan")
    _fetch(server.url, role="scan")
    server.next = [said(b"", 403)]
    with pytest.raises(EgressError):
        _fetch(server.url, role="robots")
    with pytest.raises(EgressError):
        _fetch("http://10.0.0.1/", role="webhook")
    counts = {(count.role, count.outcome): (count.requests, count.bytes) for count in request_counts()}
    assert counts == {("scan", "ok"): (2, 10), ("robots", "status_4xx"): (1, 0), ("webhook", "refused"): (1, 0)}


def test_counting_goes_on_while_valkey_is_away(server: WireServer, settings: Any, valkey: redis.Redis) -> None:
    request_counts()
    valkey.delete(KEY)
    there = settings.REDIS_URL
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert _fetch(server.url, role="scan").body == b"usual"
    assert request_counts() == []
    settings.REDIS_URL = there
    assert [(count.role, count.requests) for count in request_counts()] == [("scan", 1)]

"""The one way out: limits of bytes and time, redirects, and no way into a private network."""

from __future__ import annotations

import gzip
import ipaddress
import socket
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from common.egress import EgressError, ForbiddenAddressError, check_address, fetch
from tests.agents.scanning.local_server import LocalServer, local_server


@pytest.fixture
def server(settings: Any) -> Iterator[LocalServer]:
    settings.EGRESS_ALLOW_CIDRS = ["127.0.0.0/8"]
    with local_server() as running:
        yield running


def _fetch(url: str, **limits: Any) -> Any:
    return fetch(url, **{"max_bytes": 100_000, "max_seconds": 30.0, **limits})


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.9.9.9", "168.63.129.16", "169.254.169.254", "172.16.0.1", "192.0.2.1",
        "192.168.1.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
        "64:ff9b::7f00:1", "64:ff9b:1::1", "2001::1", "2002:7f00:1::", "fc00::1", "fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1",
    ],
)  # fmt: skip
def test_no_address_outside_of_the_public_internet(address: str, settings: Any) -> None:
    settings.EGRESS_ALLOW_CIDRS = []
    with pytest.raises(ForbiddenAddressError, match="not on the public internet"):
        check_address(ipaddress.ip_address(address), "host.example")


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.216.34", "2606:4700:4700::1111"])
def test_public_addresses_pass(address: str, settings: Any) -> None:
    settings.EGRESS_ALLOW_CIDRS = []
    check_address(ipaddress.ip_address(address), "host.example")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "127.1", "0"])
def test_no_spelling_of_this_machine_is_reached(host: str, settings: Any) -> None:
    with local_server() as server:
        server.serve("/", b"secret")
        settings.EGRESS_ALLOW_CIDRS = []
        with pytest.raises(EgressError):
            _fetch(server.url.replace("127.0.0.1", host) + "/")
        assert server.requests == []


def test_a_page_is_fetched_with_an_honest_name(server: LocalServer) -> None:
    url = server.serve("/a?b=ü".replace("ü", "%C3%BC"), b"hello", ETag='"1"')
    page = _fetch(f"{server.url}/a?b=ü#part", headers={"If-None-Match": '"0"'})
    assert (page.status, page.body, page.headers["etag"]) == (200, b"hello", '"1"')
    ((path, headers),) = server.requests
    assert server.url + path == url
    assert headers["user-agent"].startswith("DealFinder/")
    assert headers["if-none-match"] == '"0"'
    assert headers["host"] == server.url.removeprefix("http://")


def test_not_modified_is_an_answer(server: LocalServer) -> None:
    url = server.serve("/a", b"", status=304)
    assert _fetch(url).not_modified


def test_redirects_are_followed_a_few_times_only(server: LocalServer) -> None:
    server.serve("/end", b"here")
    for number in range(8):
        server.serve(f"/{number}", b"", status=302, Location=f"/{number + 1}" if number < 7 else "/end")
    assert _fetch(f"{server.url}/3").body == b"here"
    with pytest.raises(EgressError, match="redirects more than 5 times"):
        _fetch(f"{server.url}/0")


def test_a_redirect_into_a_private_network_is_not_followed(server: LocalServer) -> None:
    url = server.serve("/a", b"", status=301, Location="http://10.0.0.1/admin")
    with pytest.raises(ForbiddenAddressError):
        _fetch(url)


@pytest.mark.parametrize(
    "target", ["file:///etc/passwd", "ftp://x/", "gopher://x/", "http://user:secret@127.0.0.1/", ""]
)
def test_a_redirect_to_something_else_is_not_followed(server: LocalServer, target: str) -> None:
    url = server.serve("/a", b"", status=302, Location=target)
    with pytest.raises(EgressError) as caught:
        _fetch(url)
    assert "secret" not in str(caught.value)


def test_a_large_body_is_cut_off(server: LocalServer) -> None:
    url = server.serve("/big", b"x" * 200_000)
    with pytest.raises(EgressError, match="more than"):
        _fetch(url)

    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        while True:
            handler.wfile.write(b"x" * 10_000)

    server.answers["/endless"] = endless
    with pytest.raises(EgressError, match="more than"):
        _fetch(f"{server.url}/endless")


def test_a_compressed_bomb_is_cut_off(server: LocalServer) -> None:
    url = server.serve("/bomb", gzip.compress(b"\0" * 50_000_000), Content_Encoding="gzip")
    with pytest.raises(EgressError, match="more than"):
        _fetch(url)


def test_compressed_answers_are_unpacked_and_damaged_ones_refused(server: LocalServer) -> None:
    packed = gzip.compress(b"hello" * 100)
    assert _fetch(server.serve("/good", packed, Content_Encoding="gzip")).body == b"hello" * 100
    with pytest.raises(EgressError, match="breaks off"):
        _fetch(server.serve("/half", packed[:-12], Content_Encoding="gzip"))
    with pytest.raises(EgressError, match="damaged"):
        _fetch(server.serve("/bad", b"nonsense", Content_Encoding="gzip"))
    with pytest.raises(EgressError, match="compression"):
        _fetch(server.serve("/br", b"nonsense", Content_Encoding="br"))


@pytest.mark.parametrize("part", ["headers", "body"])
def test_a_slow_drip_ends_at_the_deadline(server: LocalServer, part: str) -> None:
    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n" + (b"" if part == "headers" else b"\r\n"))
        for number in range(900):
            handler.wfile.write(b"X-%d: 1\r\n" % number if part == "headers" else b"x")
            handler.wfile.flush()
            time.sleep(0.1)

    server.answers["/slow"] = drip
    started = time.monotonic()
    with pytest.raises(EgressError, match="took longer than"):
        _fetch(f"{server.url}/slow", max_seconds=0.5)
    assert time.monotonic() - started < 60, "the whole drip takes ninety seconds"


@pytest.mark.parametrize(
    ("status", "word"), [(404, "404"), (500, "Internal Server Error"), (403, "Forbidden"), (599, "599")]
)
def test_an_error_of_the_server_is_said(server: LocalServer, status: int, word: str) -> None:
    with pytest.raises(EgressError, match=word) as caught:
        _fetch(server.serve("/a", b"", status=status))
    assert caught.value.status == status


def test_a_server_may_ask_for_patience(server: LocalServer) -> None:
    with pytest.raises(EgressError) as caught:
        _fetch(server.serve("/a", b"", status=429, Retry_After="120"))
    assert caught.value.retry_after == 120


def test_a_closed_port_and_a_broken_answer_give_a_sentence(server: LocalServer) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(EgressError, match="did not accept the connection"):
            _fetch(f"http://127.0.0.1:{unused.getsockname()[1]}/")

    def nonsense(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"this is no HTTP\r\n\r\n")

    server.answers["/nonsense"] = nonsense
    with pytest.raises(EgressError, match="does not speak HTTP"):
        _fetch(f"{server.url}/nonsense")


@pytest.mark.parametrize(
    "url",
    ["", "nothing", "http://", "http:///x", "http://[::1", "http://1.1.1.1:99999/", "javascript:1", "http://a b/"],
)
def test_what_is_no_address_gives_a_sentence(url: str, settings: Any) -> None:
    settings.EGRESS_ALLOW_CIDRS = []
    with pytest.raises(EgressError):
        _fetch(url)

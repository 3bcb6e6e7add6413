"""Requests in TLS: the name that is asked for, certificates that are not in order, one that changes, and HTTP/2."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Any

import pytest

from common.egress import EgressError, Page, fetch
from common.egress.addresses import Address
from common.egress.connections import KEPT
from tests.tls_server import Authority, TlsServer, running


@pytest.fixture
def authority(settings: Any, tmp_path: Path) -> Authority:
    made = Authority(tmp_path)
    settings.EGRESS_ALLOW_CIDRS, settings.EGRESS_CA_FILE = ["127.0.0.0/8"], str(tmp_path / "ca.pem")
    return made


def _here(host: str, port: int) -> list[Address]:
    return [ipaddress.ip_address("127.0.0.1")]


def _fetch(server: TlsServer, host: str = "shop.example", **more: Any) -> Page:
    return fetch(f"https://{host}:{server.port}/a?b=1", max_bytes=1_000, max_seconds=30.0, resolve=_here, **more)


def test_the_name_is_asked_for_in_tls_and_in_the_request(authority: Authority) -> None:
    with running(TlsServer(authority.context("shop.example"))) as server:
        page = _fetch(server)
    assert (page.body, page.http_version) == (b"one", "HTTP/1.1")
    assert server.asked == ["sni shop.example", "GET /a?b=1 HTTP/1.1"]


def test_http2_is_spoken_with_who_offers_it_over_one_connection(authority: Authority) -> None:
    with running(TlsServer(authority.context("shop.example"), http2=True)) as server:
        pages = [_fetch(server) for _ in range(3)]
    assert {(page.body, page.http_version, page.headers["x-a"]) for page in pages} == {(b"two", "HTTP/2", "1")}
    assert server.connections == 1
    assert server.asked[1:] == [f"GET shop.example:{server.port}/a?b=1 DealFinder"] * 3


@pytest.mark.parametrize("wrong", ["name", "expired", "unknown"])
def test_a_certificate_that_is_not_in_order_is_refused(authority: Authority, settings: Any, wrong: str) -> None:
    context = authority.context("other.example" if wrong == "name" else "shop.example", expired=wrong == "expired")
    if wrong == "unknown":
        settings.EGRESS_CA_FILE = ""
    with running(TlsServer(context)) as server, pytest.raises(EgressError, match="certificate") as caught:
        _fetch(server, headers={"Cookie": "secret=1"})
    assert caught.value.outcome == "tls"
    assert not any(asked.startswith("GET") for asked in server.asked)


def test_a_certificate_that_changes_to_another_name_is_refused_from_then_on(authority: Authority) -> None:
    with running(TlsServer(authority.context("shop.example"))) as server:
        assert _fetch(server).body == b"one"
        KEPT.close()
        server.context = authority.context("evil.example")
        with pytest.raises(EgressError, match="certificate"):
            _fetch(server)
        server.context = authority.context("shop.example")
        assert _fetch(server).body == b"one"

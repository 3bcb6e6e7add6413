"""Addresses and redirects that try to lead into a network that is not the public internet: every one is refused."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from common.egress import EgressError, ForbiddenAddressError, Page, check_address, fetch
from common.egress.addresses import Address
from tests.wire_server import WireServer, said, wire_server

# Each with what it is. `ipaddress` calls those with a star global, which is why there is a table of our own.
pytestmark = pytest.mark.allow_hosts(["127.0.0.1", "127.9.9.9"])

NOT_PUBLIC = {
    "0.0.0.0": "this network",
    "0.255.255.255": "this network, its end",
    "10.0.0.1": "private",
    "10.255.255.255": "private, its end",
    "100.64.0.1": "carriers' NAT",
    "100.100.100.200": "metadata of Alibaba",
    "100.127.255.255": "carriers' NAT, its end",
    "127.0.0.1": "loopback",
    "127.255.255.254": "loopback, its end",
    "168.63.129.16": "Azure's host endpoint *",
    "169.254.0.1": "link-local",
    "169.254.169.254": "metadata of most clouds",
    "169.254.170.2": "metadata of containers",
    "172.16.0.1": "private",
    "172.31.255.255": "private, its end",
    "192.0.0.1": "protocol assignments",
    "192.0.0.9": "protocol assignments *",
    "192.0.0.192": "metadata of Oracle",
    "192.0.2.1": "documentation",
    "192.31.196.1": "AS112 *",
    "192.52.193.1": "multicast tunnels *",
    "192.88.99.1": "6to4 relays *",
    "192.168.0.1": "private",
    "192.175.48.1": "AS112 *",
    "198.18.0.1": "benchmarks",
    "198.19.255.255": "benchmarks, their end",
    "198.51.100.1": "documentation",
    "203.0.113.1": "documentation",
    "224.0.0.1": "multicast *",
    "239.255.255.255": "multicast, its end",
    "240.0.0.1": "reserved",
    "255.255.255.255": "broadcast",
    "::": "unspecified",
    "::1": "loopback",
    "::127.0.0.1": "compatible IPv4",
    "::8.8.8.8": "compatible IPv4, public inside *",
    "::ffff:127.0.0.1": "mapped IPv4",
    "::ffff:a9fe:a9fe": "mapped IPv4 in hex: metadata",
    "::ffff:8.8.8.8": "mapped IPv4, public inside",
    "::ffff:0:7f00:1": "translated IPv4 *",
    "64:ff9b::7f00:1": "NAT64 of loopback *",
    "64:ff9b::a00:1": "NAT64 of a private address *",
    "64:ff9b::a9fe:a9fe": "NAT64 of metadata *",
    "64:ff9b:1::a00:1": "local NAT64",
    "100::1": "discard only",
    "2001::1": "Teredo",
    "2001:0:7f00:1::": "Teredo",
    "2001:2::1": "benchmarks",
    "2001:3::1": "multicast tunnels *",
    "2001:4:112::1": "AS112 *",
    "2001:10::1": "ORCHID",
    "2001:20::1": "ORCHID, version 2 *",
    "2001:30::1": "tags of drones *",
    "2001:db8::1": "documentation",
    "2002:7f00:1::": "6to4 of loopback",
    "2002:a00:1::1": "6to4 of a private address",
    "2620:4f:8000::1": "AS112 *",
    "3ffe::1": "6bone *",
    "3fff::1": "documentation",
    "4000::1": "not given out *",
    "5f00::1": "segment routing",
    "fc00::1": "unique local",
    "fd00:ec2::254": "metadata of AWS",
    "fd20:ce::254": "metadata of Google",
    "fe80::1": "link-local",
    "febf::1": "link-local, its end",
    "fec0::1": "site-local",
    "ff02::1": "multicast",
    "ff0e::1": "multicast, global *",
}
PUBLIC = [
    "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.1", "93.184.216.34", "100.63.255.255", "100.128.0.1", "126.255.255.255", "128.0.0.1",
    "168.63.129.15", "169.253.255.255", "172.15.255.255", "172.32.0.1", "192.0.1.1", "192.167.255.255", "192.169.0.1", "198.17.255.255",
    "198.20.0.1", "223.255.255.255", "2001:200::1", "2001:4860:4860::8888", "2003::1", "2606:4700:4700::1111", "2a00:1450:4001::1",
    "64:ff9b::808:808",
]  # fmt: skip

# Ways to write this machine or another network; `{port}` is that of a server that must not be asked.
FORMS = [
    "http://127.0.0.1:{port}/", "http://localhost:{port}/", "http://LOCALHOST:{port}/", "http://localhost.:{port}/",
    "http://127.0.0.1.:{port}/", "http://127.1:{port}/", "http://127.0.1:{port}/", "http://0:{port}/", "http://0.0.0.0:{port}/",
    "http://2130706433:{port}/", "http://0x7f000001:{port}/", "http://0x7f.0.0.1:{port}/", "http://0x7f.1:{port}/",
    "http://0177.0.0.1:{port}/", "http://017700000001:{port}/", "http://0177.1:{port}/", "http://127.0.0.01:{port}/",
    "http://00127.0.0.1:{port}/", "http://127.0.0.1.1:{port}/", "http://256.256.256.256:{port}/", "http://4294967297:{port}/",
    "http://１２７.０.０.１:{port}/", "http://127。0。0。1:{port}/", "http://①②⑦.⓪.⓪.①:{port}/", "http://ⓛocalhost:{port}/",
    "http://ｌｏｃａｌｈｏｓｔ:{port}/", "http://[::1]:{port}/", "http://[0:0:0:0:0:0:0:1]:{port}/", "http://[::]:{port}/",
    "http://[::127.0.0.1]:{port}/", "http://[::ffff:127.0.0.1]:{port}/", "http://[::ffff:7f00:1]:{port}/",
    "http://[0:0:0:0:0:FFFF:7F00:0001]:{port}/", "http://[::1%25lo]:{port}/", "http://[::1%lo]:{port}/",
    "http://[fe80::1%25eth0]:{port}/", "http://[fe80::1]:{port}/", "http://[64:ff9b::7f00:1]:{port}/",
    "http://[2002:7f00:1::]:{port}/", "http://[v1.127.0.0.1]:{port}/", "http://[127.0.0.1]:{port}/", "http://[::1:{port}/",
    "http://::1:{port}/", "http://user@127.0.0.1:{port}/", "http://user:secret@127.0.0.1:{port}/",
    "http://example.com@127.0.0.1:{port}/", "http://@127.0.0.1:{port}/", "http://127.0.0.1:{port}@example.com/",
    "http://example.com:80@127.0.0.1:{port}/", "http://127.0.0.1:{port}\\@example.com/", "http://example.com\\@127.0.0.1:{port}/",
    "http:\\\\127.0.0.1:{port}/", "http:/\\127.0.0.1:{port}/", "http:127.0.0.1:{port}/", "http:///127.0.0.1:{port}/",
    "http://127.0.0.1%00.example.com:{port}/", "http://127.0.0.1%2f:{port}/", "http://%6c%6f%63%61%6c%68%6f%73%74:{port}/",
    "http://127.0.0.1 .example.com:{port}/", "http://127.0.0.1\t:{port}/", "http://127.0.0.1\r\nX: y:{port}/",
    "http://127.0.0.1\n:{port}/", "ht\ntp://127.0.0.1:{port}/", "\x00http://127.0.0.1:{port}/", "HTTP://127.0.0.1:{port}/",
    "hTtP://LocalHost:{port}/", "https://127.0.0.1:{port}/", "//127.0.0.1:{port}/", "127.0.0.1:{port}/", "ftp://127.0.0.1:{port}/",
    "file:///etc/passwd", "file://127.0.0.1:{port}/", "gopher://127.0.0.1:{port}/_GET", "dict://127.0.0.1:{port}/",
    "ws://127.0.0.1:{port}/", "data:text/html,hi", "javascript:alert(1)", "jar:http://127.0.0.1:{port}/!/",
    "view-source:http://127.0.0.1:{port}/", "http://127.0.0.1:0/", "http://127.0.0.1:65536/", "http://127.0.0.1:-1/",
    "http://127.0.0.1:８０/", "http://127.0.0.1:+{port}/", "http://127.0.0.1:{port}:80/", "http://-/", "http://./", "http://a..b/",
    "http://exa mple.com/", "http://" + "a" * 64, ".example/", "http://" + "a." * 200 + "example/",
    "http://example.com/" + "a" * 9_000, "http://xn--/", "http://a_b\u0000/", "http://\u200b127.0.0.1:{port}/",
    "http://127.0.0.1\u2024:{port}/", "http://169.254.169.254/latest/meta-data/", "http://[fd00:ec2::254]/latest/meta-data/",
    "http://168.63.129.16/", "http://100.100.100.200/", "http://192.0.0.192/", "http://8.8.8.8:22/", "http://8.8.8.8:25/",
]  # fmt: skip


ALLOWED = "127.9.9.9"


@pytest.fixture
def closed(settings: Any) -> Iterator[WireServer]:
    """A server on this machine, which nobody allowed."""
    settings.EGRESS_ALLOW_CIDRS = []
    with wire_server(said(b"secret")) as running:
        yield running


@pytest.fixture
def public(settings: Any) -> Iterator[WireServer]:
    """A server that stands for one on the public internet: its address is allowed, the rest of this machine is not."""
    settings.EGRESS_ALLOW_CIDRS = [f"{ALLOWED}/32"]
    with wire_server(said(b"page"), ALLOWED) as running:
        yield running


def _fetch(url: str, **more: Any) -> Page:
    return fetch(url, **{"max_bytes": 100_000, "max_seconds": 30.0, **more})


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_what_is_no_public_unicast_is_refused(address: str, settings: Any) -> None:
    settings.EGRESS_ALLOW_CIDRS = []
    with pytest.raises(ForbiddenAddressError, match="not on the public internet"):
        check_address(ipaddress.ip_address(address), "host.example")


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_pass(address: str, settings: Any) -> None:
    settings.EGRESS_ALLOW_CIDRS = []
    check_address(ipaddress.ip_address(address), "host.example")


def test_what_pythons_own_rules_would_let_through() -> None:
    starred = [address for address, what in NOT_PUBLIC.items() if what.endswith("*")]
    wrong = [address for address in starred if ipaddress.ip_address(address).is_global]
    assert len(wrong) >= 15
    assert set(wrong) >= {"168.63.129.16", "192.88.99.1", "64:ff9b::7f00:1", "224.0.0.1", "3ffe::1"}


@pytest.mark.parametrize("form", FORMS)
def test_no_form_of_address_reaches_this_machine(form: str, closed: WireServer) -> None:
    with pytest.raises(EgressError) as caught:
        _fetch(form.replace("{port}", closed.url.rpartition(":")[2]))
    assert "secret" not in str(caught.value)
    assert closed.requests == []


def test_no_redirect_reaches_what_is_not_public(public: WireServer) -> None:
    with wire_server(said(b"secret")) as inner:
        refused = 0
        for form in FORMS:
            target = form.replace("{port}", inner.url.rpartition(":")[2])
            if any(letter in target for letter in "\r\n\x00"):
                continue  # they end the header; what they do to an address is tried above
            public.next = [said(b"", 302, Location=target.encode().decode("latin-1"))]
            try:
                page = _fetch(f"{public.url}/feed")
            except EgressError:
                refused += 1
            else:
                assert page.url.startswith(f"{public.url}/"), "a relative address stays where it is"
        assert refused > 80
        assert inner.requests == []


def test_each_hop_of_a_chain_is_checked(public: WireServer) -> None:
    public.next = [
        said(b"", 301, Location="/b"),
        said(b"", 302, Location="c?d=1"),
        said(b"", 307, Location="//127.0.0.2/e"),
    ]
    with pytest.raises(ForbiddenAddressError, match="not on the public internet"):
        _fetch(f"{public.url}/a")
    assert [request.path for request in public.requests] == ["/a", "/b", "/c?d=1"]


def test_a_redirect_that_stays_in_public_is_followed(public: WireServer) -> None:
    public.next = [
        said(b"", 301, Location=f"//{public.url.partition('//')[2]}/a b"),
        said(b"", 302, Location="../ü?q=1#x"),
    ]
    assert _fetch(f"{public.url}/a/b").body == b"page"
    assert [request.path for request in public.requests] == ["/a/b", "/a%20b", "/%C3%BC?q=1"]


class Names:
    """A resolver that we play: each name has its answers, one after the other, the last one for ever."""

    def __init__(self, **answers: Sequence[str]) -> None:
        self.asked: list[str] = []
        self._answers = {name.replace("_", "."): [each.split() for each in one] for name, one in answers.items()}

    def __call__(self, host: str, port: int) -> list[Address]:
        self.asked.append(host)
        if host not in self._answers:
            raise OSError("no such name")
        known = self._answers[host]
        return [ipaddress.ip_address(address) for address in (known.pop(0) if len(known) > 1 else known[0])]


def test_a_name_is_resolved_once_and_asked_by_its_name(public: WireServer) -> None:
    names = Names(shop_example=[ALLOWED, "127.0.0.2"])
    port = public.url.rpartition(":")[2]
    assert _fetch(f"http://Shop.Example.:{port}/", resolve=names).body == b"page"
    assert names.asked == ["shop.example"]
    assert public.requests[0].headers["host"] == f"shop.example:{port}"


def test_a_name_that_changes_its_mind_is_refused_at_the_next_connection(public: WireServer) -> None:
    names = Names(shop_example=[ALLOWED, "10.0.0.1"])
    port = public.url.rpartition(":")[2]
    public.next = [said(b"", 302, Location=f"http://other.example:{port}/"), said(b"page")]
    names._answers["other.example"] = [["169.254.169.254"]]
    with pytest.raises(ForbiddenAddressError, match=r"169\.254\.169\.254"):
        _fetch(f"http://shop.example:{port}/", resolve=names)
    # The kept connection goes to the address that was checked; a new one is resolved and checked anew.
    assert _fetch(f"http://shop.example:{port}/", resolve=names).body == b"page"
    public.next = [said(b"page", Connection="close")]
    _fetch(f"http://shop.example:{port}/", resolve=names)
    with pytest.raises(ForbiddenAddressError, match=r"10\.0\.0\.1"):
        _fetch(f"http://shop.example:{port}/", method="POST", content=b"x", resolve=Names(shop_example=["10.0.0.1"]))
    assert all(request.method == "GET" for request in public.requests)


@pytest.mark.parametrize(
    "answer", [f"{ALLOWED} 10.0.0.1", "8.8.8.8 127.0.0.2", "2606:4700:4700::1111 ::1", "64:ff9b::7f00:2"]
)
def test_one_private_address_makes_a_name_suspect(public: WireServer, answer: str) -> None:
    with pytest.raises(ForbiddenAddressError):
        _fetch(f"http://shop.example:{public.url.rpartition(':')[2]}/", resolve=Names(shop_example=[answer]))
    assert public.requests == []


def test_a_name_without_an_address_gives_a_sentence(settings: Any) -> None:
    with pytest.raises(EgressError, match="could not be found"):
        _fetch("http://nowhere.example/", resolve=Names())


def test_an_international_name_is_asked_for_in_ascii(public: WireServer) -> None:
    names = Names(**{"xn--bcher-kva_example": [ALLOWED]})
    _fetch(f"http://BÜCHER.example:{public.url.rpartition(':')[2]}/ä", resolve=names)
    assert public.requests[0].headers["host"].startswith("xn--bcher-kva.example:")
    assert public.requests[0].path == "/%C3%A4"


def test_no_proxy_of_the_environment_is_used(public: WireServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.3:9/")
    assert _fetch(public.url).body == b"page"

"""Feeds as they come: well-formed, strange, broken and hostile."""

from __future__ import annotations

import contextlib
import gzip
import json
import tarfile
import time
from pathlib import Path

import pytest

from agents.scanning.sources.base import Offer, RawEntry, Skip, SourceConfig, UnreadableSource
from agents.scanning.sources.registry import get_kind
from tests.agents.scanning.feeds import item, rss

FEED = get_kind("feed")
BOMB = (
    '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">'
    + "".join(f'<!ENTITY lol{n} "{f"&lol{n - 1 if n > 1 else str()};" * 10}">' for n in range(1, 10))
    + "]><rss version='2.0'><channel><item><title>&lol9; $5</title></item></channel></rss>"
)
GOOD = rss([item(1, "Lamp $12 shipped")])


def _sentence(body: bytes, content_type: str = "") -> str:
    with pytest.raises(UnreadableSource) as caught:
        FEED.parse(body, content_type, "https://deals.example/feed")
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b"", "empty"),
        (b" \r\n\t", "empty"),
        (b"\x00\x00\x00", "empty"),
        (b"<!DOCTYPE html><html><head><title>Sign in</title></head><body></body></html>", "web page"),
        (b"<html><body>Blocked</body></html>", "web page"),
        (b"\n<!-- hello --><!doctype HTML>\n<HTML></HTML>", "web page"),
        (b"just some words", "not a feed"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 50, "cannot be read safely"),
        (gzip.compress(GOOD), "cannot be read safely"),
        (GOOD[: len(GOOD) // 2], "breaks off"),
        (GOOD[:-8], "breaks off"),
        (b'{"version": "https://jsonfeed.org/version/1.1", "items": [', "breaks off"),
        (b'{"hello": "world"}', "not a JSON Feed"),
        (b'{"version": "https://jsonfeed.org/version/1.1", "items": 5}', "no list"),
        (b"[" * 100_000, "malformed"),
        (b"<?xml version='1.0'?><invoice><line>5</line></invoice>", "not a feed"),
        (BOMB.encode(), "entities"),
        (BOMB.encode("utf-16"), "entities"),
        (
            b"<?xml version='1.0'?><!DOCTYPE r [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><rss><channel/></rss>",
            "entities",
        ),
        (GOOD.replace(b"Lamp", "Lämp £".encode("latin-1")), "utf-8"),
        (GOOD.replace(b"utf-8", b"iso-8859-1").replace(b"Lamp", "Lämp £".encode()), "UTF-8"),
        (GOOD.replace(b"utf-8", b"ascii").replace(b"Lamp", "Lämp".encode()), "ascii"),
        (GOOD.decode().encode("utf-16"), "something else"),
        (b"\xef\xbb\xbf" + GOOD.replace(b"utf-8", b"iso-8859-1"), "something else"),
        (GOOD.replace(b"utf-8", b"cp1252").replace(b"Lamp", b"L\x81mp"), "cp1252"),
        (GOOD.replace(b"utf-8", b"klingon-8"), "klingon-8"),
        (GOOD.replace(b"utf-8", b"base64"), "base64"),
        (GOOD.replace(b"utf-8", b"utf-16"), "not a feed"),
        (b"<rss>" + b" " * 10_000_001, "10 MB"),
    ],
)
def test_what_is_no_feed_gives_a_sentence(body: bytes, word: str) -> None:
    assert word in _sentence(body)


def test_fifty_megabytes_are_refused_without_being_read() -> None:
    assert "10 MB" in _sentence(b"<rss><channel>" + b"<item/>" * 7_500_000)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "windows-1252", "iso-8859-15"])
def test_an_encoding_that_is_what_it_says_is_read(encoding: str) -> None:
    declared = encoding.removesuffix("-sig")
    text = GOOD.decode().replace("utf-8", declared).replace("Lamp", "Café Lamp £")
    entries = FEED.parse(text.encode(encoding), "", "")
    assert [entry.title for entry in entries] == ["Café Lamp £ $12 shipped"]


def test_latin_1_has_the_euro_sign_that_windows_put_there() -> None:
    body = GOOD.replace(b"utf-8", b"iso-8859-1").replace(b"$12", b"12 \x80")
    offer = FEED.read(FEED.parse(body, "", "")[0], SourceConfig())
    assert isinstance(offer, Offer)
    assert (str(offer.price), offer.currency) == ("12", "EUR")


@pytest.mark.parametrize(
    "trap",
    [
        rss([item(1, "Lamp $5", "<div>" * 10_000)]),
        rss([item(1, "Lamp $5", "$1" * 10_000)]),
        rss([item(1, "$5 " * 20_000)]),
        rss(item(number, "Lamp") for number in range(5_000)),
        b"<rss version='2.0'>" + b"<channel>" * 20_000 + b"</channel>" * 20_000 + b"</rss>",
        b"<rss version='2.0'><channel><item "
        + b" ".join(b"a%d='1'" % n for n in range(20_000))
        + b"/></channel></rss>",
        b"<rss version='2.0'><channel>" + b"<![CDATA[" * 50_000 + b"]]></channel></rss>",
        b"<!--" * 100_000 + GOOD,
        b"<!DOCTYPE " * 50_000 + GOOD,
    ],
)
def test_a_trap_takes_no_longer_than_a_feed(trap: bytes) -> None:
    started = time.process_time()
    with contextlib.suppress(UnreadableSource):
        for entry in FEED.parse(trap, "", ""):
            FEED.read(entry, SourceConfig())
    assert time.process_time() - started < 3


def test_the_charset_of_the_answer_counts_where_the_feed_names_none() -> None:
    body = GOOD.replace(b'<?xml version="1.0" encoding="utf-8"?>', b"").replace(b"Lamp", "Lämp".encode("latin-1"))
    assert FEED.parse(body, "application/rss+xml; charset=iso-8859-1", "")[0].title.startswith("Lämp")
    assert "utf-8" in _sentence(body)


def test_rss_1_atom_and_json_feed_are_read() -> None:
    rdf = (
        b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><channel rdf:about="a">'
        b'<title>t</title></channel><item rdf:about="https://e.example/1"><title>Lamp $5</title><link>https://e.example/1</link></item>'
        b"</rdf:RDF>"
    )
    atom = (
        b'<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><entry><id>urn:1</id><title>Lamp $5</title>'
        b'<link href="https://e.example/1"/><updated>2026-01-02T03:04:05Z</updated></entry></feed>'
    )
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "items": [
            {
                "id": 1,
                "url": "https://e.example/1",
                "title": "Lamp $5",
                "image": "https://e.example/i.jpg",
                "tags": ["Home"],
            }
        ],
    }
    for body in (rdf, atom, json.dumps(feed).encode()):
        (entry,) = FEED.parse(body, "", "")
        offer = FEED.read(entry, SourceConfig())
        assert isinstance(offer, Offer)
        assert (str(offer.price), offer.currency, offer.url) == ("5", "USD", "https://e.example/1")


def test_a_valid_feed_without_items_is_empty_not_broken() -> None:
    assert FEED.parse(rss([]), "", "") == []


def test_items_with_the_same_identity_are_one() -> None:
    assert len(FEED.parse(rss([item(1, "Lamp $12"), item(1, "Lamp $13"), item(2, "Desk $90")]), "", "")) == 2


def test_an_entry_survives_json() -> None:
    entry = FEED.parse(rss([item(1, "Lamp $12", "<b>bright</b>", "<category>Home</category>")]), "", "")[0]
    assert RawEntry.from_json(json.loads(json.dumps(entry.as_json()))) == entry


def test_what_a_title_hides_does_not_reach_a_page() -> None:
    hostile = item(1, "<script>alert(1)</script>Lamp\u202e <b>bright</b>\x00 $12", "<img src=x onerror=alert(1)>", "")
    offer = FEED.read(FEED.parse(rss([hostile]), "", "")[0], SourceConfig())
    assert isinstance(offer, Offer)
    assert offer.title == "Lamp bright $12"
    assert "<" not in offer.description


def test_raised_cents_are_not_glued_to_the_dollars() -> None:
    entry = RawEntry("1", "https://e.example/1", "Speaker", "Now only $19<sup>99</sup>")
    assert isinstance(FEED.read(entry, SourceConfig()), Skip)


def test_a_crossed_out_price_is_not_the_price() -> None:
    entry = RawEntry("1", "https://e.example/1", "Speaker", "<s>$49.99</s> now $29.99")
    offer = FEED.read(entry, SourceConfig())
    assert isinstance(offer, Offer)
    assert str(offer.price) == "29.99"


def test_the_price_of_a_shopping_feed_stands_in_a_field_of_its_own() -> None:
    body = rss(
        [item(1, "Speaker", "", "<g:price>19.99 EUR</g:price><g:brand>Bose</g:brand><g:condition>used</g:condition>")]
    ).replace(b"<rss ", b'<rss xmlns:g="http://base.google.com/ns/1.0" ')
    offer = FEED.read(FEED.parse(body, "", "")[0], SourceConfig())
    assert isinstance(offer, Offer)
    assert (str(offer.price), offer.currency, offer.brand, offer.condition) == ("19.99", "EUR", "Bose", "used")


def test_the_fields_of_the_deal_sites_are_read() -> None:
    of_ozbargain = "<ozb:meta expiry='2026-07-03T11:59:00' url='https://shop.example/1'/>"
    of_dealnews = "".join(
        f"<dealnews:{name}>{value}</dealnews:{name}>"
        for name, value in (("retailer", "Dick's"), ("category", "Bags"), ("expires", "2026-12-01T00:00:00-05:00"))
    )
    names = b'xmlns:ozb="https://www.ozbargain.com.au" xmlns:dealnews="https://www.dealnews.com/ns/rss/1.0.htm"'
    body = rss([item(1, "Speaker $20", "", of_ozbargain), item(2, "Bag for $11", "", of_dealnews)])
    body = body.replace(b"<rss ", b"<rss " + names + b" ")
    speaker, bag = (FEED.read(entry, SourceConfig()) for entry in FEED.parse(body, "", ""))
    assert isinstance(speaker, Offer)
    assert isinstance(bag, Offer)
    assert speaker.expires_at is not None
    assert speaker.expires_at.isoformat() == "2026-07-03T01:59:00+00:00"
    assert (bag.merchant, bag.category) == ("Dick's", "Bags")
    assert bag.expires_at is not None
    assert bag.expires_at.isoformat() == "2026-12-01T05:00:00+00:00"


def test_every_odd_feed_is_read_or_answered_with_a_sentence(shared_data: Path) -> None:
    read = refused = 0
    with tarfile.open(shared_data / "feeds" / "odd-feeds.tar.gz") as archive:
        for member in archive:
            handle = archive.extractfile(member)
            if handle is None:
                continue
            try:
                entries = FEED.parse(handle.read(), "", "https://odd.example/feed")
            except UnreadableSource as error:
                refused += 1
                assert str(error).endswith(".")
                continue
            read += 1
            for entry in entries:
                assert RawEntry.from_json(json.loads(json.dumps(entry.as_json()))) == entry
                assert isinstance(FEED.read(entry, SourceConfig()), (Offer, Skip))
    assert read > 500
    assert refused > 500

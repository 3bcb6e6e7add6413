"""Feeds made strange: what a broken program, a cut connection or somebody with bad intentions could make of a feed."""

from __future__ import annotations

import random
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

DATA: Final = Path(__file__).parents[2] / "shared" / "data" / "feeds"
_PIECES: Final = (
    b"<item>", b"</item>", b"<entry>", b"</rss>", b"<![CDATA[", b"]]>", b"<!--", b"-->",
    b"<?xml version='1.0' encoding='utf-16'?>", b"&#0;", b"&#x110000;", b"&nbsp;", b"&amp;amp;", b"\x00", b"\xff\xfe",
    b"\xef\xbb\xbf", b"\xed\xa0\x80", b"<!DOCTYPE rss [<!ENTITY a 'b'>]>", b"$9.99", b"\xe2\x80\xae", b"xmlns:a='http://a/'",
    b"<pubDate>Mon, 99 Foo 99999 25:61:61 +9999</pubDate>", b"<link>javascript:1</link>", b"{", b"}", b"[", b'"items": [',
    b"null", b"1e999", b"<guid isPermaLink='true'>", b"http://[::1", b"<g:price>NaN USD</g:price>",
    b"<title>" + b"<b>" * 300,
)  # fmt: skip


def odd_feeds(path: Path = DATA / "odd-feeds.tar.gz") -> list[tuple[str, bytes]]:
    """The name and body of each feed of the archive."""
    feeds = []
    with tarfile.open(path) as archive:
        for member in sorted(archive.getmembers(), key=lambda each: each.name):
            content = archive.extractfile(member) if member.isfile() else None
            if content is not None:
                feeds.append((member.name, content.read()))
    return feeds


def mutated(bodies: Sequence[bytes], number: int, seed: int) -> Iterator[bytes]:
    """`number` bodies, each one of the given ones changed in one to three places; the same for the same seed."""
    chance = random.Random(seed)
    for _ in range(number):
        body = bytearray(chance.choice(bodies))
        for _ in range(chance.randint(1, 3)):
            _change(body, chance, bodies)
        yield bytes(body[:400_000])


def _change(body: bytearray, chance: random.Random, bodies: Sequence[bytes]) -> None:
    at = chance.randint(0, len(body))
    to = min(len(body), at + chance.choice((1, 3, 20, 200, 2_000)))
    kind = chance.randrange(20)
    if kind == 0:
        del body[at:]
    elif kind == 1:
        del body[at:to]
    elif kind == 2:
        body[at:at] = body[at:to] * chance.choice((1, 2, 30))
    elif kind in {3, 9, 10, 11, 12, 13}:
        body[at:at] = chance.choice(_PIECES)
    elif kind == 4:
        other = chance.choice(bodies)
        begin = chance.randint(0, len(other))
        body[at:to] = other[begin : begin + 2_000]
    elif kind == 5:
        body[at:to] = bytes(chance.randrange(256) for _ in range(to - at))
    elif kind in {6, 7, 8} and body:
        for _ in range(chance.randint(1, 10)):
            body[chance.randrange(len(body))] ^= 1 << chance.randrange(8)
    else:
        old, new = chance.choice(_PIECES), chance.choice(_PIECES)
        body[:] = body.replace(old, new, 3)

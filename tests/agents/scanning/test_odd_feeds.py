"""Feeds that are strange, or were made so by chance: each is read or refused with a sentence, and none is an error."""

from __future__ import annotations

from pathlib import Path

from benchmarks.bench_odd_feeds import read_all
from benchmarks.mutations import mutated, odd_feeds
from tests.agents.scanning.feeds import item, rss

OWN = [
    rss([item(number, f"Thing {number} ${number}.99 (was $80)") for number in range(5)]),
    b'{"version": "https://jsonfeed.org/version/1.1", "title": "t", "items": [{"id": 1, "url": "http://a.example/1", "title": "Lamp $5"}]}',
    b'<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><entry><id>a</id><title>Lamp $5</title><link href="/1"/></entry></feed>',
]


def test_all_odd_feeds_are_read_or_refused(shared_data: Path) -> None:
    counts = read_all(odd_feeds(shared_data / "feeds" / "odd-feeds.tar.gz")[::4])
    assert counts["errors"] == 0
    assert counts["read"] > 50
    assert counts["refused"] > 50


def test_feeds_made_strange_by_chance_are_read_or_refused() -> None:
    counts = read_all((f"mutation {number}", body) for number, body in enumerate(mutated(OWN, 400, seed=7)))
    assert counts["errors"] == 0
    assert counts["read"] > 100
    assert counts["refused"] > 50
    assert counts["offers"] > 100

"""Strange feeds through the feed kind: all of ../shared/data/feeds/odd-feeds.tar.gz, and 10,000 that were made of them by chance.

Each is cut into entries, and each entry is read. Being refused with a sentence is right; any other exception is counted as an error
and shown.
"""

from __future__ import annotations

import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterable

from agents.scanning.sources.base import Offer, SourceConfig, UnreadableSource
from agents.scanning.sources.registry import get_kind
from benchmarks.measurement import Measurement
from benchmarks.mutations import DATA, mutated, odd_feeds

SEED = 20261125
_SHOWN = 5


def run(*, mutations: int = 10_000) -> list[Measurement]:
    """Feeds that were read, refused and failed; the slowest one in seconds."""
    feeds = odd_feeds()
    real = [path.read_bytes() for path in sorted(DATA.glob("*.xml"))]
    bodies = [body for name, body in feeds if read_all([(name, body)])["read"]] + real * 40
    return [
        *_measured("as they are", read_all(feeds)),
        *_measured(
            "mutated", read_all((f"mutation {n}", body) for n, body in enumerate(mutated(bodies, mutations, SEED)))
        ),
    ]


def read_all(feeds: Iterable[tuple[str, bytes]]) -> Counter[str]:
    """What became of feeds and their entries; `slowest` is in milliseconds."""
    kind, counts = get_kind("feed"), Counter[str]()
    config = SourceConfig(default_currency="USD", marketplace="odd")
    for name, body in feeds:
        began = time.perf_counter()
        counts["feeds"] += 1
        try:
            entries = kind.parse(body, "", "https://feeds.example/odd.xml", config)
            counts["read"] += 1
            counts["entries"] += len(entries)
            counts["offers"] += sum(isinstance(kind.read(entry, config), Offer) for entry in entries)
        except UnreadableSource:
            counts["refused"] += 1
        except Exception:
            counts["errors"] += 1
            if counts["errors"] <= _SHOWN:
                print(f"{name} ({len(body)} bytes):", file=sys.stderr)
                traceback.print_exc()
        counts["slowest"] = max(counts["slowest"], round(1000 * (time.perf_counter() - began)))
    return counts


def _measured(what: str, counts: Counter[str]) -> list[Measurement]:
    return [
        Measurement(f"{what}: feeds", counts["feeds"], ""),
        Measurement(f"{what}: read", counts["read"], ""),
        Measurement(f"{what}: refused with a sentence", counts["refused"], ""),
        Measurement(f"{what}: unhandled errors", counts["errors"], ""),
        Measurement(f"{what}: entries", counts["entries"], ""),
        Measurement(f"{what}: offers", counts["offers"], ""),
        Measurement(f"{what}: slowest", counts["slowest"] / 1000, "s"),
    ]

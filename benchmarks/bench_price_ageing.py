"""How prices age: how far PC parts move in years, and the half-lives that follow (agents/pricing/catalogue/ageing.py).

Data: ../shared/data/price-history/pc-parts.jsonl.gz (prices at 12 dates, July 2023 to July 2025) and, for how much listings of
one thing differ, the repeated titles of ../shared/data/catalogue/train.jsonl.gz.
"""

from __future__ import annotations

import gzip
import json
import math
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from itertools import combinations, pairwise
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.measurement import Measurement
from common.text import title_key

DATA = Path(__file__).parents[2] / "shared" / "data"
LEAST_YEARS = 0.4
FEWEST = 50


def run() -> list[Measurement]:
    """For each kind with at least 50 products: the median of |log change| ÷ √years, and the half-life in years."""
    noise = _noise_of_a_listing()
    measured = [Measurement("a listing from the middle of its title's, n", 100 * noise, "log per cent")]
    for kind, moves in sorted(_moves().items()):
        if len(moves) < FEWEST:
            continue
        drift = median(moves)
        measured.append(Measurement(f"{kind}: {len(moves)} products, s", 100 * drift, "log per cent / √year"))
        if drift:
            measured.append(Measurement(f"{kind}: half-life", (noise / drift) ** 2, "years"))
    return measured


def _moves() -> dict[str, list[float]]:
    """|log change| ÷ √years of each product over the longest time that it was seen, by kind."""
    moves = defaultdict(list)
    for record in _records(DATA / "price-history" / "pc-parts.jsonl.gz"):
        (first, before), (last, after) = record["prices"][0], record["prices"][-1]
        years = (date.fromisoformat(last) - date.fromisoformat(first)).days / 365.25
        if years >= LEAST_YEARS and before > 0 and after > 0:
            moves[record["category"]].append(abs(math.log(after / before)) / math.sqrt(years))
    return moves


def _noise_of_a_listing() -> float:
    """Two listings differ by √2 times what one differs from their middle; of a title with many, neighbours in the file."""
    prices = defaultdict(list)
    for record in _records(DATA / "catalogue" / "train.jsonl.gz"):
        prices[title_key(record["title"])].append(record["price"])
    pairs = (pair for each in prices.values() for pair in (combinations(each, 2) if len(each) < 4 else pairwise(each)))
    return median(abs(math.log(one / other)) for one, other in pairs) / math.sqrt(2)


def _records(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)

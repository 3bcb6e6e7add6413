"""Price intelligence on real histories: every series studied, the verdicts, the fake-discount verdict against labels set by hand,
the next month's direction against "no change", and whether the interval until the next drop holds.

Data: ../shared/data/price-history (deal listings with claimed prices; PC parts at 12 dates). The labels and what they mean:
tests/deals/price_intelligence/inflated_before_sale.csv and docs/price-intelligence.md. Tables are printed before the measurements.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from statistics import fmean
from typing import Any

from benchmarks.measurement import Measurement
from deals.price_intelligence import (
    ClaimVerdict,
    History,
    PriceIntelligence,
    Seen,
    check_claim,
    drops_of,
    history_of,
    next_drop_of,
    outlook_of,
    study,
)
from deals.price_intelligence.outlook import move_between

_PROJECT = Path(__file__).resolve().parent.parent
DATA = _PROJECT.parent / "shared" / "data" / "price-history"
_LABELS = _PROJECT / "tests" / "deals" / "price_intelligence" / "inflated_before_sale.csv"
LISTING_HOLD = timedelta(days=30)
"""A listing shows only while it is on the page of deals; nobody knows its price between, so a price is believed for a month."""
PART_HOLD = timedelta(days=45)
_MONTH = (20, 50)  # days between two samples that count as a month
_TOP = 4


@dataclass(frozen=True, slots=True)
class Series:
    """Prices of one thing, oldest first, and a stable name for it that says nothing of it."""

    name: str
    seen: list[Seen]
    last: datetime
    hold: timedelta

    def until(self, moment: datetime) -> History:
        """What was known at that time."""
        known = [one for one in self.seen if one.at <= moment]
        return history_of(known, "USD", moment, longest_hold=self.hold)

    def claims(self) -> list[Seen]:
        """Where a price above the price asked was claimed."""
        return [one for one in self.seen if one.claimed is not None and one.claimed > one.price]


@dataclass(frozen=True, slots=True)
class Label:
    """Whether the last claim of a listing was inflated before the sale, judged by hand; `half` is tuning or held_out."""

    series: str
    inflated: bool
    half: str


def labels() -> list[Label]:
    """The labels, by the hashes of the listings."""
    with _LABELS.open(encoding="utf-8", newline="") as rows:
        return [Label(row["series"], row["inflated"] == "yes", row["half"]) for row in csv.DictReader(rows)]


def run() -> list[Measurement]:
    """Shares in per cent; printed: the tables of verdicts, and the labelled series that the rule gets wrong."""
    listings, parts = list(listing_series()), list(part_series())
    measured = [
        *_studied("listings", listings),
        *_studied("PC parts", parts),
        *_labelled({one.name: one for one in listings}),
    ]
    for kind, every in (("listings", listings), ("PC parts", parts)):
        held_out = [one for one in every if kind == "listings" or not counted_on(one.name)]
        measured += _directions(kind, held_out)
        measured += _drops(kind, held_out)
    return measured


def listing_series() -> Iterator[Series]:
    """The deal listings; claims come and go within minutes there, because not every page shows them."""
    for record in _records("ebay-deals.jsonl.gz"):
        seen = [
            Seen(_time(at), Decimal(str(price)), "USD", None if claimed is None else Decimal(str(claimed)))
            for at, price, claimed in record["changes"]
        ]
        yield Series(
            hashlib.sha256(record["item"].encode()).hexdigest()[:12], seen, _time(record["last"]), LISTING_HOLD
        )


def part_series() -> Iterator[Series]:
    """The PC parts, which claim nothing."""
    for record in _records("pc-parts.jsonl.gz"):
        seen = [Seen(_time(day), Decimal(str(price)), "USD") for day, price in record["prices"]]
        key = json.dumps([record["category"], record["name"], record["spec"]], sort_keys=True)
        yield Series(hashlib.sha256(key.encode()).hexdigest()[:12], seen, seen[-1].at, PART_HOLD)


def counted_on(name: str) -> bool:
    """Whether the shares of the outlook were counted on this part (every second one by its hash)."""
    return int(name, 16) % 2 == 0


def _studied(kind: str, every: list[Series]) -> list[Measurement]:
    errors, tables = 0, {name: Counter[str]() for name in ("claim", "trend", "season", "confidence", "standing")}
    for one in every:
        claims = one.claims()
        moment = claims[-1].at if claims else one.last
        try:
            found = study(one.until(one.last), one.seen[-1].claimed)
            claim = check_claim(one.until(moment), claims[-1].claimed if claims else None)
        except (ArithmeticError, ValueError, IndexError, KeyError) as error:
            errors += 1
            print(f"  {kind} {one.name}: {error!r}")
            continue
        _count(tables, found, claim.verdict if claim else None)
    print(f"  {kind}: {len(every)} series")
    for name, counts in tables.items():
        print(f"    {name}: " + ", ".join(f"{word} {count}" for word, count in counts.most_common()))
    return [Measurement(f"{kind}: series with an error (of {len(every)})", errors, "")]


def _count(tables: dict[str, Counter[str]], found: PriceIntelligence, verdict: ClaimVerdict | None) -> None:
    tables["claim"][str(verdict)] += 1
    tables["trend"][str(found.trend.direction) if found.trend else "too short"] += 1
    season = found.seasonality
    alone = season is not None and not season.is_repeated and "one year" in season.sentences[0]
    seen = "too short" if season is None else "seasonal" if season.is_seasonal else "one year" if alone else "none"
    tables["season"][seen] += 1
    tables["confidence"][str(found.confidence)] += 1
    if found.standing is None:
        tables["standing"]["too short"] += 1
    else:
        tables["standing"]["lowest of the year" if found.standing.is_lowest else "not the lowest"] += 1


def _labelled(listings: dict[str, Series]) -> list[Measurement]:
    """Precision and recall of INFLATED at the last moment at which a listing claimed a price."""
    measured = []
    for half in ("tuning", "held_out"):
        marked = Counter[tuple[bool, bool]]()
        for label in labels():
            if label.half != half:
                continue
            said = is_inflated(listings[label.series])
            marked[said, label.inflated] += 1
            if said != label.inflated:
                print(f"  {half} {label.series}: by hand {label.inflated}, by the rule {said}")
        right, false, missed = marked[True, True], marked[True, False], marked[False, True]
        name = half.replace("_", "-")
        measured += [
            Measurement(
                f"{name}: precision of inflated ({right} of {right + false})", _percent(right, right + false), "%"
            ),
            Measurement(
                f"{name}: recall of inflated ({right} of {right + missed})", _percent(right, right + missed), "%"
            ),
        ]
    return measured


def is_inflated(series: Series) -> bool:
    """Whether the last claim of a series is found to be inflated, with what was known at that moment."""
    last = series.claims()[-1]
    check = check_claim(series.until(last.at), last.claimed)
    return check is not None and check.verdict == ClaimVerdict.INFLATED


def _directions(kind: str, every: list[Series]) -> list[Measurement]:
    """The likeliest direction of the outlook a month later, beside "no change", and how probable what came was held."""
    truth: list[tuple[str, str, float]] = []
    for one in every:
        for moment, after in _months(one):
            history = one.until(moment)
            outlook = outlook_of(history)
            if outlook is None or history.price is None:
                continue
            came = move_between(float(history.price), after)
            chances = {"down": outlook.lower, "none": outlook.same, "up": outlook.higher}
            truth.append((came, outlook.likeliest, chances[came]))
    if not truth:
        return []
    base = Counter(came for came, _, _ in truth)
    moved = [(came, said) for came, said, _ in truth if came != "none"]
    called = [(came, said) for came, said, _ in truth if said != "none"]
    count, name = len(truth), f"{kind}, next month:"
    shares = [number / count for number in base.values()]
    known = sum(came == said for came, said, _ in truth)
    hits, stays = sum(came == said for came, said in called), sum(came == "none" for came, _ in called)
    return [
        Measurement(f"{name} outlook right ({count} months)", _percent(known, count), "%"),
        Measurement(f"{name} 'no change' right", _percent(base["none"], count), "%"),
        Measurement(f"{name} where a move is called ({len(called)}), right", _percent(hits, len(called)), "%"),
        Measurement(f"{name} where a move is called, 'no change' right", _percent(stays, len(called)), "%"),
        Measurement(f"{name} of {len(moved)} moves, down", _percent(base["down"], len(moved)), "%"),
        Measurement(f"{name} log loss of the outlook", -fmean(math.log(chance) for *_, chance in truth), "nats"),
        Measurement(
            f"{name} log loss of fixed shares, best in hindsight", -sum(p * math.log(p) for p in shares), "nats"
        ),
    ]


def _months(one: Series) -> Iterator[tuple[datetime, float]]:
    """Moments of a series and its price about a month after; of listings every thirty days while they are watched closely."""
    if one.hold == PART_HOLD:
        for before, after in pairwise(one.seen):
            if _MONTH[0] <= (after.at - before.at).days <= _MONTH[1]:
                yield before.at, float(after.price)
        return
    moment = one.seen[0].at + timedelta(days=30)
    while moment + timedelta(days=50) < one.last:
        after = [seen for seen in one.seen if moment + timedelta(days=20) <= seen.at <= moment + timedelta(days=50)]
        recent = [seen for seen in one.seen if moment - timedelta(days=10) <= seen.at <= moment]
        if after and recent:
            yield moment, float(after[0].price)
        moment += timedelta(days=30)


def _drops(kind: str, every: list[Series]) -> list[Measurement]:
    """Of a moment in the middle of each series: whether the next drop came within 30 days, against the chance that was given."""
    said: list[tuple[float, bool]] = []
    for one in every:
        moment = one.seen[0].at + (one.last - one.seen[0].at) / 2
        history = one.until(moment)
        ahead = one.until(moment + timedelta(days=30))
        seen = sum(step.days for step in ahead.between(moment, moment + timedelta(days=30)))
        forecast = next_drop_of(history)
        if forecast is None or seen < 25 or moment + timedelta(days=30) > one.last:
            continue
        whole = replace(one, seen=[seen for seen in one.seen if seen.at <= moment + timedelta(days=30)])
        came = any(drop.at > moment for drop in drops_of(whole.until(moment + timedelta(days=30))))
        said.append((forecast.within_30_days, came))
    if not said:
        return []
    said.sort()
    cuts = [said[len(said) * part // _TOP : len(said) * (part + 1) // _TOP] for part in range(_TOP)]
    quarters = [cut for cut in cuts if cut]
    measured = []
    for number, quarter in enumerate(quarters, 1):
        name, count = f"{kind}, drop within 30 days, quarter {number}:", len(quarter)
        measured += [
            Measurement(f"{name} chance given", 100 * fmean(chance for chance, _ in quarter), "%"),
            Measurement(f"{name} came ({count} series)", _percent(sum(came for _, came in quarter), count), "%"),
        ]
    return measured


def _percent(part: int, whole: int) -> float:
    return 100 * part / whole if whole else float("nan")


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _records(name: str) -> Iterator[dict[str, Any]]:
    with gzip.open(DATA / name, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)

"""The order "For you", replayed over simulated readers, since there is no log of real clicks.

The deals are made of real products: category, maker (the first word of the title) and price of ../shared/data/catalogue/train.jsonl.gz,
the 40 largest categories. What is simulated: that a product is offered at a price somewhere near its worth, what an
estimator would say of it (off by chance), and the readers. A reader has hidden likings for some categories and makers, finds a
low price attractive, and has moods that nothing explains. They look at the newest deals of their day, the first places more
often than the later ones, view what appeals, save or dismiss or buy some of that. Their first N doings are learned. Then, on later days,
each list holds deals that they have not seen; which of those they would save is drawn by chance from their appeal, whatever the place.
NDCG@10 (Järvelin & Kekäläinen 2002) of orders of the same lists, over readers of three kinds: 40 % with strong likings, 40 % with mild
ones, 20 % with none.
"""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import numpy.typing as npt

from agents.pricing.score import base_of, score
from benchmarks.measurement import Measurement
from common.models import new_id
from deals.ranking import Offered, rank
from deals.taste import Taste, Traits, replayed

DATA = Path(__file__).parents[2] / "shared" / "data" / "catalogue" / "train.jsonl.gz"
READERS, LISTS, POOL = 300, 4, 300
LEARNED = (0, 5, 20, 100)
_CATEGORIES, _EACH = 40, 200
_BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
_KINDS = (("strong", 0.4, 1.6), ("mild", 0.4, 0.8), ("none", 0.2, 0.0))

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Product:
    category: str
    brand: str
    worth: float


@dataclass(frozen=True)
class Shown:
    """One simulated offer. `bargain` is by which share its price really is below its worth: readers feel it, no order sees it."""

    offered: Offered
    bargain: float
    percent: float


class Reader:
    """Somebody with hidden likings, whose strength is the standard deviation of their appeal."""

    def __init__(
        self, chance: np.random.Generator, categories: Sequence[str], brands: Sequence[str], strength: float
    ) -> None:
        self.chance = chance
        self.categories = dict(zip(categories, strength * _spread(chance, len(categories)), strict=True))
        self.brands = dict(zip(brands, 0.5 * strength * _spread(chance, len(brands)), strict=True))

    def appeal(self, shown: Sequence[Shown]) -> Numbers:
        """How much each attracts, as log-odds of being viewed; the last term is a mood, anew each time."""
        likings = [
            self.categories[one.offered.traits.category] + self.brands[one.offered.traits.brand] + 3 * one.bargain
            for one in shown
        ]
        return np.asarray(likings) + self.chance.normal(0, 0.7, len(shown)) - 2.5

    def doings(self, shown: Sequence[Shown], at: datetime) -> list[tuple[datetime, Traits, str]]:
        """What the reader does with a list: a place is looked at the less often the later it is."""
        done = []
        for place, (one, appeal) in enumerate(zip(shown, self.appeal(shown), strict=True)):
            if self.chance.random() > 1 / (1 + 0.15 * place) or self.chance.random() > _logistic(appeal):
                continue
            when = at + timedelta(seconds=place)
            done.append((when, one.offered.traits, "view"))
            after = self.chance.random()
            if after < 0.35 * _logistic(appeal + 2):
                done.append((when, one.offered.traits, "save"))
            elif after > 1 - 0.3 * _logistic(-appeal - 2):
                done.append((when, one.offered.traits, "dismiss"))
            elif self.chance.random() < 0.05:
                done.append((when, one.offered.traits, "bought"))
        return done

    def would_save(self, shown: Sequence[Shown]) -> Numbers:
        """Which the reader would save, 0 or 1 each, wherever they stood."""
        return (self.chance.random(len(shown)) < 1 / (1 + np.exp(-self.appeal(shown)))).astype(float)


def ndcg(relevance: Numbers, places: int = 10) -> float:
    """NDCG of relevances in the order shown; 0 where nothing is relevant at all (such lists are left out by the caller)."""
    discounts = 1 / np.log2(np.arange(2, places + 2))
    best = np.sort(relevance)[::-1][:places]
    gained, most = (
        float(relevance[:places] @ discounts[: len(relevance[:places])]),
        float(best @ discounts[: len(best)]),
    )
    return gained / most if most else 0.0


def run() -> list[Measurement]:
    """NDCG@10 of each order, over all readers and by their kind, with a 95 % interval of the first by bootstrap over readers."""
    chance = np.random.default_rng(7)
    products = _products(chance)
    orders: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for kind, share, strength in _KINDS:
        for _ in range(int(READERS * share)):
            for name, value in _of_reader(chance, products, strength).items():
                orders[name][kind].append(value)
    measured = []
    for name, by_kind in orders.items():
        values = np.concatenate([np.asarray(rows) for rows in by_kind.values()])
        means = [float(np.mean(chance.choice(values, len(values)))) for _ in range(1_000)]
        measured.append(Measurement(f"{name}, all readers", float(values.mean()), "NDCG@10"))
        measured.append(Measurement(f"{name}, 95 % from", float(np.quantile(means, 0.025)), "NDCG@10"))
        measured.append(Measurement(f"{name}, 95 % to", float(np.quantile(means, 0.975)), "NDCG@10"))
        measured += [
            Measurement(
                f"{name}, readers with {kind} likings" if kind != "none" else f"{name}, readers without likings",
                float(np.mean(rows)),
                "NDCG@10",
            )
            for kind, rows in by_kind.items()
        ]
    return measured


def _of_reader(chance: np.random.Generator, products: Sequence[Product], strength: float) -> dict[str, float]:
    categories = sorted({product.category for product in products})
    brands = sorted({product.brand for product in products})
    reader = Reader(chance, categories, brands, strength)
    history: list[tuple[datetime, Traits, str]] = []
    at = _BEGINNING
    while len(history) < max(LEARNED):
        at += timedelta(days=1)
        history += reader.doings(_newest_first(_day(chance, products, at, 60)), at)
    gained: dict[str, list[float]] = defaultdict(list)
    tastes = {count: replayed(history[:count], at) for count in LEARNED}
    while min(map(len, gained.values()), default=0) < LISTS:
        at += timedelta(days=1)
        shown = _day(chance, products, at, POOL)
        saved = reader.would_save(shown)
        if not saved.any():
            continue
        relevance = {one.offered.id: value for one, value in zip(shown, saved, strict=True)}
        for name, order in _orders(shown, tastes, at).items():
            gained[name].append(ndcg(np.asarray([relevance[one.id] for one in order])))
    return {name: float(np.mean(values)) for name, values in gained.items()}


def _orders(shown: Sequence[Shown], tastes: dict[int, Taste], at: datetime) -> dict[str, list[Offered]]:
    def by(key: Callable[[Shown], float]) -> list[Offered]:
        return [one.offered for one in sorted(shown, key=key, reverse=True)]

    offers = [one.offered for one in shown]
    orders = {
        "newest first": by(lambda one: one.offered.first_seen_at.timestamp()),
        "discount first": by(lambda one: one.percent),
        "score first": by(lambda one: float(one.offered.score or 0)),
    }
    for count, taste in tastes.items():
        orders[f"for you, {count} doings"] = [placed.offered for placed in rank(offers, taste, at)]
    return orders


def _day(chance: np.random.Generator, products: Sequence[Product], at: datetime, count: int) -> list[Shown]:
    """What is on offer on a day: products at a price near their worth, with an estimate that is off by a fifth or so."""
    shown = []
    for place in chance.choice(len(products), count, replace=False):
        product = products[place]
        bargain = float(np.clip(chance.beta(1.5, 5) - 0.1, -0.2, 0.7))
        price = Decimal(str(round(product.worth * (1 - bargain), 2)))
        guess = product.worth * float(np.exp(chance.normal(0, 0.2)))
        worth, low, high = (Decimal(str(round(guess * factor, 2))) for factor in (1.0, 0.75, 1.33))
        percent = 100 * (worth - price) / worth
        value = score(
            base=base_of(price, worth, low, high, 0.6), price=price, marketplace="other", discount_percent=percent
        ).value
        offered = Offered(
            id=new_id(),
            price=price,
            first_seen_at=at - timedelta(hours=float(chance.uniform(0, 72))),
            score=value,
            low=low,
            verdict="good",
            traits=Traits(product.category, product.brand),
        )
        shown.append(Shown(offered, bargain, float(percent)))
    return shown


def _newest_first(shown: Sequence[Shown]) -> list[Shown]:
    return sorted(shown, key=lambda one: one.offered.first_seen_at, reverse=True)


def _products(chance: np.random.Generator) -> list[Product]:
    by_category: dict[str, list[Product]] = defaultdict(list)
    with gzip.open(DATA, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            words, category = row["title"].split(), (row["category"] or "").lower()
            if category and words and row["price"] >= 5:
                by_category[category].append(Product(category, words[0].lower(), float(row["price"])))
    largest = sorted(by_category.values(), key=len, reverse=True)[:_CATEGORIES]
    return [rows[place] for rows in largest for place in chance.choice(len(rows), min(_EACH, len(rows)), replace=False)]


def _spread(chance: np.random.Generator, count: int) -> Numbers:
    """Likings whose mean is 0: most are nothing much, some are strong."""
    drawn: Numbers = chance.standard_t(4, count) / np.sqrt(2)
    return drawn - drawn.mean()


def _logistic(value: float) -> float:
    return float(1 / (1 + np.exp(-value)))

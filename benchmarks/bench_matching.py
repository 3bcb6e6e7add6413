"""Matching a batch of 100 deals, and a single one, beside 1,000, 10,000 and 100,000 active goals.

Goals are made from the titles, prices and categories of ../shared/data/catalogue/train.jsonl.gz, where it is there, else from invented
ones: one to three words with a highest price (45 %), the beginning of a title as the goal's title (20 %), four or five words of one
product (15 %), a brand with a category (10 %), a category with bounds (8 %), nothing but a least discount (2 %). Half of the deals are
such products at 0.6 to 1.1 times their price, half are of dev.jsonl.gz. 2,000 users own the goals.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from accounts.actions.terms import write_terms
from accounts.models import Goal, GoalKey, User
from agents.training.data import BadRow, rows_of
from benchmarks.large_catalogue import DATA, database
from benchmarks.measurement import Measurement, best_seconds
from common.models import new_id
from deals.matching import find_matches
from deals.models import Deal, Valuation
from deals.words import note_words

SIZES = (1_000, 10_000, 100_000)
DEALS = 100
OWNERS = 2_000
_PART = 1_000


@dataclass(frozen=True)
class Thing:
    """What goals and deals are made from."""

    title: str
    text: str
    category: str
    price: float


def run() -> list[Measurement]:
    """Milliseconds a deal in a batch of 100 and alone, at each number of goals, and how they grow."""
    chance = random.Random(1)
    known, others = _things("train.jsonl.gz"), _things("dev.jsonl.gz")
    measured: list[Measurement] = []
    with database():
        owners = User.objects.bulk_create(User(email=f"{number}@example.com") for number in range(OWNERS))
        offered = chance.sample(known, DEALS // 2) + chance.sample(others, DEALS // 2)
        valuations = [_deal(thing, chance) for thing in offered]
        note_words(valuations)
        each = {}
        for before, size in zip((0, *SIZES), SIZES, strict=False):
            writing = _add_goals(known, owners, size - before, chance)
            measured.append(Measurement(f"{size:>7,} goals: writing the terms of one", 1000 * writing, "ms"))
            found, each[size] = _match(valuations, size)
            measured += found
        measured += [
            Measurement(f"{then:,} goals take so many times what {first:,} take", each[then] / each[first], "×")
            for first, then in zip((SIZES[0], *SIZES), SIZES[1:], strict=False)
        ]
        measured.append(Measurement("the most goals with one key", _largest_key(), ""))
    return measured


def _match(valuations: Sequence[Any], goals: int) -> tuple[list[Measurement], float]:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    pairs = len(find_matches(valuations))
    batch = best_seconds(lambda: find_matches(valuations)) / len(valuations)
    alone = sorted(best_seconds(lambda one=one: find_matches([one]), rounds=2) for one in valuations[::5])  # type: ignore[misc]
    return [
        Measurement(f"{goals:>7,} goals: a deal, in a batch of {len(valuations)}", 1000 * batch, "ms"),
        Measurement(f"{goals:>7,} goals: a single deal, median", 1000 * alone[len(alone) // 2], "ms"),
        Measurement(f"{goals:>7,} goals: a single deal, slowest of {len(alone)}", 1000 * alone[-1], "ms"),
        Measurement(f"{goals:>7,} goals: matches found", pairs, ""),
    ], batch


def _add_goals(things: Sequence[Thing], owners: Sequence[User], count: int, chance: random.Random) -> float:
    """Store so many more goals; returns the seconds that the terms of one took."""
    seconds = 0.0
    for start in range(0, count, _PART):
        size = min(_PART, count - start)
        with transaction.atomic():
            made = (Goal(user=chance.choice(owners), **_goal(chance.choice(things), chance)) for _ in range(size))
            goals = Goal.objects.bulk_create(made, batch_size=50)
            began = time.perf_counter()
            write_terms(goals)
            seconds += time.perf_counter() - began
    return seconds / count


def _goal(thing: Thing, chance: random.Random) -> dict[str, Any]:
    words = thing.title.split() or ["thing"]
    bound = Decimal(str(round(thing.price * chance.uniform(0.5, 1.1), 2)))
    kind = chance.random()
    if kind < 0.45:
        keywords = chance.sample(words[:8], min(chance.randint(1, 3), len(words[:8])))
        return {"title": " ".join(keywords), "keywords": keywords, "max_price": bound}
    if kind < 0.65:
        return {"title": f"{' '.join(words[:3])} under ${bound}"[:200], "max_price": bound}
    if kind < 0.8:
        return {"title": thing.title[:200], "keywords": [" ".join(words[: chance.randint(4, 5)])[:100]]}
    if kind < 0.9:
        return {"title": "A brand", "brands": [words[0][:100]], "category": thing.category, "max_price": bound}
    if kind < 0.98:
        return {"title": "A category", "category": thing.category, "max_price": bound, "min_discount_percent": 30}
    return {"title": "Anything", "keywords": ["the"], "min_discount_percent": chance.choice([60, 70, 80])}


def _deal(thing: Thing, chance: random.Random) -> Any:
    key = str(new_id())
    price = Decimal(str(round(thing.price * chance.uniform(0.6, 1.1), 2)))
    worth = Decimal(str(round(thing.price, 2)))
    deal = Deal.objects.create(
        title=thing.title[:500],
        description=thing.text[:2_000],
        category=thing.category,
        brand=thing.title.split()[0][:100] if thing.title.split() else "",
        marketplace="amazon",
        merchant="Amazon",
        external_id=key,
        url=f"https://shop.example/{key}",
        canonical_url=f"https://shop.example/{key}",
        currency="USD",
        price=price,
        value_state="done",
    )
    deal.valuation = Valuation.objects.create(
        deal=deal, input_hash=key, currency="USD", price=price, worth=worth, score=chance.randint(20, 95)
    )
    deal.save(update_fields=["valuation"])
    return deal.valuation.pk


def _largest_key() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT max(goals) FROM (SELECT count(*) AS goals FROM {GoalKey._meta.db_table} GROUP BY key) AS each"
        )
        return int(cursor.fetchone()[0])


def _things(name: str) -> list[Thing]:
    path = DATA / name
    if not path.exists():
        return list(_invented())
    return [
        Thing(row.product.title or row.product.text[:120], row.product.text, row.category[:100], row.product.price)
        for row in rows_of(path)
        if not isinstance(row, BadRow)
    ]


def _invented(count: int = 20_000) -> Iterator[Thing]:
    """Products of 400 makers in 60 categories, each with a model number and a few of 3,000 words."""
    chance = random.Random(2)
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = ["".join(chance.choices(letters, k=chance.randint(4, 10))) for _ in range(3_000)]
    for _ in range(count):
        model = "".join(chance.choices(letters, k=2)) + str(chance.randint(100, 9_999))
        title = " ".join([chance.choice(words[:400]), model, *chance.sample(words, 5)])
        yield Thing(title, title, chance.choice(words[400:460]), chance.uniform(5, 900))

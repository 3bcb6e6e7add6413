"""Fills the configured database with deals for the benchmark of searching: `python -m benchmarks.fill_deals N`.

Titles, descriptions, categories and prices are those of ../shared/data/catalogue/train.jsonl.gz. Where more deals are wanted than it has
products, the others are variations: the title of a random product with a few words more, at 0.6 to 1.2 times its price. Vectors are those
of all-MiniLM-L6-v2 for the products (kept in the cache of DEALFINDER_HOME), and for variations the product's own, mixed with 5 to 30 % of
another random one's and brought back to length one.
"""

from __future__ import annotations

import sys
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import django

django.setup()

import numpy as np  # noqa: E402  (models are known only now)
import psycopg  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402
from pgvector import HalfVector  # noqa: E402
from pgvector.psycopg import register_vector  # noqa: E402

from agents.pricing.embedding import embed_many  # noqa: E402
from agents.pricing.text import prepare  # noqa: E402
from agents.training.commands import cache_folder  # noqa: E402
from agents.training.data import read_all  # noqa: E402
from benchmarks.large_catalogue import DATA  # noqa: E402
from common.text import one_line  # noqa: E402
from deals.models import Source  # noqa: E402
from deals.search.words import count_words  # noqa: E402

_MORE = (
    "",
    " - black",
    " - white",
    " (renewed)",
    ", 2-pack",
    " with case",
    " bundle",
    " - open box",
    " 2026 model",
    ", blue",
)
_PLACES = ("amazon", "walmart", "bestbuy", "target", "ebay", "newegg", "costco", "etsy", "gearshop", "corner store")
_SHARES = (0.3, 0.2, 0.12, 0.1, 0.1, 0.08, 0.05, 0.03, 0.015, 0.005)
_CONDITIONS, _CONDITION_SHARES = ("new", "unknown", "used", "refurbished"), (0.6, 0.25, 0.1, 0.05)
_VERDICTS = ("fair", "good", "wait", "buy_now", "cannot_say")
_DEAL_COLUMNS = (
    "id", "source_id", "marketplace", "external_id", "url", "canonical_url", "title", "description", "merchant", "brand", "category",
    "condition", "image_url", "location", "price", "currency", "availability", "gtin", "mpn", "sku", "state", "is_sample", "first_seen_at",
    "last_seen_at", "value_state", "value_attempts", "value_error", "product_reason", "product_by_hand",
)  # fmt: skip
_VALUATION_COLUMNS = (
    "id", "deal_id", "input_hash", "currency", "price", "worth", "low", "high", "discount", "discount_percent", "discount_usd", "score",
    "score_parts", "score_inputs", "score_version", "statistics", "verdict", "verdict_reasons", "verdict_record", "verdict_words",
    "reasons", "comparables", "weights", "confidence", "is_opportunity", "created_at", "match_attempts", "match_error", "matched_at",
)  # fmt: skip


def fill(size: int) -> None:
    """Write the deals with their valuations and vectors, and build the index of nearest neighbours after that."""
    chance = np.random.default_rng(7)
    products, _ = read_all([DATA / "train.jsonl.gz"])
    products = products[:size]
    vectors = embed_many([prepare(each.title, each.text).text for each in products], cache_folder())
    base = np.concatenate([np.arange(len(products)), chance.integers(0, len(products), size - len(products))])
    ids = [uuid.UUID(int=(0x7 << 76) | (0x2 << 62) | int(number)) for number in range(1, size + 1)]
    connection.ensure_connection()
    wrapped: psycopg.Connection[Any] = connection.connection
    register_vector(wrapped)
    source = Source.objects.get_or_create(
        name="bench", defaults={"title": "Bench", "url": "https://bench.example/feed", "marketplace": "amazon"}
    )[0]
    _ask("DROP INDEX IF EXISTS deal_nearest")
    deals = list(_deals(size, base, products, ids, source.pk, chance))
    _copy(wrapped, "deals_deal", _DEAL_COLUMNS, deals)
    _copy(wrapped, "deals_valuation", _VALUATION_COLUMNS, _valuations(deals, chance))
    _ask(
        "UPDATE deals_deal SET valuation_id = v.id FROM deals_valuation v WHERE v.deal_id = deals_deal.id AND v.input_hash = 'bench'"
    )
    _copy(wrapped, "deals_dealvector", ("deal_id", "words_hash", "embedding"), _vectors(ids, base, vectors, chance))
    count_words()
    _ask("SET maintenance_work_mem = '1GB'")
    _ask(
        "CREATE INDEX deal_nearest ON deals_dealvector USING hnsw (embedding halfvec_cosine_ops) WITH (m = 32, ef_construction = 200)"
    )
    _ask("VACUUM ANALYZE")


def _deals(
    size: int, base: Any, products: list[Any], ids: list[uuid.UUID], source: Any, chance: Any
) -> Iterator[tuple[Any, ...]]:
    now = timezone.now()
    places = chance.choice(_PLACES, size, p=_SHARES)
    conditions = chance.choice(_CONDITIONS, size, p=_CONDITION_SHARES)
    factors, days = chance.uniform(0.6, 1.2, size), chance.uniform(0, 60, size)
    for row in range(size):
        product = products[base[row]]
        more = "" if row < len(products) else _MORE[row % len(_MORE)]
        title = one_line(product.title)[:300] + more
        price = Decimal(f"{max(product.price * factors[row], 0.5):.2f}")
        seen: datetime = now - timedelta(days=float(days[row]))
        address = f"https://{places[row].replace(' ', '-')}.example/{row}"
        yield (
            ids[row], source, str(places[row]), str(row), address, address, title, one_line(product.text)[:600], str(places[row]), "",
            product.category[:100], str(conditions[row]), "", "", price, "USD", "", "", "", "", "active", False, seen, seen, "done", 0, "",
            "", False,
        )  # fmt: skip


def _valuations(deals: list[tuple[Any, ...]], chance: Any) -> Iterator[tuple[Any, ...]]:
    now = timezone.now()
    price_at = _DEAL_COLUMNS.index("price")
    ratios, scores = chance.uniform(0.8, 1.8, len(deals)), chance.integers(20, 95, len(deals))
    for number, deal in enumerate(deals):
        price = deal[price_at]
        worth = (price * Decimal(f"{ratios[number]:.3f}")).quantize(Decimal("0.01"))
        discount = worth - price
        verdict = _VERDICTS[number % len(_VERDICTS)]
        yield (
            uuid.uuid4(), deal[0], "bench", "USD", price, worth, worth * Decimal("0.8"), worth * Decimal("1.25"), discount,
            round(100 * discount / worth, 2), discount, int(scores[number]), "{}", "{}", "", "{}", verdict, "[]", "{}", "[]", "[]", "[]",
            "{}", 0.5, discount >= 50, now, 0, "", now,
        )  # fmt: skip


def _vectors(ids: list[uuid.UUID], base: Any, vectors: Any, chance: Any) -> Iterator[tuple[Any, ...]]:
    others = chance.integers(0, len(vectors), len(ids))
    shares = chance.uniform(0.05, 0.3, len(ids))
    for row, deal_id in enumerate(ids):
        vector = vectors[base[row]]
        if row >= len(vectors):
            vector = (1 - shares[row]) * vector + shares[row] * vectors[others[row]]
        yield deal_id, "bench", HalfVector((vector / np.linalg.norm(vector)).astype(np.float32))


def _copy(wrapped: psycopg.Connection[Any], table: str, columns: tuple[str, ...], rows: Any) -> None:
    with wrapped.cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:  # type: ignore[arg-type]
        for row in rows:
            copy.write_row(row)


def _ask(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


if __name__ == "__main__":
    fill(int(sys.argv[1]))

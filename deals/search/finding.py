"""Deals that somebody searches for, the best first: a ranking by words, one by spelling and one by meaning, joined by their ranks.

What the reader's filters say holds in each question to the database, so no ranking uses up its places on deals that are filtered out
afterwards.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from django.core.cache import cache
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from pgvector import HalfVector
from redis.exceptions import RedisError

from accounts.models import User
from deals.models import SearchDocument
from deals.search import meaning
from deals.search.beside import beside
from deals.search.fusion import fused
from deals.search.hits import Hits, Listed
from deals.search.nearness import LEAST_LIKENESS, Near, nearest, walk
from deals.search.query import read_query
from deals.search.words import Spelling, as_sql, having_words, spelling_of, ways_of_having
from deals.selectors import DealFilters, documents_for, ordered

MOST_BY_WORDS: Final = 500
"""How many of the deals that have the words are ranked, the newest of them. In an order of the reader's own all are listed."""
MOST_BY_MEANING: Final = 100
AWAY: Final = "The search by meaning does not work just now, so these were found by words and spelling alone."
_MOST_BY_LETTERS: Final = 200
_QUICKLY_FOUND: Final = 5_000
"""Deals: so many are found first and put in order then. PostgreSQL would rather look through all deals from the newest on until it has
enough, as it does for commoner words, because it takes looking for words in a title for as quick as comparing numbers."""
_LEAST_SPELLING: Final = 0.3
_RANKED_SQL: Final = """
      WITH found (id, first_seen_at) AS {kept} ({found}),
           newest AS (
           SELECT * FROM found ORDER BY first_seen_at DESC, id DESC LIMIT %s),
           ranked AS (
           SELECT *, (SELECT ts_rank_cd(words, {wanted}, 1) FROM deals_searchdocument WHERE deal_id = newest.id) AS rank
             FROM newest),
           placed AS (
           SELECT *, row_number() OVER (ORDER BY rank DESC, first_seen_at DESC, id DESC) AS place FROM ranked)
    SELECT id, rank,
           CASE WHEN place <= %s THEN (SELECT word_similarity(%s, title) FROM deals_deal WHERE id = placed.id) ELSE 0 END
      FROM placed ORDER BY first_seen_at DESC, id DESC
"""
_SAME_PAGES_FOR: Final = 300  # seconds


@dataclass(frozen=True, slots=True)
class Explained:
    """How a search was done: `found_by` names the rankings, `meant` what was taken for a slip of the pen, `note` says what is missing.
    `is_whole` is False where more deals have the words than are ranked."""

    found_by: tuple[str, ...] = ("words", "spelling")
    meant: tuple[tuple[str, tuple[str, ...]], ...] = ()
    is_whole: bool = True
    note: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found, how, and by which words, for marking them."""

    deals: Hits | Listed
    explained: Explained
    spelling: Spelling


def search_deals(reader: User | None, filters: DealFilters, *, same_pages: bool = False) -> Found:
    """Return the live deals that meet `filters.search` and all other filters, without those that the reader dismissed.

    The best come first. Where the filters name an order, it is kept and everything that has the words is listed; what resembles
    them in meaning only where nothing has them. With `same_pages` the order of the last minutes is kept where it is known, so that
    the further pages of a list go on where its first ended.
    """
    query = read_query(filters.search)
    key = _key_of(reader, filters)
    if same_pages and (known := _remembered(key)) is not None:
        ids, explained = known
        return Found(Hits(ids, reader), explained, spelling_of(query))
    spelling = spelling_of(query)
    explained = Explained(meant=tuple(spelling.meant.items()))
    deals = documents_for(reader, filters)
    if filters.ordering or not query.wants_something:
        return _in_order(reader, deals, spelling, filters, explained)
    bounded = _within(deals, spelling)
    walking = beside(lambda: _walk_to(spelling.likely, bounded))
    words, letters, others, is_whole = _by_words(deals, spelling)
    vector, walked = walking()
    near = [] if vector is None else _by_meaning(bounded, vector, [*words, *letters, *others], walked)
    found_by = ("words", "spelling") if vector is None else ("words", "spelling", "meaning")
    explained = replace(explained, found_by=found_by, is_whole=is_whole, note=AWAY if vector is None else "")
    ids = fused([words, letters, near])
    ranked = set(ids)
    ids += [pk for pk in others if pk not in ranked]
    _remember(key, ids, explained)
    return Found(Hits(ids, reader), explained, spelling)


def _in_order(
    reader: User | None, deals: QuerySet[SearchDocument], spelling: Spelling, filters: DealFilters, explained: Explained
) -> Found:
    there = having_words(deals, spelling)
    if spelling.query.wants_something and not there.exists():
        vector = meaning.vector_of(spelling.likely)
        near = [] if vector is None else _by_meaning(_within(deals, spelling), vector)
        there = deals.filter(pk__in=near)
        explained = replace(explained, found_by=("meaning",)) if vector is not None else replace(explained, note=AWAY)
    return Found(Listed(ordered(there, filters), reader), explained, spelling)


def _by_words(
    deals: QuerySet[SearchDocument], spelling: Spelling
) -> tuple[list[uuid.UUID], list[uuid.UUID], list[uuid.UUID], bool]:
    """The newest that have the words or what may be meant by them: ranked by words, ranked by spelling, those that neither ranks, and
    whether these are all."""
    # The newest are chosen first, so that ranking, which takes longer than finding, is done for them alone; and letters are compared,
    # which takes longer still, where the words rank best.
    try:
        found, found_with = _found_sql(deals, spelling)
    except EmptyResultSet:
        return [], [], [], True
    wanted, wanted_with = as_sql(spelling.exact_query())
    kept = "MATERIALIZED" if spelling.deals < _QUICKLY_FOUND else "NOT MATERIALIZED"
    with connection.cursor() as cursor:
        cursor.execute(
            _RANKED_SQL.format(kept=kept, found=found, wanted=wanted),
            [*found_with, MOST_BY_WORDS + 1, *wanted_with, _MOST_BY_LETTERS, spelling.query.text],
        )
        rows = cursor.fetchall()
    shown = rows[:MOST_BY_WORDS]
    words = [row for row in shown if row[1] > 0]
    letters = [row for row in shown if row[2] >= _LEAST_SPELLING]
    others = [pk for pk, rank, likeness in shown if rank <= 0 and likeness < _LEAST_SPELLING]
    return (
        [pk for pk, *_ in sorted(words, key=lambda row: -row[1])],
        [pk for pk, *_ in sorted(letters, key=lambda row: -row[2])],
        others,
        len(rows) <= MOST_BY_WORDS,
    )


def _found_sql(deals: QuerySet[SearchDocument], spelling: Spelling) -> tuple[str, tuple[Any, ...]]:
    """The question for those that have the words, with its parameters."""
    ways = [way.values_list("pk", "first_seen_at").query.sql_with_params() for way in ways_of_having(deals, spelling)]
    return " UNION ".join(sql for sql, _ in ways), tuple(value for _, values in ways for value in values)


def _within(deals: QuerySet[SearchDocument], spelling: Spelling) -> QuerySet[SearchDocument]:
    """Those that have the phrases and nothing that is excluded."""
    bounds = spelling.bounds()
    return deals if bounds is None else deals.filter(words=bounds)


def _walk_to(text: str, deals: QuerySet[SearchDocument]) -> tuple[HalfVector | None, Near | None]:
    """What the text means, and what a walk there found."""
    vector = meaning.vector_of(text)
    return vector, None if vector is None else walk(deals, vector, MOST_BY_MEANING)


def _by_meaning(
    deals: QuerySet[SearchDocument], vector: HalfVector, also: Sequence[uuid.UUID] = (), walked: Near | None = None
) -> list[uuid.UUID]:
    rows = nearest(deals, vector, MOST_BY_MEANING, also, walked)
    return [pk for pk, distance in rows if distance <= 1 - LEAST_LIKENESS]


def _key_of(reader: User | None, filters: DealFilters) -> str:
    who = reader.pk if reader else ""
    return f"search:pages:{hashlib.sha256(f'{who} {filters!r}'.encode()).hexdigest()[:32]}"


def _remember(key: str, ids: Sequence[uuid.UUID], explained: Explained) -> None:
    try:
        # As bytes: 10 kB at most, where pickled identifiers take four times as much of the cache.
        cache.set(key, (b"".join(each.bytes for each in ids), explained), _SAME_PAGES_FOR)
    except (RedisError, OSError):
        return  # the pages are worked out anew then


def _remembered(key: str) -> tuple[list[uuid.UUID], Explained] | None:
    try:
        known: tuple[bytes, Explained] | None = cache.get(key)
    except (RedisError, OSError):
        return None
    if known is None:
        return None
    ids, explained = known
    return [uuid.UUID(bytes=ids[start : start + 16]) for start in range(0, len(ids), 16)], explained

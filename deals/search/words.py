"""How titles spell what somebody typed: model numbers with and without their signs, and words with a slip in them.

The words of all live titles are a table of their own with a trigram index. Looking up one misspelt word there takes milliseconds;
the same index over whole titles has to look through every title that shares some letters with it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from itertools import pairwise
from operator import and_, or_
from typing import Any, Final

from django.contrib.postgres.search import CombinedSearchQuery, SearchQuery
from django.db import connection, transaction
from django.db.models import QuerySet

from deals.models import Deal, DealState, SearchDocument, SearchWord
from deals.search.query import Query, bare, words_of

TsQuery = SearchQuery | CombinedSearchQuery
Alternative = tuple[str, ...]
"""Phrases that must all be met, which is one way of meeting a clause."""
Clause = tuple[Alternative, ...]

_SHORTEST: Final = 4  # letters; a slip in a shorter word makes another word
_LONG: Final = 7  # letters; a longer word may have two slips
_COMMON: Final = 5  # deals: a word in so many is meant as it stands
_TIMES: Final = 10  # a rare word may be a slip of one that is so many times as frequent
_MOST_NEAR: Final = 3
_LONGEST_RUN: Final = 3
_PART: Final = 5_000
_EDGE = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")
_NEAR_SQL: Final = """
    SELECT asked.term, near.word, near.deals
      FROM unnest(%s::text[]) AS asked(term)
     CROSS JOIN LATERAL (
           SELECT word, deals
             FROM deals_searchword
            WHERE word %% asked.term OR word LIKE '%%' || asked.term || '%%'
            ORDER BY similarity(word, asked.term) DESC, deals DESC, word
            LIMIT 40) AS near
     WHERE numnode(plainto_tsquery('english', asked.term)) > 0
"""
_COUNTED_SQL: Final = """
    INSERT INTO deals_searchword AS known (word, bare, deals)
    SELECT * FROM unnest(%s::text[], %s::text[], %s::int[])
        ON CONFLICT (word) DO UPDATE SET deals = excluded.deals WHERE known.deals <> excluded.deals
"""


@dataclass(frozen=True, slots=True)
class Spelling:
    """A query as titles may spell it. `exact` has its own words and other forms of the same model numbers; `near` also those that
    somebody may have meant: `meant` says which, by what was typed. `is_known` is False where no title has one of its words.
    `likely` is the text with such words as they were probably meant. `deals` is in how many deals the rarest of the words was when
    they were last counted."""

    query: Query
    exact: tuple[Clause, ...]
    near: tuple[Clause, ...]
    meant: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    is_known: bool = True
    likely: str = ""
    deals: int = 0

    def exact_query(self) -> TsQuery:
        """What PostgreSQL is asked for the words as they stand."""
        return self._query(self.exact)

    def near_query(self) -> TsQuery:
        """The same with what may have been meant; it finds everything that the other finds."""
        return self._query(self.near)

    def bounds(self) -> TsQuery | None:
        """What holds for whatever is found, by its words or by its meaning: phrases, and what is excluded."""
        parts = [*map(_phrase, self.query.phrases), *(~_phrase(text) for text in self.query.excluded)]
        return reduce(and_, parts) if parts else None

    def marks(self) -> list[str]:
        """The words and phrases that are marked in a title, also where it was found by its meaning."""
        words = (text for clause in self.near for alternative in clause for text in alternative)
        return list(dict.fromkeys((*words, *self.query.phrases)))

    def _query(self, clauses: Sequence[Clause]) -> TsQuery:
        parts = [reduce(or_, [reduce(and_, map(_phrase, each)) for each in clause]) for clause in clauses]
        bounds = self.bounds()
        return reduce(and_, parts if bounds is None else [*parts, bounds])


def as_sql(query: TsQuery) -> tuple[str, tuple[Any, ...]]:
    """A query for words as PostgreSQL is asked it, with its parameters."""
    about = SearchDocument.objects.none().query
    sql, params = about.get_compiler(connection=connection).compile(query.resolve_expression(about))
    return sql, tuple(params)


def _phrase(text: str) -> SearchQuery:
    return SearchQuery(text, config="english", search_type="phrase")


def having_words(deals: QuerySet[SearchDocument], spelling: Spelling) -> QuerySet[SearchDocument]:
    """Narrow deals to those that have the words, or what may be meant by them, and nothing that is excluded.

    Where no title is known to have one of the words, a part of a title counts as well.
    """
    first, *others = ways_of_having(deals, spelling)
    if not others:
        return first
    return SearchDocument.objects.filter(pk__in=first.values("pk").union(*(other.values("pk") for other in others)))


def ways_of_having(deals: QuerySet[SearchDocument], spelling: Spelling) -> list[QuerySet[SearchDocument]]:
    """The same, by words and by parts of titles where those count: a question for each, since no index answers both at once."""
    if not spelling.query.wants_something:
        bounds = spelling.bounds()
        return [deals.none() if bounds is None else deals.filter(words=bounds)]
    ways = [deals.filter(words=spelling.near_query())]
    if not spelling.is_known and spelling.query.is_plain:
        ways.append(deals.filter(deal__title__icontains=spelling.query.text))
    return ways


def spelling_of(query: Query) -> Spelling:
    """How titles spell what is looked for; one or two short queries to the database."""
    forms = _forms({bare(word) for run in _runs(query) for word in run[2]})
    exact: list[Clause] = []
    near: list[Clause] = []
    lacking = _lacking(query, forms)
    candidates = _candidates(lacking)
    meant = {term: found for term in lacking if (found := _meant(term, candidates.get(term, []), lacking[term]))}
    place = 0
    while place < len(query.terms):
        size, clause = _clause(query, place, forms)
        exact.append(clause)
        others = [(other,) for term in query.terms[place : place + 1] for word in term for other in meant.get(word, ())]
        near.append((*clause, *others) if size == 1 else clause)
        place += size
    # What is typed may also be a part of a word, and then says best itself what it means.
    slips = {
        word: meant[word][0]
        for word, count in lacking.items()
        if count == 0 and word in meant and word not in meant[word][0]
    }
    likely = " ".join([*(slips.get(word, word) for term in query.terms for word in term), *query.phrases])
    is_known = 0 not in lacking.values()
    counts = {word: deals for found in (*forms.values(), *candidates.values()) for word, deals in found}
    return Spelling(query, tuple(exact), tuple(near), meant, is_known, likely, _deals_having(near, counts))


def _runs(query: Query) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """Where words begin that may be one word in titles, how many they are, and that word: `wh 1000 xm5` is `wh1000xm5`."""
    for start, term in enumerate(query.terms):
        yield start, 1, term
        for size in range(2, _LONGEST_RUN + 1):
            run = query.terms[start : start + size]
            if len(run) == size and all(len(each) == 1 for each in run):
                yield start, size, ("".join(each[0] for each in run),)


def _clause(query: Query, place: int, forms: Mapping[str, Sequence[tuple[str, int]]]) -> tuple[int, Clause]:
    """How many terms from this place make the clause, and the clause."""
    runs = [run for run in _runs(query) if run[0] == place]
    for _, size, (*_, joined) in sorted(runs, key=lambda run: -run[1]):
        if size > 1 and (found := forms.get(bare(joined))):
            apart = tuple(term[0] for term in query.terms[place : place + size])
            return size, (apart, *((word,) for word, _ in found))
    alternatives: dict[Alternative, None] = {}
    for word in query.terms[place]:
        alternatives[(word,)] = None
        alternatives.update(dict.fromkeys((other,) for other, _ in forms.get(bare(word), ())))
        alternatives.update(dict.fromkeys((apart,) for apart in _apart(bare(word))))
    return 1, tuple(alternatives)


def _deals_having(clauses: Iterable[Clause], counts: Mapping[str, int]) -> int:
    """In how many deals the rarest of the clauses is, by the counts of single words."""
    words = ({text for alternative in clause for text in alternative} for clause in clauses)
    return min((sum(counts.get(word, 0) for word in each) for each in words), default=0)


def _apart(word: str) -> list[str]:
    """A model number in two words, wherever letters and digits meet: `iphone15` is `iphone 15`."""
    return [f"{word[: edge.start()]} {word[edge.start() :]}" for edge in _EDGE.finditer(word)][:4]


def _forms(bares: Collection[str]) -> dict[str, list[tuple[str, int]]]:
    """The words of titles that are these but for their signs, each with the deals that have it."""
    found: dict[str, list[tuple[str, int]]] = {}
    for each, word, deals in SearchWord.objects.filter(bare__in=bares).values_list("bare", "word", "deals"):
        found.setdefault(each, []).append((word, deals))
    return found


def _lacking(query: Query, forms: Mapping[str, Sequence[tuple[str, int]]]) -> dict[str, int]:
    """The words that are in no title or in very few, and in how many."""
    words = [word for term in query.terms for word in term]
    counts = {word: sum(deals for _, deals in forms.get(bare(word), ())) for word in words}
    return {word: count for word, count in counts.items() if count < _COMMON}


def _candidates(terms: Collection[str]) -> dict[str, list[tuple[str, int]]]:
    found: dict[str, list[tuple[str, int]]] = {}
    asked = [term for term in terms if len(term) >= _SHORTEST - 1]
    if asked:
        with connection.cursor() as cursor:
            cursor.execute(_NEAR_SQL, [asked])
            for term, word, deals in cursor.fetchall():
                found.setdefault(term, []).append((word, deals))
    return found


def _meant(term: str, candidates: Iterable[tuple[str, int]], own: int) -> tuple[str, ...]:
    """The words that may have been meant. Of model numbers another digit is another thing, so digits are never corrected."""
    slips = 0 if len(term) < _SHORTEST else 1 if len(term) < _LONG else 2
    scored = []
    for word, deals in candidates:
        if word == term or deals < _TIMES * own or _digits(word) != _digits(term):
            continue
        distance = slips_between(term, word, slips)
        if distance <= slips:
            scored.append((distance, -deals, word))
        elif own == 0 and term in word:
            scored.append((slips + (1 if word.startswith(term) else 2), -deals, word))
    scored.sort()
    return tuple(word for distance, _, word in scored[:_MOST_NEAR] if distance == scored[0][0])


def _digits(word: str) -> str:
    return "".join(filter(str.isdigit, word))


def slips_between(typed: str, word: str, most: int) -> int:
    """How many letters are left out, put in, wrong or swapped with their neighbour; `most + 1` where there are more.

    Optimal string alignment distance.
    """
    if abs(len(typed) - len(word)) > most:
        return most + 1
    before: list[int] = []
    last = list(range(len(word) + 1))
    for row, letter in enumerate(typed, start=1):
        current = [row]
        for column, other in enumerate(word, start=1):
            cost = min(last[column] + 1, current[-1] + 1, last[column - 1] + (letter != other))
            if row > 1 and column > 1 and (letter, typed[row - 2]) == (word[column - 2], other):
                cost = min(cost, before[column - 2] + 1)
            current.append(cost)
        if min(current) > most:
            return most + 1
        before, last = last, current
    return min(last[-1], most + 1)


def note_words(deals: Iterable[Deal]) -> None:
    """Make the words of these deals known at once; how frequent they are is counted later."""
    words = sorted({word for deal in deals for word in _words_of_deal(deal.title, deal.brand)})
    known = set(SearchWord.objects.filter(word__in=words).values_list("word", flat=True))
    # In the order of the words, so that two workers wait for each other instead of dying in a deadlock.
    rows = [SearchWord(word=word, bare=bare(word)) for word in words if word not in known]
    SearchWord.objects.bulk_create(rows, ignore_conflicts=True)


def count_words() -> int:
    """Count the words of all live deals anew, and forget those that none has any more; returns how many there are."""
    counts: Counter[str] = Counter()
    live = Deal.objects.filter(state=DealState.ACTIVE).order_by().values_list("title", "brand")
    for title, brand in live.iterator(chunk_size=_PART):
        counts.update(_words_of_deal(title, brand))
    words = sorted(counts)
    with transaction.atomic(), connection.cursor() as cursor:
        for start, end in pairwise([*range(0, len(words), _PART), len(words)]):
            part = words[start:end]
            columns: list[Any] = [part, [bare(word) for word in part], [counts[word] for word in part]]
            cursor.execute(_COUNTED_SQL, columns)
        gone = set(SearchWord.objects.values_list("word", flat=True)) - counts.keys()
        SearchWord.objects.filter(word__in=gone).delete()
    return len(words)


def _words_of_deal(title: str, brand: str) -> set[str]:
    return {word for word in (*words_of(title), *words_of(brand)) if len(word) > 1}

"""Goals as queries of PostgreSQL, with the words by which they are found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from django.db import connection

from accounts.models import Goal
from accounts.terms.located import located_by
from accounts.terms.wording import Clause, asked_by, clauses_of, excluded_by, places_of

VERSION: Final = 2
"""Of the rules here and in `wording`, and of the synonyms. Raised with them, the matcher reads the words of all goals anew."""
ANYTHING: Final = "=anything"
"""The key of goals that ask for no words, brand, category or place; every deal has it."""

Alternatives = tuple[frozenset[str], ...]
"""Of one clause, the stems of each phrase."""


def brand_key(name: str) -> str:
    """The key that a deal has by its brand, for brands that have no word of their own ("The")."""
    return f"=brand:{name}"


def category_key(name: str) -> str:
    """The same for a category."""
    return f"=category:{name}"


def place_key(place: str) -> str:
    """The key that a deal has by its marketplace or merchant."""
    return f"=place:{place}"


@dataclass(frozen=True, slots=True)
class Terms:
    """What the words of a goal ask for. The first eight are as in `GoalTerms`; queries are texts of `tsquery`.

    `clauses` are those of `asked`. `ways` are the choices of keys: each is a list of sets, and whatever deal meets the goal has
    a word out of one of the sets of every way.
    """

    asked: str = ""
    excluded: str = ""
    brands: str = ""
    brand_names: Sequence[str] = ()
    category: str = ""
    category_words: Sequence[str] = ()
    places: Sequence[str] = ()
    located: str = ""
    clauses: Sequence[Alternatives] = ()
    ways: Sequence[Alternatives] = field(default=())

    @property
    def words(self) -> set[str]:
        """All stems that are asked for."""
        return {word for clause in self.clauses for phrase in clause for word in phrase}


@dataclass(frozen=True, slots=True)
class _Stemmed:
    plain: str
    side_by_side: str
    words: frozenset[str]


def compile_terms(goals: Sequence[Goal]) -> list[Terms]:
    """What each of these goals asks for, stored or not; one query for all of them. Reads only."""
    asked = [asked_by(goal) for goal in goals]
    categories = [list(clauses_of(goal.category)) for goal in goals]
    phrases = {phrase for clauses in (*asked, *categories) for clause in clauses for phrase in clause}
    phrases.update(phrase for goal in goals for phrase in (*excluded_by(goal), *goal.brands))
    stems = _stems(phrases)
    return [_terms(*each, stems) for each in zip(goals, asked, categories, strict=True)]


def stems_of(phrases: Iterable[str]) -> dict[str, frozenset[str]]:
    """The stems of the words of each phrase, as PostgreSQL's English dictionary has them."""
    return {phrase: stemmed.words for phrase, stemmed in _stems(phrases).items()}


def _terms(goal: Goal, asked: Sequence[Clause], category: Sequence[Clause], stems: dict[str, _Stemmed]) -> Terms:
    clauses = [found for clause in asked if (found := _alternatives(clause, stems))]
    in_category = [found for clause in category if (found := _alternatives(clause, stems))]
    names = [brand.lower() for brand in goal.brands]
    category_words = sorted({word for clause in in_category for phrase in clause for word in phrase})
    places = places_of(goal.marketplaces)
    ways: list[Alternatives] = list(clauses)
    if names:
        ways.append(tuple(stems[brand].words or frozenset({brand_key(brand.lower())}) for brand in goal.brands))
    if goal.category and not ways:
        words = category_words or [category_key(goal.category.lower())]
        ways.append(tuple(frozenset({word}) for word in words))
    if places and not ways:
        ways.append(tuple(frozenset({place_key(place)}) for place in places))
    return Terms(
        asked=_all_of(asked, stems),
        excluded=_one_of(excluded_by(goal), stems),
        brands=_one_of(goal.brands, stems),
        brand_names=names,
        category=_all_of(category, stems),
        category_words=category_words,
        places=places,
        located=located_by(goal.location),
        clauses=clauses,
        ways=ways or [(frozenset({ANYTHING}),)],
    )


def _alternatives(clause: Clause, stems: dict[str, _Stemmed]) -> Alternatives:
    """The stems of a clause's phrases; none where the clause asks for nothing, because a phrase has but words such as "the"."""
    found = tuple(stems[phrase].words for phrase in clause)
    return found if all(found) else ()


def _all_of(clauses: Sequence[Clause], stems: dict[str, _Stemmed]) -> str:
    queries = [
        " | ".join(f"({stems[phrase].plain})" for phrase in clause)
        for clause in clauses
        if _alternatives(clause, stems)
    ]
    return " & ".join(f"({query})" for query in queries)


def _one_of(phrases: Iterable[str], stems: dict[str, _Stemmed]) -> str:
    return " | ".join(f"({stems[phrase].side_by_side})" for phrase in phrases if stems[phrase].side_by_side)


def _stems(phrases: Iterable[str]) -> dict[str, _Stemmed]:
    wanted = sorted(set(phrases))
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT phrase, plainto_tsquery('english', phrase)::text, phraseto_tsquery('english', phrase)::text,
                   tsvector_to_array(to_tsvector('english', phrase))
              FROM unnest(%s::text[]) AS phrase
            """,
            [wanted],
        )
        return {row[0]: _Stemmed(row[1], row[2], frozenset(row[3])) for row in cursor.fetchall()}

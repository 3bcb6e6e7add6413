"""Words of deals beside words of goals: which of them are one word with a typing error, and which deals could meet a goal's words.

PostgreSQL finds words that are alike by their trigrams, and `is_near` says which of those are one word. The same pairs
are found from either side, so that a new deal meets the goals that a new goal would meet it from.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import connection

from accounts.terms.compiling import Alternatives, Terms, stems_of
from common.words.spelling import SHORTEST, is_near, written_apart


@dataclass(frozen=True, slots=True)
class Near:
    """Pairs of stems, each a word of a deal (`said`) and the word of a goal (`meant`) that it is with a typing error."""

    said: Sequence[str] = ()
    meant: Sequence[str] = ()


_TITLE_WORDS = """
    SELECT DISTINCT word
      FROM deals_valuation v
      JOIN deals_searchdocument document ON document.deal_id = v.deal_id,
           unnest(tsvector_to_array(ts_filter(document.words, '{a}'))) AS word
     WHERE v.id = ANY (%(valuations)s::uuid[]) AND length(word) >= %(shortest)s AND word !~ '[0-9]'
"""

# What `is_near` asks for anyhow: most words that are alike need not leave PostgreSQL.
_COULD_BE_NEAR = """
    said.word <> meant.word AND left(said.word, 1) = left(meant.word, 1) AND abs(length(said.word) - length(meant.word)) <= 1
"""


def note_words(valuation_ids: Sequence[uuid.UUID]) -> None:
    """Keep the words in the titles of these valuations' deals, in the caller's transaction."""
    with connection.cursor() as cursor:
        # In order, so that two writers cannot deadlock.
        cursor.execute(
            f"INSERT INTO deals_dealword (word) {_TITLE_WORDS} ORDER BY word ON CONFLICT DO NOTHING",
            {"valuations": list(valuation_ids), "shortest": SHORTEST},
        )


def near_in_batch(valuation_ids: Sequence[uuid.UUID]) -> Near:
    """The typing errors in the titles of these valuations' deals, by the words of all goals."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT said.word, meant.word FROM ({_TITLE_WORDS}) AS said
              JOIN accounts_goalword meant ON meant.word %% said.word AND {_COULD_BE_NEAR}
            """,  # noqa: S608 - a constant of our own
            {"valuations": list(valuation_ids), "shortest": SHORTEST},
        )
        return _near(cursor.fetchall())


def near_to(terms: Terms) -> Near:
    """The words of all deals that are a word of this goal with a typing error."""
    words = [word for word in terms.words if len(word) >= SHORTEST]
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT said.word, meant.word FROM unnest(%s::text[]) AS meant (word)
              JOIN deals_dealword said ON said.word %% meant.word AND {_COULD_BE_NEAR}
            """,  # noqa: S608 - a constant of our own
            [words],
        )
        return _near(cursor.fetchall())


def _near(pairs: Iterable[tuple[str, str]]) -> Near:
    kept = [(said, meant) for said, meant in pairs if is_near(said, meant)]
    return Near([said for said, _ in kept], [meant for _, meant in kept])


def could_meet(terms: Terms, near: Near) -> str:
    """A query that the stored words of every deal answer whose words meet this goal, and of few others; as the text of a
    `tsquery`, empty where any words will do."""
    errors: dict[str, list[str]] = defaultdict(list)
    for said, meant in zip(near.said, near.meant, strict=True):
        errors[meant].append(said)
    apart = {word: written_apart(word) for word in terms.words}
    stems = stems_of(part for texts in apart.values() for text in texts for part in text.split())
    forms = {
        word: [_quoted(word), *map(_quoted, errors[word]), *(_all(text, stems) for text in apart[word])]
        for word in terms.words
    }
    # What is found by its brand or category alone is looked for by those words.
    ways = [way for way in terms.ways if not any(word.startswith("=") for phrase in way for word in phrase)]
    return " & ".join(_clause(way, forms) for way in ways)


def _clause(clause: Alternatives, forms: Mapping[str, Sequence[str]]) -> str:
    phrases = (
        " & ".join(f"({' | '.join(forms.get(word) or [_quoted(word)])})" for word in sorted(phrase))
        for phrase in clause
    )
    return f"({' | '.join(f'({phrase})' for phrase in phrases)})"


def _all(text: str, stems: Mapping[str, frozenset[str]]) -> str:
    """All pieces of a number that is written apart. Behind a hyphen PostgreSQL takes figures for a negative number."""
    pieces = [stem for part in text.split() for stem in stems[part]]
    return "(" + " & ".join(f"({_quoted(p)} | {_quoted(f'-{p}')})" if p.isdigit() else _quoted(p) for p in pieces) + ")"


def _quoted(word: str) -> str:
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"

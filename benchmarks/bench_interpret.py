"""How many fields of goals the grammar reads right in 120 sentences and in eleven later lists, and how long it takes.

40 of the 120 were not looked at while its rules were made.
"""

from __future__ import annotations

import time
from typing import Any

from agents.planning.interpreting.base import Wish
from agents.planning.interpreting.grammar import Grammar
from benchmarks.measurement import Measurement
from tests.agents.planning.goal_sentences import LATER, NOW, compared, later_sentences, sentences


def run() -> list[Measurement]:
    """Field accuracy by set and by kind, and the time for one sentence."""
    grammar = Grammar()
    grammar.interpret(Wish("warm", "USD", NOW))
    started = time.perf_counter()
    read = [(row, grammar.interpret(Wish(row["text"], "USD", NOW)).fields) for row in sentences()]
    each = 1000 * (time.perf_counter() - started) / len(read)
    scored = [(row, compared(row["expect"], fields)) for row, fields in read]
    measured = [
        _accuracy("fields right, all", [score for _, score in scored]),
        _accuracy(
            "fields right, seen while the rules were made", [score for row, score in scored if not row["held_back"]]
        ),
        _accuracy("fields right, held back", [score for row, score in scored if row["held_back"]]),
    ]
    kinds = [
        _accuracy(f"fields right, {kind}", [score for row, score in scored if row["kind"] == kind])
        for kind in dict.fromkeys(row["kind"] for row, _ in scored)
    ]
    later = [
        _accuracy(f"fields right, {which} list", [_score(grammar, row) for row in later_sentences(which)])
        for which in LATER
    ]
    return [*measured, *kinds, *later, Measurement("time for a sentence", each, "ms")]


def _score(grammar: Grammar, row: dict[str, Any]) -> tuple[int, int]:
    return compared(row["expect"], grammar.interpret(Wish(row["text"], "USD", NOW)).fields)


def _accuracy(name: str, scores: list[tuple[int, int]]) -> Measurement:
    right, fields = (sum(column) for column in zip(*scores, strict=True))
    return Measurement(f"{name} ({right} of {fields})", 100 * right / fields, "%")

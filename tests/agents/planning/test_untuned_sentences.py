"""Sixty sentences by another hand, which no rule was made for: what to expect of sentences by others."""

from __future__ import annotations

import json
from pathlib import Path

from agents.planning.interpreting.base import Wish
from agents.planning.interpreting.grammar import Grammar
from tests.agents.planning.goal_sentences import NOW, compared

_FILE = Path(__file__).with_name("goal_sentences_third.jsonl")


def test_most_fields_of_sentences_that_nobody_tuned_for_are_right() -> None:
    rows = [json.loads(line) for line in _FILE.read_text(encoding="utf-8").splitlines()]
    grammar = Grammar()
    scores = [compared(row["expect"], grammar.interpret(Wish(row["text"], "USD", NOW)).fields) for row in rows]
    right, fields = (sum(column) for column in zip(*scores, strict=True))
    assert len(rows) == 60
    assert right / fields >= 0.85

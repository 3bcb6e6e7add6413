"""What an interpreter of goals takes and gives. There are two: the grammar and a language model."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

LONGEST_TEXT: Final = 1_000
"""Characters of a wish that are read."""

FIELDS: Final = (
    "title",
    "keywords",
    "excluded_keywords",
    "brands",
    "category",
    "marketplaces",
    "condition",
    "min_price",
    "max_price",
    "currency",
    "min_discount",
    "min_discount_percent",
    "min_score",
    "location",
    "radius_km",
    "deadline",
    "priority",
    "check_interval_minutes",
    "max_matches",
    "quantity",
    "budget",
)
"""The fields of a goal that an interpreter may fill in. It can say nothing else."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wrote, with what is needed to read it.

    `currency` is the user's own, for amounts without one; `now` is in the user's time zone; `brands` are names that the
    installation's deals carry, beside those that everybody knows.
    """

    text: str
    currency: str
    now: datetime
    brands: frozenset[str] = frozenset()


@dataclass(slots=True)
class Reading:
    """What was understood: the fields, in a sentence each why, how sure that is (0 to 1), and what stayed unclear."""

    fields: dict[str, Any] = field(default_factory=dict)
    explanation: dict[str, str] = field(default_factory=dict)
    sureness: dict[str, float] = field(default_factory=dict)
    unclear: list[str] = field(default_factory=list)
    interpreter: str = "grammar"

    def put(self, name: str, value: Any, why: str, sureness: float = 0.95) -> None:
        """Fill in a field of a goal."""
        if name not in FIELDS:
            raise KeyError(f"An interpreter cannot fill in {name}.")
        self.fields[name], self.explanation[name], self.sureness[name] = value, why, sureness

    def add(self, name: str, values: list[str], why: str, sureness: float = 0.95) -> None:
        """Add to a list of words; the first reason stays and further ones follow it."""
        there: list[str] = self.fields.get(name, [])
        known = {value.casefold() for value in there}
        new = [value for value in dict.fromkeys(values) if value.casefold() not in known]
        if not new:
            return
        before = self.explanation.get(name)
        self.put(name, [*there, *new], f"{before} {why}" if before and why not in before else before or why, sureness)

    def drop(self, name: str) -> None:
        """Take a field back."""
        for part in (self.fields, self.explanation, self.sureness):
            part.pop(name, None)

    def ask(self, question: str) -> None:
        """Note what stayed unclear."""
        if question not in self.unclear:
            self.unclear.append(question)

    @property
    def confidence(self) -> float:
        """How sure the whole is: the mean over what was said, less where it is not known what is looked for, or much is unclear."""
        told = [sure for name, sure in self.sureness.items() if name not in {"title", "currency"}]
        if not told:
            return 0.0
        named = any(name in self.fields for name in ("keywords", "brands", "category"))
        mean = sum(told) / len(told)
        return round(max(0.05, mean * (1.0 if named else 0.5) - 0.08 * len(self.unclear)), 2)


class Interpreter(ABC):
    """Reads wishes. MUST NOT change anything, and MUST give fields of `FIELDS` alone, whatever the text says."""

    @abstractmethod
    def interpret(self, wish: Wish) -> Reading:
        """Read one wish. Never raises because of what it says."""


def quoted(words: str) -> str:
    """Words of the wish inside a sentence of ours."""
    return f"“{' '.join(words.split())}”"

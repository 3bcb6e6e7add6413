"""What a careful buyer reads twice: accessories, packs, condition, terms, and what only carries the name of a thing.

Most false bargains are a true price of another thing: a case "for iPhone 15" valued as a phone, one month of a phone
valued as the phone, a used one valued as new. These readings are plain rules, so that a person can say why one applied;
the rules themselves are in `agents.pricing.cautions`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from agents.pricing.cautions.accessory import is_accessory
from agents.pricing.cautions.condition import Condition, condition_of, stated_condition
from agents.pricing.cautions.kinds import Kind, kind_of, stated_kind
from agents.pricing.cautions.terms import Terms, stated_terms, terms_of
from agents.pricing.quantities import pack_count

__all__ = ["NOTHING", "Caution", "Condition", "Kind", "Terms", "caution_about", "telling_sentences"]

_READ_OF_TEXT: Final = 600
_SENTENCE_END: Final = re.compile(r"(?<=[.!?])\s+|\s\|\s|\n+")


@dataclass(frozen=True)
class Caution:
    """What rules read in a title and text. `pack` is how many are sold together (1 unless said)."""

    condition: Condition = "new"
    accessory: bool = False
    pack: int = 1
    terms: Terms | None = None
    kind: Kind | None = None


NOTHING: Final = Caution()


def caution_about(title: str, text: str = "") -> Caution:
    """Read a title, and its text where that states something outright (loose words like "used" count in titles only)."""
    head, rest = title.lower(), text[:_READ_OF_TEXT].lower()
    condition = condition_of(head)
    return Caution(
        condition=stated_condition(rest) if condition == "new" else condition,
        accessory=is_accessory(head),
        pack=pack_count(head),
        terms=terms_of(head) or stated_terms(rest),
        kind=kind_of(head) or stated_kind(rest),
    )


def telling_sentences(description: str) -> str:
    """The sentences of a description that change what is sold, one after the other; empty where none does."""
    sentences = _SENTENCE_END.split(description)
    return " ".join(one.strip() for one in sentences if caution_about("", one) != NOTHING)

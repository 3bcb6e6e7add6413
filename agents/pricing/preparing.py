"""An item's own words on their way to the models: the same here and at an endpoint elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from agents.pricing.caution import Condition
from agents.pricing.text import Prepared, prepare
from common.text import one_line

_LONGEST = 4_000


@dataclass(frozen=True)
class Description:
    """What is said of an item: its words on one line each, and the condition that is stated beside them, if it is."""

    title: str
    text: str = ""
    condition: str | None = None

    @classmethod
    def of(cls, title: str, text: str, condition: str | None) -> Description:
        """From words as people and pages write them."""
        return cls(_plain(title), _plain(text), condition)

    def prepared(self) -> Prepared:
        """As the models see it. A stated condition counts where the words say nothing."""
        return _prepared(self)


@lru_cache(maxsize=512)
def _prepared(said: Description) -> Prepared:
    """Remembered for the batch after this one, which is embedded ahead of its turn."""
    seen = prepare(said.title, said.text)
    if seen.caution.condition != "new" or said.condition not in ("refurbished", "used"):
        return seen
    condition: Condition = "used" if said.condition == "used" else "refurbished"
    return replace(seen, caution=replace(seen.caution, condition=condition))


def _plain(text: str) -> str:
    return one_line(text.replace("\n", " | "))[:_LONGEST]

"""What the data of a notification says, as amounts and numbers: the only source of whatever a message states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext as _

from common.money import Money
from common.text import one_line, shortened

UNSURE: Final = 0.3
"""The confidence up to which a worth is said to be uncertain; it is the one from which a verdict speaks of a good price."""
_FAR: Final = Decimal("0.8")
_STRONG: Final = 85


@dataclass(frozen=True, slots=True)
class Facts:
    """One offer and what is known of it. `was` is an earlier price that we have seen or that was found honest, `target` what its
    reader wants to pay at most, `low` and `high` bound the 80 % interval of the worth; None where it is not known."""

    name: str
    place: str
    price: Money
    was: Money | None
    target: Money | None
    worth: Money | None
    low: Money | None
    high: Money | None
    discount: Money | None
    percent: Decimal | None
    score: int | None
    verdict: str
    confidence: float | None
    condition: str
    goal: str
    deadline: datetime | None
    is_new: bool
    is_sample: bool
    reasons: tuple[str, ...]

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Facts:
        """Read them from the data of a match or of a followed price."""
        known = data.get("discount_percent")
        deadline = data.get("deadline")
        confidence = data.get("confidence")
        return cls(
            name=one_line(data.get("name") or data["title"]),
            place=shortened(one_line(data.get("merchant") or ""), 30),
            price=_needed(data, "price"),
            was=_money(data, "was"),
            target=_money(data, "target"),
            worth=_money(data, "worth"),
            low=_money(data, "low"),
            high=_money(data, "high"),
            discount=_discount(data),
            percent=None if known is None else Decimal(known),
            score=data.get("score"),
            verdict=data.get("verdict") or "",
            confidence=None if confidence is None else float(confidence),
            condition=data.get("condition") or "unknown",
            goal=one_line(data.get("goal_title") or ""),
            deadline=None if not deadline else datetime.fromisoformat(deadline),
            is_new=bool(data.get("is_new")),
            is_sample=bool(data.get("is_sample")),
            reasons=tuple(data.get("reasons") or ()),
        )

    @property
    def is_valued(self) -> bool:
        """Whether its worth and the interval are known."""
        return self.worth is not None and self.low is not None and self.high is not None

    @property
    def is_unsure(self) -> bool:
        """Whether we are not sure of the worth."""
        return self.confidence is not None and self.confidence <= UNSURE

    @property
    def under_target(self) -> Decimal | None:
        """By how much the price is under the target; None where there is none in this currency, or it is above."""
        if self.target is None or self.target.currency != self.price.currency or self.price.amount > self.target.amount:
            return None
        return self.target.amount - self.price.amount

    @property
    def is_far_under_target(self) -> bool:
        """Whether the price is at most four fifths of the target."""
        return self.under_target is not None and self.price.amount <= _FAR * self.target.amount  # type: ignore[union-attr]

    @property
    def is_strong(self) -> bool:
        """Whether the score is one of the best."""
        return self.score is not None and self.score >= _STRONG


def condition_words(condition: str) -> str:
    """A condition as it stands in a sentence; "" where it is not stated."""
    known = {"new": _("new"), "refurbished": _("refurbished"), "used": _("used"), "unknown": ""}
    return known.get(condition, condition)


def _needed(data: Mapping[str, Any], name: str) -> Money:
    money = _money(data, name)
    assert money is not None
    return money


def _money(data: Mapping[str, Any], name: str) -> Money | None:
    stated = data.get(name)
    return None if not stated else Money(Decimal(stated["amount"]), stated["currency"])


def _discount(data: Mapping[str, Any]) -> Money | None:
    """The stated one, or what worth and price make."""
    stated, worth, price = _money(data, "discount"), _money(data, "worth"), _needed(data, "price")
    if stated is not None or worth is None:
        return stated
    return Money(worth.amount - price.amount, price.currency)

"""The fields that a user's own template may name, and what they say of one notification in its reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from common.money import Money
from common.speech import spoken_estimate, spoken_money, spoken_percent
from notifications.facts import Facts, condition_words

FIELDS: Final = {
    "name": "what it is",
    "price": "what it costs",
    "place": "where it is sold",
    "worth": "what we think that it is worth, empty where we cannot say",
    "low": "the low end of that, empty where we cannot say",
    "high": "the high end of that, empty where we cannot say",
    "saving": "how far the price is below the worth, empty where it is not",
    "saving_percent": "the same in per cent",
    "unsure": "“?” where we are not sure of the worth, else empty",
    "old_price": "what it cost before, empty where that is not known to be true",
    "target": "what you want to pay at most, empty where you have not said",
    "score": "the score from 0 to 100, empty where there is none",
    "verdict": "the verdict in words",
    "condition": "new, used or refurbished, empty where it is not stated",
    "goal": "the title of your goal, empty for a price that you follow",
    "why": "why you are told",
    "sample": "“Sample” where it is not a real offer, else empty",
    "your_name": "how you want to be called, empty where you have not said",
    "our_words": "what we would have written",
}


def values_of(data: Mapping[str, Any], *, our_words: str = "", your_name: str = "") -> dict[str, str]:
    """What each field says. Amounts are written out, and empty where they are not known."""
    facts = Facts.of(data)
    saves = facts.discount is not None and facts.discount.amount > 0
    return {
        "name": facts.name,
        "price": _money(facts.price),
        "place": facts.place,
        "worth": _estimate(facts.worth),
        "low": _estimate(facts.low),
        "high": _estimate(facts.high),
        "saving": _money(facts.discount) if saves else "",
        "saving_percent": spoken_percent(facts.percent) if saves and facts.percent is not None else "",
        "unsure": "?" if facts.is_unsure and facts.worth is not None else "",
        "old_price": _money(facts.was),
        "target": _money(facts.target),
        "score": "" if facts.score is None else str(facts.score),
        "verdict": str(data.get("verdict_text") or ""),
        "condition": condition_words(facts.condition),
        "goal": facts.goal,
        "why": "; ".join(facts.reasons),
        "sample": _("Sample") if facts.is_sample else "",
        "your_name": your_name,
        "our_words": our_words,
    }


def _money(amount: Money | None) -> str:
    return "" if amount is None else spoken_money(amount.amount, amount.currency)


def _estimate(amount: Money | None) -> str:
    return "" if amount is None else spoken_estimate(amount.amount, amount.currency)

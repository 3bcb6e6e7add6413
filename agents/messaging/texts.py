"""What a user is told of a match. Written from templates; every number comes from the record, none is made up."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from accounts.models import Goal
from common.money import Money, format_money
from common.text import one_line, shortened
from deals.models import Deal, Match, Valuation, Verdict

SHORT = 200
"""The most characters of a body: it fits a text message and the first lines of a lock screen."""


@dataclass(frozen=True, slots=True)
class MatchText:
    """The words and figures of one notification. `body` has at most 200 characters, `title` and `reason_text` too."""

    title: str
    body: str
    reason_text: str
    data: dict[str, Any]


def write_match(goal: Goal, deal: Deal, match: Match) -> MatchText:
    """Return what the goal's owner is told of this deal."""
    valuation = match.valuation
    price = format_money(deal.price, deal.currency)
    sample = "Sample: " if deal.is_sample else ""
    # The title of an offer often says its price and place; the product's name is the same without them.
    name = deal.product.name if deal.product else deal.title
    title = f"{sample}{shortened(one_line(name), 150)} for {price}"
    return MatchText(
        title=shortened(title, SHORT),
        body=_body(goal, deal, valuation, price),
        reason_text=shortened(_reason(goal), SHORT),
        data=_data(goal, deal, match, valuation),
    )


def _body(goal: Goal, deal: Deal, valuation: Valuation, price: str) -> str:
    place = deal.merchant or deal.marketplace
    # The goal's title gives way first: the figures are what the message is for.
    for room in (60, 40, 20):
        text = f"{price} at {shortened(one_line(place), 30)}. {_worth(valuation)} Meets “{shortened(one_line(goal.title), room)}”."
        if len(text) <= SHORT:
            return text
    return shortened(text, SHORT)


def _worth(valuation: Valuation) -> str:
    worth, low, high, discount = valuation.worth, valuation.low, valuation.high, valuation.discount
    if worth is None or low is None or high is None or discount is None:
        return "We cannot say what it is worth."
    span = f"{_whole(low, valuation)}–{_whole(high, valuation)}"
    text = f"Worth about {_whole(worth, valuation)} ({span}), "
    amount = format_money(abs(discount), valuation.currency)
    if discount > 0:
        percent = f" ({valuation.discount_percent:.0f}\u00a0%)" if valuation.discount_percent is not None else ""
        text += f"so {amount}{percent} below it."
    else:
        text += f"so {amount} above it." if discount < 0 else "and that is its price."
    if valuation.verdict == Verdict.SUSPICIOUS:
        text += " The claimed discount looks inflated."
    return f"{text} Score {valuation.score}." if valuation.score is not None else text


def _whole(amount: Decimal, valuation: Valuation) -> str:
    """An estimate in whole units from 20 upward: its cents would claim a precision that it does not have."""
    money = format_money(amount.quantize(Decimal(1)) if amount >= 20 else amount, valuation.currency)
    return money.removesuffix(".00")


def _reason(goal: Goal) -> str:
    if goal.keywords:
        return f"You asked for “{one_line(' '.join(goal.keywords))}” in your goal “{one_line(goal.title)}”."
    return f"You asked for it in your goal “{one_line(goal.title)}”."


def _data(goal: Goal, deal: Deal, match: Match, valuation: Valuation) -> dict[str, Any]:
    def money(amount: Decimal | None, currency: str) -> dict[str, str] | None:
        return None if amount is None else dict(Money(amount, currency).as_json())  # type: ignore[arg-type]

    return {
        "deal_id": str(deal.pk),
        "goal_id": str(goal.pk),
        "match_id": str(match.pk),
        "goal_title": goal.title,
        "title": deal.title,
        "url": f"/deals/{deal.pk}/",
        "goal_url": f"/goals/{goal.pk}/",
        "image_url": deal.image_url,
        "merchant": deal.merchant or deal.marketplace,
        "condition": deal.condition,
        "is_sample": deal.is_sample,
        "price": money(deal.price, deal.currency),
        "list_price": money(deal.list_price, deal.currency),
        "target": money(goal.max_price, goal.currency),
        "worth": money(valuation.worth, valuation.currency),
        "low": money(valuation.low, valuation.currency),
        "high": money(valuation.high, valuation.currency),
        "discount": money(valuation.discount, valuation.currency),
        "discount_percent": None if valuation.discount_percent is None else str(valuation.discount_percent),
        "score": valuation.score,
        "verdict": valuation.verdict,
        "verdict_text": valuation.get_verdict_display(),
        "confidence": valuation.confidence,
        "reasons": match.reasons,
    }

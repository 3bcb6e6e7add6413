"""What a user is told of a match, in their language. Written from templates; every number comes from the record, none is made up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Goal
from agents.messaging import phrases
from agents.messaging.composing import MOST, body_of, long_of, short_of
from common.money import Money
from common.speech import speaking
from common.text import one_line, shortened
from deals.models import Deal, Match, Valuation
from deals.selectors import name_of
from notifications.facts import Facts

_NEW_FOR = timedelta(days=1)
_HONEST = "honest"


@dataclass(frozen=True, slots=True)
class MatchText:
    """The words and figures of one notification. `body` has at most 200 characters, `title` and `reason_text` too; `text` are its words
    by class of channel."""

    title: str
    body: str
    reason_text: str
    data: dict[str, Any]
    text: dict[str, str]


def write_match(
    goal: Goal, deal: Deal, match: Match, *, language: str = "en", reasons: list[str] | None = None
) -> MatchText:
    """Return what the goal's owner is told of this deal. `reasons` are the match's in that language, where they are others."""
    with speaking(language):
        data = _data(goal, deal, match, match.valuation)
        if reasons is not None:
            data["reasons"] = reasons
        facts = Facts.of(data)
        return MatchText(
            title=shortened(phrases.heading(facts), MOST),
            body=body_of(facts),
            reason_text=shortened(_reason(goal), MOST),
            data=data,
            text={"short": short_of(facts), "long": long_of(facts)},
        )


def old_price(deal: Deal, valuation: Valuation | None) -> Money | None:
    """What it cost before, where that is true: a claimed price that our own record of prices bears out."""
    record = {} if valuation is None else valuation.verdict_record
    was = (
        record.get("claimed_was")
        if record.get("claim") == _HONEST and record.get("currency") == deal.currency
        else None
    )
    if was is None or Decimal(was) <= deal.price:
        return None
    return Money(Decimal(was), deal.currency)


def is_new(deal: Deal) -> bool:
    """Whether the offer was seen within the last day for the first time; samples are always there."""
    return not deal.is_sample and timezone.now() - deal.first_seen_at < _NEW_FOR


def verdict_words(verdict: str) -> str:
    """A verdict as it stands in a message."""
    return {
        "buy_now": _("Buy now"),
        "good": _("Good"),
        "fair": _("Fair"),
        "wait": _("Wait"),
        "suspicious": _("Suspicious discount"),
    }.get(verdict, _("Cannot say"))


def _reason(goal: Goal) -> str:
    if goal.keywords:
        words = one_line(" ".join(goal.keywords))
        return _("You asked for “{words}” in your goal “{goal}”.").format(words=words, goal=one_line(goal.title))
    return _("You asked for it in your goal “{goal}”.").format(goal=one_line(goal.title))


def _data(goal: Goal, deal: Deal, match: Match, valuation: Valuation) -> dict[str, Any]:
    def money(amount: Decimal | None, currency: str) -> dict[str, str] | None:
        return None if amount is None else dict(Money(amount, currency).as_json())  # type: ignore[arg-type]

    was = old_price(deal, valuation)
    return {
        "deal_id": str(deal.pk),
        "goal_id": str(goal.pk),
        "match_id": str(match.pk),
        "goal_title": goal.title,
        "deadline": None if goal.deadline is None else goal.deadline.isoformat(),
        "title": deal.title,
        # The title of an offer often says its price and place; the product's name is the same without them.
        "name": name_of(deal),
        "url": f"/deals/{deal.pk}/",
        "goal_url": f"/goals/{goal.pk}/",
        "image_url": deal.image_url,
        "merchant": deal.merchant or deal.marketplace,
        "condition": deal.condition,
        "is_sample": deal.is_sample,
        "is_new": is_new(deal),
        "price": money(deal.price, deal.currency),
        "list_price": money(deal.list_price, deal.currency),
        "was": None if was is None else dict(was.as_json()),
        "target": money(goal.max_price, goal.currency),
        "worth": money(valuation.worth, valuation.currency),
        "low": money(valuation.low, valuation.currency),
        "high": money(valuation.high, valuation.currency),
        "discount": money(valuation.discount, valuation.currency),
        "discount_percent": None if valuation.discount_percent is None else str(valuation.discount_percent),
        "score": valuation.score,
        "verdict": valuation.verdict,
        "verdict_text": verdict_words(valuation.verdict),
        "confidence": valuation.confidence,
        "reasons": match.reasons,
    }

"""What a user is told of a price that they follow, in their language. Written from templates; every number comes from the record."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from agents.messaging import phrases
from agents.messaging.composing import MOST, body_of, long_of, short_of
from agents.messaging.texts import old_price, verdict_words
from common.money import Money
from common.speech import speaking, spoken_money, spoken_percent
from common.text import one_line, shortened
from deals.models import Deal, Term, Tracking
from deals.selectors import name_of
from deals.tracking import Judged
from notifications.actions import Notice
from notifications.facts import Facts

REASON = "tracking"
"""What stands before the term in the reason of a notification, such as tracking.target_price."""


def crossed_notice(
    tracking: Tracking, deal: Deal, terms: list[Term], judged: Judged, *, language: str = "en"
) -> Notice:
    """What the follower is told of the terms that were crossed."""
    with speaking(language):
        reasons = [_reason(term, tracking, judged) for term in terms]
        data = _data(tracking, deal, reasons)
        facts, why = Facts.of(data), f"{'. '.join(reasons)}."
        return Notice(
            user_id=tracking.user_id,
            goal_id=None,
            deal_id=deal.pk,
            match_id=None,
            product_key=str(deal.product_id or deal.pk),
            title=shortened(phrases.heading(facts), MOST),
            body=body_of(facts, why),
            reason_text=_("You follow this price."),
            data=data,
            reason=f"{REASON}.{terms[0]}",
            text={"short": short_of(facts, why), "long": long_of(facts, why)},
        )


def stuck_notice(tracking: Tracking, *, language: str = "en") -> Notice:
    """What the follower is told where the page of an address cannot be followed."""
    with speaking(language):
        return Notice(
            user_id=tracking.user_id,
            goal_id=None,
            deal_id=None,
            match_id=None,
            product_key=str(tracking.pk),
            title=_("A price that you wanted to follow cannot be read"),
            body=shortened(f"{tracking.reason.rstrip('.')}. {one_line(tracking.url)}", MOST),
            reason_text=_("You asked to follow the price on this page."),
            data={"kind": "following", "url": "/tracking/"},
            reason=f"{REASON}.unreadable",
        )


def _reason(term: Term, tracking: Tracking, judged: Judged) -> str:
    price = spoken_money(judged.price, judged.currency)
    if term == Term.TARGET_PRICE:
        target = tracking.target_price or Decimal(0)
        if judged.currency != tracking.currency and judged.price_there is not None:
            about = spoken_money(judged.price_there, tracking.currency)
            price = _("{price} (about {converted})").format(price=price, converted=about)
        said = {"price": price, "target": spoken_money(target, tracking.currency)}
        if judged.price_there == target:
            return _("{price} is exactly your {target}").format(**said)
        return _("{price} is under your {target}").format(**said)
    if term == Term.DROP_PERCENT and judged.base_there:
        percent = 100 * (judged.base_there - judged.price) / judged.base_there
        return _("{percent} under the {before} when you began; you asked for {wanted}").format(
            percent=spoken_percent(percent),
            before=spoken_money(judged.base_there, judged.currency),
            wanted=spoken_percent(tracking.drop_percent or 0),
        )
    if term == Term.LOWEST and judged.lowest is not None:
        return _("The lowest in {days} days; the lowest before was {lowest}").format(
            days=tracking.lowest_in_days, lowest=spoken_money(judged.lowest, judged.currency)
        )
    return _("It can be had again")


def _data(tracking: Tracking, deal: Deal, reasons: list[str]) -> dict[str, Any]:
    valuation, was = deal.valuation, old_price(deal, deal.valuation)

    def money(amount: Decimal | None, currency: str) -> dict[str, str] | None:
        return None if amount is None else dict(Money(amount, currency).as_json())  # type: ignore[arg-type]

    def valued(name: str) -> dict[str, str] | None:
        return None if valuation is None else money(getattr(valuation, name), valuation.currency)

    percent = None if valuation is None else valuation.discount_percent
    return {
        "kind": REASON,
        "tracking_id": str(tracking.pk),
        "deal_id": str(deal.pk),
        "title": deal.title,
        "name": name_of(deal),
        "url": f"/deals/{deal.pk}/",
        "image_url": deal.image_url,
        "merchant": deal.merchant or deal.marketplace,
        "condition": deal.condition,
        "is_sample": deal.is_sample,
        "price": money(deal.price, deal.currency),
        "was": None if was is None else dict(was.as_json()),
        "target": money(tracking.target_price, tracking.currency),
        "worth": valued("worth"),
        "low": valued("low"),
        "high": valued("high"),
        "discount": valued("discount"),
        "discount_percent": None if percent is None else str(percent),
        "score": None if valuation is None else valuation.score,
        "verdict": "" if valuation is None else valuation.verdict,
        "verdict_text": "" if valuation is None else verdict_words(valuation.verdict),
        "confidence": None if valuation is None else valuation.confidence,
        "reasons": reasons,
    }

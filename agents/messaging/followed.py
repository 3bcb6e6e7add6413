"""What a user is told of a price that they follow. Written from templates; every number comes from the record, none is made up."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from common.money import Money, format_money
from common.text import one_line, shortened
from deals.models import Deal, Term, Tracking, Valuation
from deals.tracking import Judged
from notifications.actions import Notice

SHORT = 200
REASON = "tracking"
"""What stands before the term in the reason of a notification, such as tracking.target_price."""


def crossed_notice(tracking: Tracking, deal: Deal, terms: list[Term], judged: Judged) -> Notice:
    """What the follower is told of the terms that were crossed."""
    reasons = [_reason(term, tracking, judged) for term in terms]
    price = format_money(deal.price, deal.currency)
    sample = "Sample: " if deal.is_sample else ""
    name = one_line(deal.product.name if deal.product else deal.title)
    place = shortened(one_line(deal.merchant or deal.marketplace), 30)
    return Notice(
        user_id=tracking.user_id,
        goal_id=None,
        deal_id=deal.pk,
        match_id=None,
        product_key=str(deal.product_id or deal.pk),
        title=shortened(f"{sample}{shortened(name, 150)} for {price}", SHORT),
        body=shortened(f"{price} at {place}. {'. '.join(reasons)}.{_worth(deal.valuation)}", SHORT),
        reason_text="You follow this price.",
        data=_data(tracking, deal, reasons),
        reason=f"{REASON}.{terms[0]}",
    )


def stuck_notice(tracking: Tracking) -> Notice:
    """What the follower is told where the page of an address cannot be followed."""
    return Notice(
        user_id=tracking.user_id,
        goal_id=None,
        deal_id=None,
        match_id=None,
        product_key=str(tracking.pk),
        title="A price that you wanted to follow cannot be read",
        body=shortened(f"{tracking.reason.rstrip('.')}. {one_line(tracking.url)}", SHORT),
        reason_text="You asked to follow the price on this page.",
        data={"kind": "following", "url": "/tracking/"},
        reason=f"{REASON}.unreadable",
    )


def _reason(term: Term, tracking: Tracking, judged: Judged) -> str:
    price = format_money(judged.price, judged.currency)
    if term == Term.TARGET_PRICE:
        target = tracking.target_price or Decimal(0)
        if judged.currency != tracking.currency and judged.price_there is not None:
            price += f" (about {format_money(judged.price_there, tracking.currency)})"
        relation = "exactly" if judged.price_there == target else "under"
        return f"{price} is {relation} your {format_money(target, tracking.currency)}"
    if term == Term.DROP_PERCENT and judged.base_there:
        percent = 100 * (judged.base_there - judged.price) / judged.base_there
        before = format_money(judged.base_there, judged.currency)
        return f"{percent:.0f}\u00a0% under the {before} when you began; you asked for {tracking.drop_percent}\u00a0%"
    if term == Term.LOWEST and judged.lowest is not None:
        return f"The lowest in {tracking.lowest_in_days} days; the lowest before was {format_money(judged.lowest, judged.currency)}"
    return "It can be had again"


def _worth(valuation: Valuation | None) -> str:
    if valuation is None or valuation.worth is None or valuation.low is None or valuation.high is None:
        return ""
    worth, low, high = (_whole(amount, valuation) for amount in (valuation.worth, valuation.low, valuation.high))
    return f" Worth about {worth} ({low}–{high})."


def _whole(amount: Decimal, valuation: Valuation) -> str:
    return format_money(amount.quantize(Decimal(1)) if amount >= 20 else amount, valuation.currency).removesuffix(".00")


def _data(tracking: Tracking, deal: Deal, reasons: list[str]) -> dict[str, Any]:
    valuation = deal.valuation

    def money(amount: Decimal | None, currency: str) -> dict[str, str] | None:
        return None if amount is None else dict(Money(amount, currency).as_json())  # type: ignore[arg-type]

    def valued(name: str) -> dict[str, str] | None:
        return None if valuation is None else money(getattr(valuation, name), valuation.currency)

    return {
        "kind": REASON,
        "tracking_id": str(tracking.pk),
        "deal_id": str(deal.pk),
        "title": deal.title,
        "url": f"/deals/{deal.pk}/",
        "image_url": deal.image_url,
        "merchant": deal.merchant or deal.marketplace,
        "condition": deal.condition,
        "is_sample": deal.is_sample,
        "price": money(deal.price, deal.currency),
        "target": money(tracking.target_price, tracking.currency),
        "worth": valued("worth"),
        "low": valued("low"),
        "high": valued("high"),
        "score": None if valuation is None else valuation.score,
        "verdict_text": "" if valuation is None else valuation.get_verdict_display(),
        "reasons": reasons,
    }

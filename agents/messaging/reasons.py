"""Why a deal meets a goal, in words. Every number in them comes from the deal, its valuation or the goal."""

from __future__ import annotations

from decimal import Decimal

from accounts.models import Goal, WantedCondition
from common.money import Money, format_money
from deals.matching import Found
from deals.models import Deal


def reasons_for(goal: Goal, deal: Deal, found: Found) -> list[str]:
    """Return the sentences that say which of the goal's terms this deal meets, the most telling first."""
    reasons = [f"Matches “{goal.title}”" if not goal.keywords else f"Matches “{' '.join(goal.keywords)}”"]
    reasons += _about_price(goal, deal, found)
    reasons += _about_worth(goal, deal, found)
    brand = next((b for b in goal.brands if b.casefold() in f"{deal.brand} {deal.title}".casefold()), None)
    if brand:
        reasons.append(f"It is from {brand}")
    if goal.category:
        reasons.append(f"It is in {deal.category or goal.category}")
    if goal.marketplaces:
        reasons.append(f"It is sold at {deal.merchant or deal.marketplace}")
    if goal.condition != WantedCondition.ANY:
        reasons.append(
            f"It is {goal.condition}, as you asked"
            if deal.condition != "unknown"
            else "It does not say that it is used"
        )
    return reasons


def _about_price(goal: Goal, deal: Deal, found: Found) -> list[str]:
    if found.price_there is None or (goal.min_price is None and goal.max_price is None):
        return []
    price = str(Money(deal.price, deal.currency))
    if deal.currency != goal.currency:
        price += f" (about {format_money(found.price_there, goal.currency)})"
    if goal.max_price is None:
        return [f"{price} is at or above your {_amount(goal.min_price, goal)}"]
    relation = "exactly" if found.price_there == goal.max_price else "under"
    sentence = f"{price} is {relation} your {_amount(goal.max_price, goal)}"
    return [f"{sentence} and not under {_amount(goal.min_price, goal)}" if goal.min_price is not None else sentence]


def _about_worth(goal: Goal, deal: Deal, found: Found) -> list[str]:
    reasons = []
    valuation = deal.valuation
    if valuation is None:
        return []
    if goal.min_discount is not None and found.discount_there is not None:
        saved = format_money(found.discount_there, goal.currency)
        reasons.append(f"{saved} below its worth; you asked for {_amount(goal.min_discount, goal)}")
    if goal.min_discount_percent is not None and valuation.discount_percent is not None:
        reasons.append(
            f"{valuation.discount_percent:.0f}\u00a0% below its worth; you asked for {goal.min_discount_percent}\u00a0%"
        )
    if goal.min_score is not None and valuation.score is not None:
        reasons.append(f"Its score is {valuation.score}; you asked for {goal.min_score}")
    return reasons


def _amount(amount: Decimal | None, goal: Goal) -> str:
    return format_money(amount or Decimal(0), goal.currency)

"""Why a deal meets a goal, in words. Every number in them comes from the deal, its valuation or the goal."""

from __future__ import annotations

from decimal import Decimal

from accounts.models import Goal, WantedCondition
from accounts.terms.wording import asked_by
from common.money import Money, format_money
from common.words.synonyms import singular
from deals.matching import Found
from deals.models import Deal


def reasons_for(goal: Goal, deal: Deal, found: Found) -> list[str]:
    """Return the sentences that say which of the goal's terms this deal meets, the most telling first."""
    by_title = not (goal.keywords or goal.brands or goal.category)
    reasons = [f"Matches “{goal.title if by_title else ' '.join(goal.keywords)}”"] if by_title or goal.keywords else []
    reasons += _about_words(goal, deal, found)
    reasons += _about_price(goal, deal, found)
    reasons += _about_worth(goal, deal, found)
    reasons += _about_kind(goal, deal)
    return reasons


def _about_words(goal: Goal, deal: Deal, found: Found) -> list[str]:
    """What was taken for what: words for the same thing, and typing errors on either side."""
    offered = " ".join(filter(None, (deal.title, deal.brand, deal.merchant, deal.category, deal.description)))
    there = set(_spoken(offered))
    reasons = []
    clauses = asked_by(goal)
    for clause in clauses:
        said, *others = clause
        if not there.issuperset(_spoken(said)):
            meant = next((other for other in others if there.issuperset(_spoken(other))), None)
            if meant is not None:
                reasons.append(f"“{said}” is “{meant}” there")
    asked = " ".join(phrase for clause in clauses for phrase in clause)
    for pair in found.errors:
        there_word, asked_word = pair.split(" ")
        reasons.append(f"“{_word_of(there_word, deal.title)}” was taken for “{_word_of(asked_word, asked)}”")
    return reasons


def _spoken(text: str) -> list[str]:
    return [singular(word) for word in text.replace("-", " ").split()]


def _word_of(stem: str, text: str) -> str:
    """The word of a text that has this stem, or the stem itself."""
    # A stem may end in another letter than its word ("batteri").
    return next((word for word in text.split() if word.lower().startswith(stem[:-1])), stem)


def _about_kind(goal: Goal, deal: Deal) -> list[str]:
    reasons = []
    if goal.brands:
        named = f"{deal.brand} {deal.title}".casefold()
        brand = next((brand for brand in goal.brands if brand.casefold() in named), deal.brand or goal.brands[0])
        reasons.append(f"It is from {brand}")
    if goal.category:
        reasons.append(f"It is in {deal.category or goal.category}")
    if goal.marketplaces:
        reasons.append(f"It is sold at {deal.merchant or deal.marketplace}")
    if goal.condition == deal.condition:
        reasons.append(f"It is {goal.condition}, as you asked")
    elif goal.condition == WantedCondition.NEW:
        reasons.append("It does not say that it is used")
    elif goal.condition != WantedCondition.ANY:
        reasons.append(f"Its title says that it is {goal.condition}")
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

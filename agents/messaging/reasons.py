"""Why a deal meets a goal, in the language that is spoken. Every number comes from the deal, its valuation or the goal."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext as _

from accounts.models import Goal, WantedCondition
from accounts.terms.wording import asked_by
from common.speech import spoken_money, spoken_percent
from common.words.synonyms import singular
from deals.matching import Found
from deals.models import Deal
from notifications.facts import condition_words


def reasons_for(goal: Goal, deal: Deal, found: Found) -> list[str]:
    """Return the sentences that say which of the goal's terms this deal meets, the most telling first."""
    by_title = not (goal.keywords or goal.brands or goal.category)
    reasons = []
    if found.similarity is not None:
        reasons.append(_("It means nearly the same: {likeness}").format(likeness=f"{found.similarity:.2f}"))
    elif by_title or goal.keywords:
        reasons.append(_("Matches “{words}”").format(words=goal.title if by_title else " ".join(goal.keywords)))
    reasons += _about_words(goal, deal, found)
    reasons += _about_price(goal, deal, found)
    reasons += _about_worth(goal, deal, found)
    reasons += _about_kind(goal, deal)
    reasons += _about_place(goal, deal)
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
                reasons.append(_("“{said}” is “{meant}” there").format(said=said, meant=meant))
    asked = " ".join(phrase for clause in clauses for phrase in clause)
    for pair in found.errors:
        there_word, asked_word = pair.split(" ")
        written, meant = _word_of(there_word, deal.title), _word_of(asked_word, asked)
        reasons.append(_("“{written}” was taken for “{meant}”").format(written=written, meant=meant))
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
        reasons.append(_("It is from {brand}").format(brand=brand))
    if goal.category:
        reasons.append(_("It is in {category}").format(category=deal.category or goal.category))
    if goal.marketplaces:
        reasons.append(_("It is sold at {place}").format(place=deal.merchant or deal.marketplace))
    if goal.condition == deal.condition:
        reasons.append(_("It is {condition}, as you asked").format(condition=condition_words(goal.condition)))
    elif goal.condition == WantedCondition.NEW:
        reasons.append(_("It does not say that it is used"))
    elif goal.condition != WantedCondition.ANY:
        reasons.append(_("Its title says that it is {condition}").format(condition=condition_words(goal.condition)))
    return reasons


def _about_place(goal: Goal, deal: Deal) -> list[str]:
    if not goal.location:
        return []
    if not deal.location:
        return [_("It does not say where it is")]
    if deal.shipping is not None and goal.radius_km is None:
        return [_("It is in {place}, or is sent").format(place=deal.location)]
    return [_("It is in {place}").format(place=deal.location)]


def _about_price(goal: Goal, deal: Deal, found: Found) -> list[str]:
    if found.price_there is None or (goal.min_price is None and goal.max_price is None):
        return []
    price = spoken_money(deal.price, deal.currency)
    if deal.currency != goal.currency:
        about = spoken_money(found.price_there, goal.currency)
        price = _("{price} (about {converted})").format(price=price, converted=about)
    if goal.max_price is None:
        return [_("{price} is at or above your {least}").format(price=price, least=_amount(goal.min_price, goal))]
    said = {"price": price, "target": _amount(goal.max_price, goal), "least": _amount(goal.min_price, goal)}
    is_exact = found.price_there == goal.max_price
    if goal.min_price is None:
        return [
            (_("{price} is exactly your {target}") if is_exact else _("{price} is under your {target}")).format(**said)
        ]
    if is_exact:
        return [_("{price} is exactly your {target} and not under {least}").format(**said)]
    return [_("{price} is under your {target} and not under {least}").format(**said)]


def _about_worth(goal: Goal, deal: Deal, found: Found) -> list[str]:
    reasons = []
    valuation = deal.valuation
    if valuation is None:
        return []
    if goal.min_discount is not None and found.discount_there is not None:
        saved, wanted = spoken_money(found.discount_there, goal.currency), _amount(goal.min_discount, goal)
        reasons.append(_("{saved} below its worth; you asked for {wanted}").format(saved=saved, wanted=wanted))
    if goal.min_discount_percent is not None and valuation.discount_percent is not None:
        saved, wanted = spoken_percent(valuation.discount_percent), spoken_percent(goal.min_discount_percent)
        reasons.append(_("{saved} below its worth; you asked for {wanted}").format(saved=saved, wanted=wanted))
    if goal.min_score is not None and valuation.score is not None:
        reasons.append(
            _("Its score is {score}; you asked for {wanted}").format(score=valuation.score, wanted=goal.min_score)
        )
    return reasons


def _amount(amount: Decimal | None, goal: Goal) -> str:
    return spoken_money(amount or Decimal(0), goal.currency)

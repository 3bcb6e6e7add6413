"""Which of a page's amounts is the price: what it states and what it shows, weighed together."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from agents.scanning.pages.layout import Layout
from agents.scanning.pages.prices import Candidate, Role
from agents.scanning.pages.structured import Stated
from agents.scanning.pages.words import CODES, SIGNS

_WEIGHTS = {"json-ld": 4.0, "microdata": 4.0, "meta": 3.5, "state": 3.0}
_OF_A_RULE = 30.0
_LEAST = 2.4  # an amount that is only shown has to have this much for it
_CERTAIN = 2.4  # a stated price needs no more than to be stated


@dataclass(frozen=True, slots=True)
class Chosen:
    """The price: "exact", "from" or "range" (then with its `upper` end); `order` is the element that shows it, if one does."""

    amount: Decimal
    currency: str | None
    kind: str
    upper: Decimal | None
    method: str
    order: int | None


@dataclass(slots=True)
class _Option:
    stated: float = 0.0
    shown: float = 0.0
    method: str = "page"
    currency: str | None = None
    kind: str = "exact"
    upper: Decimal | None = None
    candidate: Candidate | None = None
    score: float = field(default=0.0)


def choose(layout: Layout, seen: list[Candidate], stated: list[Stated], *, currency_hint: str | None) -> Chosen | None:
    """The likeliest price, or None where nothing is likely enough."""
    options: dict[Decimal, _Option] = {}
    for one in stated:
        _add_stated(options, one)
    for candidate in seen:
        _add_shown(options, candidate, currency_hint)
    ranked = sorted(((_total(option), amount) for amount, option in options.items()), reverse=True)
    for total, amount in ranked:
        option = options[amount]
        if option.stated >= _CERTAIN or total >= _LEAST:
            currency = option.currency or currency_hint
            order = option.candidate.order if option.candidate else None
            return Chosen(amount, currency, option.kind, option.upper, option.method, order)
        break
    return None


def _total(option: _Option) -> float:
    agreed = 1.5 if option.stated >= _CERTAIN and option.shown > 0 else 0.0
    return option.stated + option.shown + agreed


def _add_stated(options: dict[Decimal, _Option], stated: Stated) -> None:
    for place, price in enumerate(stated.prices[:40]):
        weight = _WEIGHTS.get(stated.method, _OF_A_RULE) - (0.0 if place == 0 else 1.5 if place < 4 else 2.5)
        if price.kind == "list":
            weight = 0.0
        elif price.kind == "from":
            weight -= 0.5
        for number, reading in enumerate(price.readings):
            option = options.setdefault(reading.normalize(), _Option())
            points = weight - 1.7 * number
            if points > option.stated:
                option.stated, option.method = points, stated.method
                option.currency = price.currency or option.currency
                option.kind = (
                    "from" if price.kind == "from" and option.kind == "exact" and not option.shown else option.kind
                )
                option.upper = stated.high_price if option.kind == "from" else None
            elif points > 0:
                option.stated += 0.5


def _add_shown(options: dict[Decimal, _Option], candidate: Candidate, hint: str | None) -> None:
    likely, *others = candidate.amount.readings
    _show(options.setdefault(likely.normalize(), _Option()), candidate, candidate.score, hint)
    for reading in others:
        option = options.get(reading.normalize())
        if option is not None and option.stated > 0:
            _show(option, candidate, candidate.score - 0.5, hint)


def _show(option: _Option, candidate: Candidate, score: float, hint: str | None) -> None:
    if candidate.role not in {Role.PRICE, Role.FROM}:
        score = min(score, 0.0)
    if option.candidate is not None and score <= option.shown:
        return
    option.candidate, option.shown = candidate, max(score, -3.0)
    option.currency = option.currency or currency_of(candidate.amount.sign, hint)
    if score > 3.0:
        option.kind = (
            "from"
            if candidate.role is Role.FROM
            else "range"
            if candidate.range_to
            else option.kind
            if option.stated
            else "exact"
        )
        option.upper = candidate.range_to or option.upper


def currency_of(sign: str | None, hint: str | None) -> str | None:
    """The ISO code of a sign; where it is the sign of several, the hint's if it is one of them, else the commonest."""
    if sign is None:
        return hint
    if sign.upper() in CODES:
        return sign.upper()
    meanings = SIGNS.get(sign, ())
    if not meanings:
        return hint
    return hint if hint in meanings else meanings[0]

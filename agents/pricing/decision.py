"""The verdict on a deal, with two sentences: its worth first, then what its past prices and its claimed discount say.

`verdict.judge` judges a price against a worth alone. Here that verdict is held against what was seen of the product. What it is held
against is written down (`Grounds.as_json`), and the sentences are made from that and from nothing else.

A caution about the thing itself ("mostly accessories") is never outvoted by past prices: whatever it held back stays held back.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from agents.pricing.verdict import Verdict, about
from deals.price_intelligence import FEW_POINTS

TURNED_BY_A_TREND: Final = frozenset({Verdict.FAIR, Verdict.SUSPICIOUS})
"""What a trend can change: a verdict by worth of *fair*, or what is that but for a claim."""
CHEAPER: Final = Decimal("0.95")  # of the price: what was below that lately was cheaper
_HIGH: Final = 75  # per cent of the time it was cheaper
_LOW: Final = 10
_CLEARLY_BELOW: Final = Decimal("0.95")  # of the median
_SAME: Final = Decimal("0.02")  # of the worth: a difference of less is none


@dataclass(frozen=True)
class Past:
    """What was seen of the product, in the deal's currency and condition; amounts are None where nothing was.

    `count` prices in the last year, of which `days` days are known, with their lowest, median and highest; `below` is the per cent
    of that time at which it was cheaper than now. `cheapest` is the lowest of the last 30 days and `cheapest_days` how many days
    ago it was last seen. `trend` is a `price_intelligence.Direction`, or "unknown" where it is not known or could change nothing.
    """

    count: int = 0
    days: int = 0
    lowest: Decimal | None = None
    median: Decimal | None = None
    highest: Decimal | None = None
    below: float | None = None
    cheapest: Decimal | None = None
    cheapest_days: int | None = None
    trend: str = "unknown"


@dataclass(frozen=True)
class Claim:
    """What became of a claimed "was" price: a `price_intelligence.ClaimVerdict`, whether the discount is shown to be a fake one or
    a real one, the lowest price of the 30 days before it, and the sentence about it."""

    finding: str = "no_claim"
    is_fake: bool = False
    is_real: bool = False
    was: Decimal | None = None
    reference: Decimal | None = None
    words: str = ""


@dataclass(frozen=True)
class Grounds:
    """Everything that a verdict rests on. `by_worth` and `caveat` are `judge`'s."""

    price: Decimal
    currency: str
    by_worth: Verdict
    worth: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    caveat: str = ""
    but_for_claim: Verdict | None = None
    past: Past = Past()
    claim: Claim = Claim()

    def as_json(self) -> dict[str, Any]:
        """The record: amounts as decimal strings in `currency`. `cautious_discount` is the low end less the price."""

        def text(amount: Decimal | None) -> str | None:
            return None if amount is None else str(amount)

        past, claim = self.past, self.claim
        return {
            "by_worth": self.by_worth.value,
            "caveat": self.caveat,
            "currency": self.currency,
            "price": text(self.price),
            "worth": text(self.worth),
            "low": text(self.low),
            "high": text(self.high),
            "cautious_discount": text(None if self.low is None else self.low - self.price),
            "prices_seen": past.count,
            "days": past.days,
            "lowest": text(past.lowest),
            "median": text(past.median),
            "highest": text(past.highest),
            "percent_below": past.below,
            "cheapest_30_days": text(past.cheapest),
            "cheapest_days_ago": past.cheapest_days,
            "trend": past.trend,
            "claim": claim.finding,
            "claim_is_fake": claim.is_fake,
            "claimed_was": text(claim.was),
            "claim_reference": text(claim.reference),
        }


@dataclass(frozen=True)
class Decision:
    """The verdict, its two sentences, and the name of the rule that had the last word ("worth" where the past changed nothing)."""

    verdict: Verdict
    sentences: tuple[str, str]
    rule: str


def decide(grounds: Grounds) -> Decision:
    """Judge by worth, past and claim together."""
    verdict, rule = _weighed(grounds)
    return Decision(verdict, (_about_worth(grounds), _about_past(grounds, rule)), rule)


def _weighed(grounds: Grounds) -> tuple[Verdict, str]:
    past, claim = grounds.past, grounds.claim
    verdict, caveat = grounds.by_worth, grounds.caveat
    if verdict == Verdict.SUSPICIOUS and grounds.but_for_claim is not None and claim.is_real:
        verdict, caveat = grounds.but_for_claim, ""
    if verdict in (Verdict.CANNOT_SAY, Verdict.SUSPICIOUS):
        return verdict, "caveat"
    if claim.is_fake:
        # A price that is the lowest in a month and below the cautious worth is low, whatever it was said to be before.
        if verdict in (Verdict.BUY_NOW, Verdict.GOOD) and _is_below_low(grounds) and not _was_cheaper(grounds):
            return Verdict.GOOD, "claim"
        return Verdict.SUSPICIOUS, "claim"
    if caveat:
        return verdict, "caveat"
    return _by_past(grounds, verdict, past)


def _by_past(grounds: Grounds, verdict: Verdict, past: Past) -> tuple[Verdict, str]:
    if _was_cheaper(grounds):
        return _lowered(verdict, grounds), "cheaper lately"
    if past.count >= FEW_POINTS and past.below is not None and past.median is not None:
        if past.below >= _HIGH:
            return _lowered(verdict, grounds), "high"
        if (
            past.below <= _LOW
            and verdict == Verdict.FAIR
            and grounds.worth is not None
            and grounds.price <= grounds.worth
            and grounds.price < _CLEARLY_BELOW * past.median
        ):
            return Verdict.GOOD, "low"
    if (
        past.trend == "falling"
        and verdict == Verdict.FAIR
        and grounds.worth is not None
        and grounds.price >= grounds.worth
    ):
        return Verdict.WAIT, "falling"
    return verdict, "worth"


def _lowered(verdict: Verdict, grounds: Grounds) -> Verdict:
    """One step down for a price that was lower. What is below even the cautious end stays good."""
    if verdict == Verdict.BUY_NOW:
        return Verdict.GOOD
    if verdict == Verdict.GOOD:
        return Verdict.GOOD if _is_below_low(grounds) else Verdict.FAIR
    return Verdict.WAIT


def _is_below_low(grounds: Grounds) -> bool:
    return grounds.low is not None and grounds.price <= grounds.low


def _was_cheaper(grounds: Grounds) -> bool:
    cheapest = grounds.past.cheapest
    return cheapest is not None and cheapest < CHEAPER * grounds.price


def _about_worth(grounds: Grounds) -> str:
    price, worth, low, high = grounds.price, grounds.worth, grounds.low, grounds.high
    if worth is None or low is None or high is None:
        return grounds.caveat or "We cannot say what it is worth."

    def money(amount: Decimal) -> str:
        return about(amount, grounds.currency)

    saving = worth - price
    if abs(saving) <= _SAME * worth:
        return f"At {money(price)} it costs about what it is worth to us, {money(worth)} ({money(low)}–{money(high)})."
    share = f"{abs(saving) / worth:.0%}".replace("%", "\u00a0%")
    less = "less" if saving > 0 else "more"
    said = f"At {money(price)} it costs {money(abs(saving))} ({share}) {less} than it is worth to us, {money(worth)}"
    if price <= low:
        return f"{said}, and no more than the cautious end of {money(low)}."
    if saving > 0:
        return f"{said}, but more than the cautious end of {money(low)}."
    if price <= high:
        return f"{said}, which is inside our range up to {money(high)}."
    return f"{said}, and more than the upper end of our range, {money(high)}."


def _about_past(grounds: Grounds, rule: str) -> str:
    past, claim = grounds.past, grounds.claim

    def money(amount: Decimal) -> str:
        return about(amount, grounds.currency)

    if rule == "claim" and claim.words:
        return claim.words
    if rule == "caveat" and grounds.caveat and grounds.worth is not None:
        return grounds.caveat
    if rule == "cheaper lately" and past.cheapest is not None:
        if not past.cheapest_days:
            return f"It cost {money(past.cheapest)} within the last day, here or elsewhere."
        when = "yesterday" if past.cheapest_days == 1 else f"{past.cheapest_days} days ago"
        return f"It cost only {money(past.cheapest)} {when}, so waiting may pay."
    if rule == "falling" and past.median is not None:
        return (
            f"Its price has been falling, with {money(past.median)} in the middle of {_seen(past)}, so waiting may pay."
        )
    return _history(grounds)


def _history(grounds: Grounds) -> str:
    past = grounds.past
    if past.count == 0 or past.lowest is None or past.median is None or past.highest is None:
        return "We have seen no other price of it yet, so its past says nothing."
    lowest, median, highest = (about(amount, grounds.currency) for amount in (past.lowest, past.median, past.highest))
    if past.count == 1:
        return "We have seen only 1 price of it, so its past says little."
    if past.count < FEW_POINTS:
        return f"We have seen only {past.count} prices of it ({lowest} to {highest}), so its past says little."
    if grounds.price <= past.lowest:
        return f"That is the lowest of {past.count} prices in {_seen(past)}, with {median} in the middle."
    share = "" if past.below is None else f", and was cheaper {past.below:.0f}\u00a0% of that time"
    return f"In {_seen(past)} it had {past.count} prices from {lowest} to {highest}, {median} in the middle{share}."


def _seen(past: Past) -> str:
    return "the 1 day that we saw" if past.days == 1 else f"the {past.days} days that we saw"

"""From numbers to a verdict and to sentences that a shopper understands. Amounts here are in the item's own currency."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from agents.pricing.caution import Caution
from agents.pricing.evidence import ALIKE, Differences
from common.money import Money, format_money

OPPORTUNITY_USD: Final = Decimal(50)
_TOO_GOOD: Final = Decimal("0.25")  # of the interval's low end: nobody sells the real thing for that
_CLEARLY_LESS: Final = Decimal("0.10")  # of the worth
_WIDEST: Final = 6.0  # high ÷ low beyond which a number says nothing
_WORTH_SHOWING: Final = 0.02
_FEW: Final = 2
_FAR_OUTSIDE: Final = 2
_MOSTLY: Final = 0.6
# Of the worth. So far below it, offers of the real thing are rarer than offers of something else.
_VERY_DEEP: Final = Decimal("0.5")
_CONTRADICTION: Final = (
    "We have seen hardly anything like it, and the price is far from what the words suggest, so we cannot say."
)


class Verdict(StrEnum):
    """The words of the contract; `deals.models.Verdict` has the same."""

    BUY_NOW = "buy_now"
    GOOD = "good"
    FAIR = "fair"
    WAIT = "wait"
    SUSPICIOUS = "suspicious"
    CANNOT_SAY = "cannot_say"


@dataclass(frozen=True)
class Evidence:
    """What stands behind an interval. `mismatch` are shares (0–1) of the comparables' weight that are another thing.

    `differences` is asked only where a bargain depends on it: it reads the titles of all comparables.
    """

    similar: int
    identical: int
    nearest: float
    answered: int
    accessory_mismatch: float = 0.0
    pack_mismatch: float = 0.0
    better_condition: float = 0.0
    differences: Callable[[], Differences] = lambda: ALIKE


@dataclass(frozen=True)
class Interval:
    """The worth with its 80 % interval, in one currency."""

    worth: Decimal
    low: Decimal
    high: Decimal
    currency: str

    @property
    def ratio(self) -> float:
        return float(self.high / self.low) if self.low > 0 else float("inf")


@dataclass(frozen=True)
class Judgement:
    """The verdict, the sentences, how sure we are (0–1), and whether a number may be shown at all.

    `caveat` is the sentence that decided against what price and worth alone would say; empty where none did. `but_for_claim` is
    what the verdict would be without the claimed list price, where that alone made it suspicious.
    """

    verdict: Verdict
    reasons: list[str]
    confidence: float
    sayable: bool
    caveat: str = ""
    but_for_claim: Verdict | None = None


def refusal(caution: Caution, interval: Interval | None, evidence: Evidence) -> str | None:
    """Why nothing can be said about an item, as a sentence; None where something can."""
    if caution.terms is not None:
        return caution.terms.value
    if caution.condition == "parts":
        return "It is sold broken or for parts, and we cannot tell what is left of it."
    if interval is None:
        return "We know nothing like it, so we cannot say what it is worth."
    if interval.ratio > _WIDEST and evidence.similar == 0:
        return "We know nothing similar enough, and the words alone leave everything open."
    if caution.accessory and evidence.accessory_mismatch > 0.6:
        return "It looks like an accessory, and we know prices only of the things that it is for."
    if caution.kind is not None and evidence.differences().kind > _MOSTLY:
        return f"It looks like {caution.kind.value}, and what we compared it with is mostly not."
    return None


def confidence_of(interval: Interval, evidence: Evidence) -> float:
    """0 to 1: near 1 for an interval of a few per cent, 0 where the high end is eight times the low one; less by half
    where no similar price was seen."""
    width = max(0.0, 1 - (interval.ratio - 1) / 7) ** 2
    return round(width * (1.0 if evidence.similar else 0.5) * (0.8 if evidence.answered < 3 else 1.0), 3)


def judge(
    price: Decimal | None,
    interval: Interval | None,
    caution: Caution,
    evidence: Evidence,
    *,
    threshold: Decimal,
    list_price: Decimal | None = None,
) -> Judgement:
    """Judge one item. `price`, `threshold` and `list_price` are in the interval's currency."""
    refused = refusal(caution, interval, evidence)
    if refused is not None or interval is None:
        return Judgement(Verdict.CANNOT_SAY, [refused or ""], 0.0, sayable=False, caveat=refused or "")
    if price is not None and _contradicts(price, interval, evidence):
        return Judgement(Verdict.CANNOT_SAY, [_CONTRADICTION], 0.0, sayable=False, caveat=_CONTRADICTION)
    confidence = confidence_of(interval, evidence)
    reasons = [_worth_sentence(interval, evidence), *_evidence_sentences(interval, evidence, caution)]
    if price is None:
        return Judgement(Verdict.FAIR if confidence > 0 else Verdict.CANNOT_SAY, reasons, confidence, sayable=True)
    verdict, why = _verdict(price, interval, threshold, confidence)
    reasons.append(why)
    held, but_for_claim = None, None
    caveat = why if verdict == Verdict.SUSPICIOUS else ""
    if verdict in (Verdict.BUY_NOW, Verdict.GOOD):
        held = _held_back(caution, evidence) or _too_deep(price, interval, evidence)
    if held:
        verdict, caveat = Verdict.FAIR, held
        reasons.append(held)
    if list_price is not None and list_price > price and list_price > Decimal("1.3") * interval.high:
        claim = f"The claimed list price of {about(list_price, interval.currency)} is above anything we would expect."
        reasons.append(claim)
        if verdict in (Verdict.FAIR, Verdict.WAIT):
            but_for_claim, verdict, caveat = verdict, Verdict.SUSPICIOUS, claim
    return Judgement(verdict, reasons, confidence, sayable=True, caveat=caveat, but_for_claim=but_for_claim)


def _contradicts(price: Decimal, interval: Interval, evidence: Evidence) -> bool:
    """Whether the asking price speaks louder than what little we know: it is outside a range that rests on words alone, or
    far outside of one that rests on one or two similar things. Then the range is more likely to be wrong than the price."""
    if evidence.identical or evidence.similar > _FEW:
        return False
    margin = _FAR_OUTSIDE if evidence.similar else 1
    return price > margin * interval.high or price < interval.low / margin


def _verdict(price: Decimal, interval: Interval, threshold: Decimal, confidence: float) -> tuple[Verdict, str]:
    saving = interval.worth - price
    share = saving / interval.worth if interval.worth else Decimal(0)
    if price < _TOO_GOOD * interval.low:
        return Verdict.SUSPICIOUS, (
            f"At {about(price, interval.currency)} it costs less than a quarter of the least that we would expect: "
            "probably another thing, a part of it, or a mistake."
        )
    said = f"{about(abs(saving), interval.currency)} ({abs(share):.0%})"
    if price <= interval.low:
        verdict = Verdict.BUY_NOW if saving >= threshold else Verdict.GOOD
        return (
            verdict,
            f"The price is {said} below that, and below even the cautious end of {about(interval.low, interval.currency)}.",
        )
    if price > interval.high:
        return Verdict.WAIT, f"The price is {said} above what it is worth to us, and above the whole range."
    if share >= _CLEARLY_LESS and confidence > 0.3:
        return Verdict.GOOD, f"The price is {said} below that, but inside the range of usual prices."
    if share <= -_CLEARLY_LESS:
        return Verdict.WAIT, f"The price is {said} above that; waiting may pay."
    return Verdict.FAIR, "The price is inside the range that we would expect."


def _held_back(caution: Caution, evidence: Evidence) -> str | None:
    """Why a seeming bargain is not called one."""
    if not evidence.identical and evidence.similar <= _FEW:
        return "We have seen hardly anything like it, so we do not call it a bargain."
    if evidence.accessory_mismatch > 0.5:
        kind = "an accessory" if caution.accessory else "a thing and not an accessory"
        return f"It seems to be {kind}, unlike most of what we compared it with, so we do not call it a bargain."
    if evidence.pack_mismatch > 0.5:
        return "Most prices that we compared are for packs of another size, so we do not call it a bargain."
    if evidence.better_condition > 0.5 and caution.condition == "used":
        return "It is used and most prices that we compared are not, so we do not call it a bargain."
    differences = evidence.differences()
    if differences.part > 0.5:
        return (
            "It seems to be a part of what most of these prices are of, or made for it, so we do not call it a bargain."
        )
    if differences.made_for > 0.5:
        return "It is made for the thing that most of these prices are of, so we do not call it a bargain."
    if differences.larger > 0.5:
        return "Most prices that we compared are for a larger one, so we do not call it a bargain."
    if differences.later > 0.5:
        return "Most prices that we compared are for a later or larger version, so we do not call it a bargain."
    return None


def _too_deep(price: Decimal, interval: Interval, evidence: Evidence) -> str | None:
    """Why so large a discount is not believed: the name says more than anything that we compared, perhaps what it really is."""
    unknown = evidence.differences().unknown
    if price >= _VERY_DEEP * interval.worth or not unknown:
        return None
    words = " and ".join(f"“{word}”" for word in unknown[:2])
    return (
        f"It costs less than half of that, and nothing that we compared is called {words}, so it may be another thing."
    )


def _worth_sentence(interval: Interval, evidence: Evidence) -> str:
    money = f"Worth about {about(interval.worth, interval.currency)} ({_range(interval)})"
    if evidence.similar == 0:
        return f"{money}, from its wording alone."
    return f"{money}, from {evidence.similar} comparable {'offer' if evidence.similar == 1 else 'offers'}."


def _evidence_sentences(interval: Interval, evidence: Evidence, caution: Caution) -> list[str]:
    said = []
    if evidence.identical:
        times = "once" if evidence.identical == 1 else f"{evidence.identical} times"
        said.append(f"The same product was seen {times} before.")
    elif evidence.similar == 0:
        said.append("We have seen no similar price, so this is a guess.")
    elif evidence.similar <= 2:
        prices = "1 similar price" if evidence.similar == 1 else f"{evidence.similar} similar prices"
        said.append(f"We have seen only {prices}, so this is a guess.")
    elif interval.ratio > 3:
        said.append("Similar offers differ widely in price.")
    if caution.condition in ("refurbished", "used") and evidence.better_condition > 0:
        share = {"refurbished": "75 %", "used": "60 %"}[caution.condition]
        said.append(f"It is {caution.condition}, so prices of new ones count at {share}.")
    if evidence.answered < 3:
        said.append(f"Only {evidence.answered} of 3 estimators answered.")
    return said


def _range(interval: Interval) -> str:
    return f"{about(interval.low, interval.currency)}–{about(interval.high, interval.currency)}"


def about(amount: Decimal, currency: str) -> str:
    """An amount without false precision: whole units from 20 up, cents below."""
    if abs(amount) >= 20:
        text = format_money(amount.quantize(Decimal(1)), currency)
        return text.removesuffix(".00")
    return str(Money(amount, currency))


def similar_enough(closeness: Sequence[float], weights: Sequence[float], *, least: float) -> list[int]:
    """Which neighbours are shown and counted as comparable offers: close enough, and of some weight."""
    return [
        index
        for index, (close, weight) in enumerate(zip(closeness, weights, strict=True))
        if close >= least and weight >= _WORTH_SHOWING
    ]

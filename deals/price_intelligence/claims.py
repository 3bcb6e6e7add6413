"""Whether a claimed "was" price is one: held against the prices seen before the reduction.

The yardstick is the lowest price of the 30 days before the reduction (Directive 98/6/EC, article 6a, as changed by 2019/2161);
a reduction that deepens step by step counts from its first step. What we did not see we do not hold against anybody.
The order of the questions, and each threshold, is in docs/price-intelligence.md.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Final

from common.templatetags.show import short_money
from deals.price_intelligence.confidence import Confidence
from deals.price_intelligence.inflation import Inflation, inflation_of
from deals.price_intelligence.series import DAY, History, Step
from deals.price_intelligence.windows import lowest_between

REFERENCE_DAYS: Final = 30
_NEARLY: Final = Decimal("0.98")  # a claim within 2 % of a price was charged: roundings of shops
_NOTHING: Final = Decimal("1.005")  # less than half a per cent is no reduction
_FEWEST_DAYS: Final = 7.0


class ClaimVerdict(StrEnum):
    """What a claimed price is. INFLATED and NO_REDUCTION are fake discounts; OVERSTATED and UNSUPPORTED are doubtful ones."""

    NO_CLAIM = "no_claim"
    NOT_ABOVE = "not_above"
    HONEST = "honest"
    OVERSTATED = "overstated"
    NO_REDUCTION = "no_reduction"
    INFLATED = "inflated_before_sale"
    UNSUPPORTED = "unsupported"
    CANNOT_SAY = "cannot_say"


@dataclass(frozen=True, slots=True)
class ClaimCheck:
    """The verdict on a claimed price. `lowest_30` is the lowest price of the 30 days before the reduction, of which `days_seen` days
    are known; None where nothing is. Per cents are of the claim and of the 30-day lowest; `real_percent` may be negative."""

    verdict: ClaimVerdict
    confidence: Confidence
    price: Decimal
    claimed: Decimal | None
    claimed_percent: float | None
    lowest_30: Decimal | None
    real_percent: float | None
    days_seen: float
    highest_seen: Decimal | None
    began: datetime | None
    inflation: Inflation | None
    sentences: tuple[str, ...]

    @property
    def is_fake(self) -> bool:
        """Whether the discount is shown to be none, or to be made by raising what it is counted from."""
        return self.verdict in (ClaimVerdict.INFLATED, ClaimVerdict.NO_REDUCTION)


def check_claim(
    history: History, claimed: Decimal | None, price: Decimal | None = None, worth_high: Decimal | None = None
) -> ClaimCheck | None:
    """Judge a claimed price beside the newest price of the history, or beside `price` where there is no history yet.

    Amounts are in the currency of the history; `worth_high` is the top of the interval of what it is worth, for the words.
    None where neither a price is given nor one was seen.
    """
    price = history.price if price is None else price
    if price is None:
        return None
    runs = history.runs()
    began = sale_began(runs)
    highest = max((run.price for run in runs), default=None)
    found = lowest_between(history, began - REFERENCE_DAYS * DAY, began) if began is not None else None
    lowest, days = found if found is not None else (None, 0.0)
    inflation = inflation_of(history, claimed, price, began) if claimed is not None and began is not None else None
    verdict = _verdict(history, claimed, price, lowest, highest, inflation)
    check = ClaimCheck(
        verdict=verdict,
        confidence=_confidence(verdict, days, inflation),
        price=price,
        claimed=claimed,
        claimed_percent=float(100 * (claimed - price) / claimed) if claimed else None,
        lowest_30=lowest,
        real_percent=float(100 * (lowest - price) / lowest) if lowest else None,
        days_seen=days,
        highest_seen=highest,
        began=began,
        inflation=inflation,
        sentences=(),
    )
    return replace(check, sentences=_sentences(check, history, worth_high))


def sale_began(runs: list[Step]) -> datetime | None:
    """When the present reduction began: at the newest price, or at the first of several falls that followed on each other within
    30 days. None where no price was seen. A price that rose has no reduction; then it is when the present price began."""
    if not runs:
        return None
    began = runs[-1].start
    for before, after in reversed(list(pairwise(runs))):
        if after.price >= before.price or (after.start != runs[-1].start and _lasted(runs, after) >= REFERENCE_DAYS):
            break
        began = after.start
    return began


def _lasted(runs: list[Step], run: Step) -> float:
    following = runs[runs.index(run) + 1]
    return (following.start - run.start) / timedelta(days=1)


def _verdict(
    history: History,
    claimed: Decimal | None,
    price: Decimal,
    lowest: Decimal | None,
    highest: Decimal | None,
    inflation: Inflation | None,
) -> ClaimVerdict:
    if claimed is None:
        return ClaimVerdict.NO_CLAIM
    if claimed <= price * _NOTHING:
        return ClaimVerdict.NOT_ABOVE
    if inflation is not None:
        return ClaimVerdict.INFLATED
    if lowest is not None:
        if lowest <= price * _NOTHING:
            return ClaimVerdict.NO_REDUCTION
        return ClaimVerdict.HONEST if lowest >= claimed * _NEARLY else ClaimVerdict.OVERSTATED
    was_charged = highest is not None and highest >= claimed * _NEARLY
    if history.observed_days >= REFERENCE_DAYS and not was_charged:
        return ClaimVerdict.UNSUPPORTED
    return ClaimVerdict.CANNOT_SAY


def _confidence(verdict: ClaimVerdict, days: float, inflation: Inflation | None) -> Confidence:
    """How far the verdict on the claim can be relied on: by how many of the 30 days before are known. One cheaper price that
    was seen is enough to refute a claim; that nothing cheaper was there takes the whole time."""
    if verdict in (ClaimVerdict.NO_CLAIM, ClaimVerdict.NOT_ABOVE):
        return Confidence.HIGH
    if verdict in (ClaimVerdict.CANNOT_SAY, ClaimVerdict.UNSUPPORTED):
        return Confidence.LOW
    if verdict == ClaimVerdict.NO_REDUCTION or inflation is not None:
        return Confidence.HIGH if days >= _FEWEST_DAYS else Confidence.MEDIUM
    if days < _FEWEST_DAYS:
        return Confidence.LOW
    return Confidence.HIGH if days >= 0.9 * REFERENCE_DAYS else Confidence.MEDIUM


def _sentences(check: ClaimCheck, history: History, worth_high: Decimal | None) -> tuple[str, ...]:
    if check.claimed is None:
        return ()
    claim = short_money(check.claimed, history.currency)
    words = [_verdict_words(check, history, claim)]
    if check.verdict in (ClaimVerdict.OVERSTATED, ClaimVerdict.HONEST) and check.days_seen < 0.9 * REFERENCE_DAYS:
        words.append(f"Of those 30 days we saw {max(1, round(check.days_seen))}.")
    doubted = (ClaimVerdict.CANNOT_SAY, ClaimVerdict.UNSUPPORTED, ClaimVerdict.OVERSTATED)
    if worth_high is not None and check.claimed > worth_high and check.verdict in doubted:
        most = short_money(worth_high, history.currency, rough=True)
        words.append(
            f"It is above the most we think it is worth ({most}), so the claimed reduction is larger than the real one."
        )
    return tuple(words)


def _verdict_words(check: ClaimCheck, history: History, claim: str) -> str:
    stated = f"The source states an earlier price of {claim}"
    lowest = "" if check.lowest_30 is None else short_money(check.lowest_30, history.currency)
    real = f"{check.real_percent or 0:.0f} %"
    match check.verdict:
        case ClaimVerdict.NOT_ABOVE:
            return f"{stated}, which is not above the price, so nothing is taken off."
        case ClaimVerdict.INFLATED:
            return _inflation_words(check, history, claim)
        case ClaimVerdict.NO_REDUCTION:
            return f"{stated}, yet it cost {lowest} in the 30 days before, so the reduction is not one."
        case ClaimVerdict.HONEST:
            return f"{stated}, and in the 30 days before it never cost less than {lowest}: the reduction of {real} is real."
        case ClaimVerdict.OVERSTATED:
            charged = (
                check.highest_seen is not None
                and check.claimed is not None
                and check.highest_seen >= check.claimed * _NEARLY
            )
            never = "" if charged else ", and we never saw it at the claimed price"
            return f"{stated}. The lowest price in the 30 days before was {lowest}{never}; counted from there the saving is {real}."
        case ClaimVerdict.UNSUPPORTED:
            days = round(history.observed_days)
            return f"{stated}. In {days} days we never saw it cost that, so the reduction has no support."
        case _:
            return f"{stated}. We have seen no earlier price to check it against."


def _inflation_words(check: ClaimCheck, history: History, claim: str) -> str:
    raised = check.inflation
    if raised is None:
        return ""
    before, after = (short_money(amount, history.currency) for amount in (raised.before, raised.after))
    day = f"{raised.last_lower_at.day} {raised.last_lower_at:%b %Y}"
    if raised.of == "claim":
        return (
            f"Inflated before the sale: the source states an earlier price of {claim}, but on {day} it stated {before}, "
            "and we never saw it cost so much."
        )
    return (
        f"Inflated before the sale: it cost {before} until {day}, was put up to {after}, and is now offered as reduced "
        f"from {claim}."
    )

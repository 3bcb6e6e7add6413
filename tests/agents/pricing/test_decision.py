"""The verdict by worth, past and claim together, and its two sentences."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.pricing.caution import Caution
from agents.pricing.decision import Claim, Grounds, Past, decide
from agents.pricing.verdict import Evidence, Interval, Verdict, judge

RANKS = [Verdict.WAIT, Verdict.FAIR, Verdict.GOOD, Verdict.BUY_NOW]
LONG = Past(
    count=20, days=300, lowest=Decimal(120), median=Decimal(190), highest=Decimal(240), below=40.0,
    cheapest=Decimal(185), cheapest_days=3, trend="unclear",
)  # fmt: skip
FAKE = Claim("inflated_before_sale", is_fake=True, was=Decimal(300), words="Inflated before the sale: it was $210.")


def grounds(price: str, by_worth: str, **more: Any) -> Grounds:
    return Grounds(
        Decimal(price), "USD", Verdict(by_worth), worth=Decimal(200), low=Decimal(160), high=Decimal(250), **more
    )


@pytest.mark.parametrize(
    ("price", "by_worth", "more", "verdict", "rule"),
    [
        # What nothing is known of, and what was held back, no past changes.
        ("150", "cannot_say", {"past": LONG, "claim": FAKE}, "cannot_say", "caveat"),
        ("20", "suspicious", {"past": LONG}, "suspicious", "caveat"),
        ("125", "fair", {"caveat": "Mostly accessories.", "past": replace(LONG, below=0.0)}, "fair", "caveat"),
        # A discount that was made by raising the price before.
        ("190", "fair", {"claim": FAKE}, "suspicious", "claim"),
        ("190", "good", {"claim": FAKE}, "suspicious", "claim"),
        ("120", "buy_now", {"claim": FAKE}, "good", "claim"),
        ("120", "buy_now", {"claim": FAKE, "past": replace(LONG, cheapest=Decimal(99))}, "suspicious", "claim"),
        # It was cheaper lately.
        ("150", "buy_now", {"past": replace(LONG, cheapest=Decimal(120))}, "good", "cheaper lately"),
        ("150", "good", {"past": replace(LONG, cheapest=Decimal(120))}, "good", "cheaper lately"),
        ("170", "good", {"past": replace(LONG, cheapest=Decimal(120))}, "fair", "cheaper lately"),
        ("195", "fair", {"past": replace(LONG, cheapest=Decimal(120))}, "wait", "cheaper lately"),
        ("195", "fair", {"past": replace(LONG, cheapest=Decimal(186))}, "fair", "worth"),
        # Where it stands among many prices; of few nothing follows.
        ("195", "fair", {"past": replace(LONG, below=80.0, cheapest=Decimal(195))}, "wait", "high"),
        ("195", "fair", {"past": replace(LONG, below=80.0, cheapest=Decimal(195), count=13)}, "fair", "worth"),
        ("178", "fair", {"past": replace(LONG, below=2.0, cheapest=Decimal(178))}, "good", "low"),
        ("178", "fair", {"past": replace(LONG, below=2.0, cheapest=Decimal(178), count=13)}, "fair", "worth"),
        ("205", "fair", {"past": replace(LONG, trend="falling", cheapest=Decimal(205))}, "wait", "falling"),
        ("150", "buy_now", {"past": replace(LONG, trend="falling", cheapest=Decimal(150))}, "buy_now", "worth"),
    ],
)
def test_what_the_past_and_the_claim_change(
    price: str, by_worth: str, more: dict[str, Any], verdict: str, rule: str
) -> None:
    decided = decide(grounds(price, by_worth, **more))
    assert (decided.verdict, decided.rule) == (verdict, rule)


def test_a_claim_that_was_charged_is_no_ground_for_suspicion() -> None:
    suspected = grounds("190", "suspicious", but_for_claim=Verdict.FAIR, caveat="The claimed list price is high.")
    assert decide(suspected).verdict == Verdict.SUSPICIOUS
    assert decide(replace(suspected, claim=Claim("honest", is_real=True))).verdict == Verdict.FAIR


AMOUNT = st.decimals(min_value=1, max_value=400, places=2)


@given(
    AMOUNT, AMOUNT, st.floats(0, 100), st.integers(0, 40), AMOUNT, st.sampled_from(["falling", "unclear"]), st.booleans()
)  # fmt: skip
def test_a_cheaper_identical_deal_never_has_a_lesser_verdict(
    one: Decimal, other: Decimal, below: float, count: int, cheapest: Decimal, trend: str, is_fake: bool
) -> None:
    """Beside the verdict on a price that is too low to be of the real thing."""

    def rank(price: Decimal) -> int:
        interval = Interval(Decimal(200), Decimal(160), Decimal(250), "USD")
        said = judge(price, interval, Caution(), Evidence(8, 2, 0.9, 3), threshold=Decimal(50))
        past = replace(LONG, count=count, below=below, cheapest=cheapest, trend=trend)
        claim = FAKE if is_fake else Claim()
        verdict = decide(
            Grounds(price, "USD", said.verdict, interval.worth, interval.low, interval.high, past=past, claim=claim)
        ).verdict
        return RANKS.index(verdict) if verdict in RANKS else -1

    cheap, dear = sorted((one, other))
    if cheap >= Decimal(40):
        assert rank(cheap) >= rank(dear)


@given(AMOUNT, st.sampled_from(list(Verdict)), st.integers(0, 40), st.integers(0, 100) | st.none())
def test_there_are_two_sentences_with_numbers_of_the_record_alone(
    price: Decimal, by_worth: Verdict, count: int, below: int | None
) -> None:
    asked = grounds(str(price), by_worth, past=replace(LONG, count=count, below=below))
    decided = decide(asked)
    first, second = decided.sentences
    assert first.endswith(".")
    assert second.endswith(".")
    known = {str(each) for each in asked.as_json().values()}
    amounts = [Decimal(each) for each in known if re.fullmatch(r"-?\d+(\.\d+)?", each)]
    saving = abs(Decimal(200) - price)
    allowed = [*amounts, saving, 100 * saving / 200]
    for said in re.findall(r"\d+(?:\.\d+)?", " ".join(decided.sentences)):
        assert any(abs(Decimal(said) - abs(each)) <= Decimal("0.5") for each in allowed), said


def test_the_sentences_of_a_good_price_and_of_one_without_a_past() -> None:
    first, second = decide(grounds("129", "buy_now", past=replace(LONG, cheapest=Decimal(129)))).sentences
    assert first == (
        "At $129 it costs $71 (36\u00a0%) less than it is worth to us, $200, and no more than the cautious end of $160."
    )
    assert second == (
        "In the 300 days that we saw it had 20 prices from $120 to $240, $190 in the middle, and was cheaper 40\u00a0% of that time."
    )
    assert decide(grounds("129", "good")).sentences[1] == (
        "We have seen no other price of it yet, so its past says nothing."
    )

"""From numbers to verdicts and sentences."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.pricing.caution import Caution, Kind, Terms
from agents.pricing.evidence import Differences
from agents.pricing.verdict import Evidence, Interval, Verdict, judge
from deals.models import Verdict as Stored

GOOD = Evidence(similar=5, identical=0, nearest=0.8, answered=3)
INTERVAL = Interval(Decimal("182.40"), Decimal(150), Decimal(215), "USD")
FIFTY = Decimal(50)
AMOUNT = st.decimals(min_value="0.01", max_value="5000", places=2)


def say(price: str | None, evidence: Evidence = GOOD, caution: Caution = Caution(), **extra: Decimal):  # noqa: B008
    return judge(None if price is None else Decimal(price), INTERVAL, caution, evidence, threshold=FIFTY, **extra)


@pytest.mark.parametrize(
    ("price", "verdict"),
    [
        ("20", "suspicious"),
        ("129.99", "buy_now"),
        ("150", "good"),
        ("160", "good"),
        ("175", "fair"),
        ("190", "fair"),
        ("205", "wait"),
        ("300", "wait"),
    ],
)
def test_verdicts(price: str, verdict: str) -> None:
    assert say(price).verdict == verdict


def test_the_words_are_those_that_are_stored() -> None:
    assert {verdict.value for verdict in Verdict} == set(Stored.values)


def test_sentences() -> None:
    reasons = say("129").reasons
    assert reasons[0] == "Worth about $182 ($150–$215), from 5 comparable offers."
    assert "below even the cautious end of $150" in reasons[-1]
    few = say("129", Evidence(similar=2, identical=0, nearest=0.6, answered=3)).reasons
    assert "We have seen only 2 similar prices, so this is a guess." in few
    alone = say("190", Evidence(similar=0, identical=0, nearest=0.2, answered=2)).reasons
    assert alone[0].endswith("from its wording alone.")
    assert "Only 2 of 3 estimators answered." in alone


@given(AMOUNT, st.lists(AMOUNT, min_size=3, max_size=3).map(sorted), st.integers(0, 9))
def test_an_opportunity_holds_at_the_cautious_end(price: Decimal, ends: list[Decimal], similar: int) -> None:
    interval = Interval(ends[1], ends[0], ends[2], "USD")
    evidence = Evidence(similar=similar, identical=0, nearest=0.5, answered=3)
    judged = judge(price, interval, Caution(), evidence, threshold=FIFTY)
    assert 0 <= judged.confidence <= 1
    assert judged.reasons
    assert all(judged.reasons)
    if judged.verdict == Verdict.BUY_NOW:
        assert price <= interval.low
        assert interval.worth - price >= FIFTY


@pytest.mark.parametrize(
    ("caution", "evidence"),
    [
        (Caution(accessory=True), Evidence(5, 0, 0.7, 3, accessory_mismatch=0.55)),
        (Caution(), Evidence(5, 0, 0.7, 3, accessory_mismatch=0.9)),
        (Caution(), Evidence(5, 0, 0.7, 3, pack_mismatch=0.8)),
        (Caution(condition="used"), Evidence(5, 0, 0.7, 3, better_condition=0.9)),
        (Caution(), Evidence(5, 0, 0.7, 3, differences=lambda: Differences(made_for=0.6))),
        (Caution(), Evidence(5, 0, 0.7, 3, differences=lambda: Differences(larger=0.6))),
        (Caution(), Evidence(5, 0, 0.7, 3, differences=lambda: Differences(later=0.6))),
    ],
)
def test_what_is_compared_with_other_things_is_no_bargain(caution: Caution, evidence: Evidence) -> None:
    judged = say("100", evidence, caution)
    assert judged.verdict == Verdict.FAIR
    assert "do not call it a bargain" in judged.reasons[-1]


@pytest.mark.parametrize(
    "caution",
    [*(Caution(terms=terms) for terms in Terms), Caution(condition="parts")],
)
def test_what_is_not_a_things_price_is_refused(caution: Caution) -> None:
    judged = say("10", GOOD, caution)
    assert (judged.verdict, judged.sayable, judged.confidence) == (Verdict.CANNOT_SAY, False, 0)
    assert judged.reasons[0].endswith(".")


def test_a_poster_among_the_things_is_refused_and_among_posters_it_is_not() -> None:
    poster = Caution(kind=Kind.PICTURE)
    other = say("100", Evidence(5, 0, 0.7, 3, differences=lambda: Differences(kind=0.9)), poster)
    assert (other.verdict, other.sayable) == (Verdict.CANNOT_SAY, False)
    assert other.reasons == ["It looks like a picture, and what we compared it with is mostly not."]
    assert say("100", GOOD, poster).verdict == Verdict.BUY_NOW


def test_nothing_is_said_where_nothing_is_known() -> None:
    wide = Interval(Decimal(50), Decimal(10), Decimal(400), "USD")
    unknown = Evidence(similar=0, identical=0, nearest=0.1, answered=3)
    assert judge(Decimal(5), wide, Caution(), unknown, threshold=FIFTY).verdict == Verdict.CANNOT_SAY
    assert judge(Decimal(5), None, Caution(), unknown, threshold=FIFTY).verdict == Verdict.CANNOT_SAY


@pytest.mark.parametrize(
    ("similar", "identical", "price", "sayable"),
    [
        (0, 0, "216", False),
        (0, 0, "140", False),
        (0, 0, "190", True),
        (2, 0, "300", True),
        (2, 0, "500", False),
        (3, 0, "500", True),
        (1, 1, "500", True),
    ],
)
def test_little_evidence_against_the_price_says_nothing(
    similar: int, identical: int, price: str, sayable: bool
) -> None:
    judged = say(price, Evidence(similar=similar, identical=identical, nearest=0.5, answered=3))
    assert judged.sayable == sayable


def test_a_list_price_beyond_belief_is_suspicious_unless_the_price_is_good_anyway() -> None:
    assert say("175", list_price=Decimal(499)).verdict == Verdict.SUSPICIOUS
    judged = say("120", list_price=Decimal(499))
    assert judged.verdict == Verdict.BUY_NOW
    assert any("claimed list price of $499" in reason for reason in judged.reasons)


def test_without_a_price_there_is_a_worth_and_no_judgement_of_it() -> None:
    judged = say(None)
    assert judged.sayable
    assert not any("The price" in reason for reason in judged.reasons)

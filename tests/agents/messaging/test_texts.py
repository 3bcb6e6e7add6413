"""What messages say in each situation: every figure is the record's, and short is short."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from agents.messaging.composing import body_of, long_of, short_of
from agents.messaging.texts import write_match
from common.speech import speaking
from deals.models import Match
from notifications.facts import Facts
from tests.matching_factories import make_deal, make_goal

DATA: dict[str, Any] = {
    "title": "Sony WH-1000XM5 headphones",
    "merchant": "Amazon",
    "price": {"amount": "228.00", "currency": "USD"},
    "target": {"amount": "250.00", "currency": "USD"},
    "worth": {"amount": "310.00", "currency": "USD"},
    "low": {"amount": "263.50", "currency": "USD"},
    "high": {"amount": "356.50", "currency": "USD"},
    "discount": {"amount": "82.00", "currency": "USD"},
    "discount_percent": "26.45",
    "score": 84,
    "confidence": 0.7,
    "goal_title": "Headphones for the train",
}


def facts(**other: Any) -> Facts:
    return Facts.of(DATA | other)


def usd(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "USD"}


def test_a_short_text_has_all_that_matters() -> None:
    assert short_of(facts(was=usd("279.00"))) == (
        "Sony WH-1000XM5 headphones: $228.00 at Amazon (was $279.00). Worth about $310 ($264–$356), 26\u00a0% less. "
        "Under your $250.00. Score 84. For your goal “Headphones for the train”."
    )


@pytest.mark.parametrize(
    ("other", "begins"),
    [
        ({"target": usd("300.00")}, "$228.00 at Amazon, far under your limit of $300.00. Worth"),
        ({"was": usd("279.00")}, "$228.00 at Amazon, down from $279.00. Worth"),
        ({"score": 91, "discount_percent": None}, "A strong one: $228.00 at Amazon. Worth about $310 ($264–$356), so you save $82.00."),
        ({"is_new": True}, "New at Amazon: $228.00. Worth"),
        ({"confidence": 0.2, "score": 91}, "$228.00 at Amazon. Perhaps worth $310 ($264–$356); we are not sure of this worth."),
        ({"worth": None, "low": None, "high": None, "discount": None}, "$228.00 at Amazon. We cannot say what it is worth."),
        ({"discount": usd("-9.00")}, "$228.00 at Amazon. Worth about $310 ($264–$356), so it costs $9.00 more than that."),
        ({"verdict": "suspicious"}, "$228.00 at Amazon. Worth about $310 ($264–$356), so you save $82.00 (26\u00a0%). The claimed"),
    ],
)  # fmt: skip
def test_each_situation_has_its_own_words(other: dict[str, Any], begins: str) -> None:
    assert body_of(facts(**other)).startswith(begins)
    assert long_of(facts(**other)).startswith(begins)


def test_a_goal_that_ends_soon_is_named_with_its_day() -> None:
    with time_machine.travel("2026-12-20T10:00:00Z", tick=False):
        soon, later = (timezone.now() + timedelta(days=days) for days in (4, 9))
        assert long_of(facts(deadline=soon.isoformat())).endswith("Your goal ends on 24 December.")
        assert "ends" not in long_of(facts(deadline=later.isoformat()))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("record", "was"),
    [
        ({"claim": "honest", "claimed_was": "279.00", "currency": "USD"}, {"amount": "279.00", "currency": "USD"}),
        ({"claim": "inflated_before_sale", "claimed_was": "279.00", "currency": "USD"}, None),
        ({"claim": "unsupported", "claimed_was": "279.00", "currency": "USD"}, None),
        ({"claim": "honest", "claimed_was": "228.00", "currency": "USD"}, None),
    ],
)
def test_an_old_price_is_told_only_where_it_is_true(owner: Any, record: dict[str, str], was: Any) -> None:
    deal = make_deal(list_price=Decimal(279))
    deal.valuation.verdict_record = record
    match = Match(goal=make_goal(owner), deal=deal, valuation=deal.valuation, reasons=[])
    text = write_match(match.goal, deal, match)
    assert text.data["was"] == was
    assert ("279" in text.text["short"] + text.text["long"]) == (was is not None)


amounts = st.decimals(min_value="0.01", max_value="99999", places=2)


@pytest.mark.parametrize("language", ["en", "de"])
@given(
    name=st.text(min_size=1, max_size=300),
    place=st.text(min_size=1, max_size=100),
    goal=st.text(max_size=300),
    price=amounts,
    worth=st.none() | amounts,
    was=st.none() | amounts,
    confidence=st.none() | st.floats(0, 1),
    score=st.none() | st.integers(0, 100),
    verdict=st.sampled_from(["good", "suspicious", "cannot_say"]),
)
def test_short_is_short_whatever_the_record_says(language: str, name: str, place: str, goal: str, price: Decimal, worth: Any,
                                                 was: Any, confidence: Any, score: Any, verdict: str) -> None:  # fmt: skip
    shown = Facts.of(
        DATA
        | {
            "title": name,
            "merchant": place,
            "goal_title": goal,
            "price": usd(str(price)),
            "score": score,
            "verdict": verdict,
        }
        | {"was": was and usd(str(was)), "confidence": confidence, "discount": None, "discount_percent": None}
        | dict.fromkeys(("worth", "low", "high"), worth and usd(str(worth)))
    )
    with speaking(language):
        short, body = short_of(shown), body_of(shown)
    assert len(short) < 200 and "\n" not in short
    assert len(body) <= 200
    grouped = f"{price:,.2f}" if language == "en" else f"{price:,.2f}".translate(str.maketrans(",.", ".,"))
    assert grouped in short and grouped in body


def test_german_has_german_numbers() -> None:
    with speaking("de"):
        assert short_of(facts(price=usd("1106.18"), was=usd("1279.00"), target=None)) == (
            "Sony WH-1000XM5 headphones: 1.106,18\u00a0$ bei Amazon (vorher 1.279,00\u00a0$). Wert etwa 310\u00a0$ (264–356\u00a0$), "
            "26\u00a0% weniger. 84 Punkte. Für Ihr Ziel „Headphones for the train“."
        )
    assert re.match(r"Sony WH-1000XM5 headphones: \$228", short_of(facts()))

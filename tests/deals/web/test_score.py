"""The score taken apart, and the verdict's two sentences, on the pages of a deal."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from deals.models import Deal
from deals.web.score import breakdown_of
from tests.deals.making import make_deal, make_valuation

pytestmark = pytest.mark.django_db
SENTENCES = ["At $129 it costs $71 less than it is worth to us.", "We have seen only 3 prices of it."]
PARTS = {"base": 88.0, "trend": 5.0, "reliability": -2.0, "discount": 7.0, "competitiveness": 10.0}
INPUTS = {
    "base_from": "valuation", "earlier_price": "150.00", "later_price": "129.00", "reliability": 0.6,
    "discount_percent": "35.50", "market_average": "190.00", "market_prices": 8, "sum": 108.0,
}  # fmt: skip


def judged(**more: Any) -> Deal:
    deal = make_deal(price="129.00")
    said: dict[str, Any] = {
        "score": 100,
        "score_parts": PARTS,
        "score_inputs": INPUTS,
        "score_version": "2026.11",
        "verdict_reasons": SENTENCES,
        "statistics": {
            "score": {"count": 5, "moving_average": 70.0, "standard_deviation": 1.5, "is_anomaly": True},
            "prices": 6,
            "price_stability": 0.91,
        },
    }
    make_valuation(deal, **(said | more))
    return deal


def test_the_page_of_a_deal_shows_the_sentences_and_how_the_score_adds_up() -> None:
    text = Client().get(f"/deals/{judged().pk}/").content.decode()
    for words in (
        " ".join(SENTENCES), "Worth against price", "88", "$150, then $129 on average", "0.6 for shop", "−2",
        "36 % against its worth", "$190 is the average of 8 comparable prices", "before it is held within 0 and 100",
        "108", "the last five of this product averaged 70", "91 % stable, over 6 prices", "Formula 2026.11",
    ):  # fmt: skip
        assert words in text, words


def test_a_card_has_the_sentences_behind_its_badge() -> None:
    judged()
    text = Client().get("/").content.decode()
    assert 'aria-label="Good: why"' in text
    assert " ".join(SENTENCES) in text


def test_words_of_a_language_model_stand_in_and_an_old_valuation_has_none() -> None:
    other = judged(verdict_words=["Put first.", "Put second."])
    assert "Put first. Put second." in Client().get(f"/deals/{other.pk}/").content.decode()
    old = judged(verdict_reasons=[], score_version="", score_inputs={}, statistics={}, reasons=["Worth about $200."])
    text = Client().get(f"/deals/{old.pk}/").content.decode()
    assert "Worth about $200." in text
    assert "From before formulas had versions" in text


def test_parts_of_an_odd_shape_are_left_out() -> None:
    found = breakdown_of(judged(score_parts={"base": None, "trend": True, "x_y": "1.5"}, score_inputs=[], statistics=3))
    assert found is not None
    assert [(part.words, part.points) for part in found.parts] == [("X y", "+1.5")]


def test_the_api_tells_the_parts_their_inputs_the_version_and_the_sentences() -> None:
    deal = judged(verdict_record={"by_worth": "good"})
    said = Client().get(f"/api/v1/deals/{deal.pk}/valuation").json()
    assert (said["score_parts"], said["score_inputs"], said["score_version"]) == (PARTS, INPUTS, "2026.11")
    assert (said["verdict"], said["verdict_reasons"]) == ("good", SENTENCES)
    assert said["verdict_record"] == {"by_worth": "good"}
    assert said["statistics"]["price_stability"] == 0.91
    assert Client().get("/api/v1/deals").json()["results"][0]["verdict_reasons"] == SENTENCES


def test_the_formula_is_readable_on_a_page_and_in_the_api() -> None:
    said = Client().get("/api/v1/score").json()
    assert [part["part"] for part in said["parts"]] == list(PARTS)
    assert said["reliability"]["amazon"] == 0.95
    text = Client().get("/score/").content.decode()
    assert f"Formula {said['version']}" in text
    assert "above 110 % −5" in text and "−3 to 2" in text

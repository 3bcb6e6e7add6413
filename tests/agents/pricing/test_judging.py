"""What is stored with a valuation: the score's parts, the verdict's grounds, and statistics, read for a batch at once."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from agents.pricing.records import input_hash, write_valuations
from agents.pricing.score import VERSION
from agents.pricing.worth import Comparable, Worth
from deals.models import Deal, Interaction, PricePoint, Product, Valuation
from tests.deals.making import make_deal, make_valuation

pytestmark = pytest.mark.django_db


def worth_of(price: Decimal, **more: Any) -> Worth:
    """What `value_items` would say of a thing that is worth $200."""
    saving = Decimal(200) - price
    said: dict[str, Any] = {
        "verdict": "buy_now" if price <= 150 else "good" if price <= 180 else "fair",
        "reasons": ["Worth about $200."],
        "worth": Decimal(200),
        "low": Decimal(160),
        "high": Decimal(250),
        "discount": saving,
        "discount_percent": (100 * saving / 200).quantize(Decimal("0.01")),
        "discount_usd": saving,
        "confidence": 0.8,
        "comparables": [Comparable("A", Decimal(190), 0.9, 0.5), Comparable("B", Decimal(210), 0.9, 0.5)],
        "rate": Decimal(1),
    } | more
    return Worth("USD", **said)


def value(*deals: Deal, **more: Any) -> list[Valuation]:
    write_valuations({deal.pk: (input_hash(deal, "1"), worth_of(deal.price, **more)) for deal in deals}, "1")
    found = []
    for deal in deals:
        deal.refresh_from_db()
        assert deal.valuation is not None
        found.append(deal.valuation)
    return found


def seen(deal: Deal, *prices: tuple[int, str], list_price: str | None = None) -> None:
    """Prices so many days ago."""
    for days, price in prices:
        at = timezone.now() - timedelta(days=days)
        PricePoint.objects.create(
            deal=deal, product=deal.product, price=price, currency="USD", observed_at=at, list_price=list_price
        )


def test_a_score_is_stored_with_its_parts_what_they_came_from_and_its_formula() -> None:
    deal = make_deal(price="140", marketplace="amazon")
    seen(deal, (40, "200"), (5, "140"))
    (valuation,) = value(deal)
    assert valuation.score_version == VERSION
    assert valuation.score_parts == {
        "base": valuation.score_parts["base"], "trend": 5, "reliability": 1.5, "discount": 5, "competitiveness": 10,
    }  # fmt: skip
    inputs = valuation.score_inputs
    assert (inputs["earlier_price"], inputs["later_price"]) == ("200.00", "140.00")
    assert (inputs["market_average"], inputs["market_prices"]) == ("200.00", 2)
    assert inputs["sum"] == pytest.approx(sum(valuation.score_parts.values()))
    assert inputs["base_from"] == "valuation"


def test_a_place_where_people_turn_offers_down_scores_less(django_user_model: Any) -> None:
    before = value(make_deal(price="140", marketplace="amazon"))[0]
    people = [django_user_model.objects.create_user(email=f"p{number}@example.com") for number in range(6)]
    liked, turned_down = make_deal(price="150", marketplace="ebay"), make_deal(price="150", marketplace="amazon")
    Interaction.objects.bulk_create(
        Interaction(user=person, deal=deal, kind=kind)
        for person in people
        for deal, kind in ((liked, "bought"), (turned_down, "too_high"))
    )
    after = value(make_deal(price="140", marketplace="amazon"))[0]
    assert before.score_parts["reliability"] == 1.5 > after.score_parts["reliability"] >= 0.5
    assert after.score_inputs["reliability"] < before.score_inputs["reliability"] == 0.95


def test_where_a_language_model_named_a_price_the_base_is_of_that() -> None:
    ours, named = make_deal(price="140"), make_deal(price="140")
    (plain,), (model,) = value(ours), value(named, model_worth=Decimal(160))
    assert model.score_inputs["base_from"] == "language model"
    assert model.score_parts["base"] < plain.score_parts["base"]
    assert model.worth == plain.worth == 200


def test_a_cheaper_identical_deal_never_ranks_lower() -> None:
    deals = [make_deal(price=str(price)) for price in range(60, 260, 10)]
    found = value(*deals)
    scores = [valuation.score or 0 for valuation in found]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > scores[-1]


def test_the_verdict_knows_what_the_product_cost_elsewhere_in_alike_condition() -> None:
    product = Product.objects.create(key="one", name="One")
    other = make_deal(price="120", product=product, condition="new")
    used = make_deal(price="60", product=product, condition="used")
    for each, price in ((other, "120"), (used, "60")):
        seen(each, (20, price))
    deal = make_deal(price="150", product=product)
    (valuation,) = value(deal)
    assert (valuation.verdict, valuation.verdict_record["rule"]) == ("good", "cheaper lately")
    assert valuation.verdict_record["by_worth"] == "buy_now"
    assert Decimal(valuation.verdict_record["cheapest_30_days"]) == 120
    assert len(valuation.verdict_reasons) == 2
    assert "$120" in valuation.verdict_reasons[1]


def test_a_claim_raised_before_the_sale_is_suspicious_and_says_so() -> None:
    deal = make_deal(price="185", list_price=Decimal(300))
    deal.refresh_from_db()
    seen(deal, (60, "185"), list_price="200")
    seen(deal, (10, "190"), list_price="300")
    seen(deal, (1, "185"), list_price="300")
    (valuation,) = value(deal)
    assert (valuation.verdict, valuation.verdict_record["rule"]) == ("suspicious", "claim")
    assert valuation.verdict_record["claim_is_fake"] is True
    assert "$300" in valuation.verdict_reasons[1]
    assert not valuation.is_opportunity


def test_what_was_held_back_for_its_name_is_not_called_a_bargain_for_its_past() -> None:
    deal = make_deal(price="100")
    seen(deal, *((200 - 10 * number, str(200 - number)) for number in range(19)), (1, "100"))
    (valuation,) = value(deal, verdict="fair", caveat="Most of these are another thing.")
    assert valuation.verdict == "fair"
    assert valuation.verdict_reasons[1] == "Most of these are another thing."
    assert not valuation.is_opportunity


def test_statistics_are_of_the_products_scores_and_prices() -> None:
    product = Product.objects.create(key="one", name="One")
    for number, score in enumerate([60, 61, 59, 60, 60]):
        earlier = make_deal(price="195", product=product)
        make_valuation(earlier, score=score, created_at=timezone.now() - timedelta(days=9 - number))
        seen(earlier, (9 - number, "195"))
    (valuation,) = value(make_deal(price="80", product=product))
    statistics = valuation.statistics
    assert statistics["score"]["moving_average"] == 60
    assert statistics["score"]["standard_deviation"] == pytest.approx(0.7071, abs=1e-4)
    assert statistics["score"]["is_anomaly"] is True
    assert (statistics["prices"], statistics["price_stability"]) == (5, 1)


def test_an_old_valuation_gets_its_parts_when_it_is_valued_again_and_nobody_is_told() -> None:
    deal = make_deal(price="140")
    old = make_valuation(deal, input_hash=input_hash(deal, "1"), score=1, score_parts={"base": 1})
    deal.refresh_from_db()
    written = write_valuations({deal.pk: (input_hash(deal, "1"), worth_of(deal.price))}, "1")
    assert (written.new, written.known) == ([], 1)
    old.refresh_from_db()
    assert old.score_version == VERSION
    assert len(old.verdict_reasons) == 2
    before = old.score, old.verdict_record
    write_valuations({deal.pk: (input_hash(deal, "1"), worth_of(deal.price))}, "1")
    old.refresh_from_db()
    assert (old.score, old.verdict_record) == before


def test_a_batch_is_judged_in_as_many_queries_as_one(django_assert_max_num_queries: Any) -> None:
    product = Product.objects.create(key="one", name="One")
    deals = [make_deal(price=str(100 + number), product=product) for number in range(30)]
    for deal in deals:
        seen(deal, (3, "150"), (1, str(deal.price)))
    found = {deal.pk: (input_hash(deal, "1"), worth_of(deal.price)) for deal in Deal.objects.all()}
    with django_assert_max_num_queries(15):
        write_valuations(found, "1")

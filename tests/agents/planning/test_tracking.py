"""A followed price: judged at creation and at each change, told once for each crossing, with the numbers that show it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.utils import timezone

from agents.planning.tracking import judge_tracking, settle_following
from common.models import OutboxEvent
from common.money import Money, convert
from deals.models import Deal, PricePoint, Submission, Tracking
from deals.tracking_actions import FollowedAlready, change_terms, follow_address, follow_deal, pause, resume
from notifications.delivery import deliver_pending
from notifications.models import Delivery, Notification
from tests.deals.making import make_source
from tests.matching_factories import make_deal

pytestmark = pytest.mark.django_db


def _deal(price: str = "100", **fields: Any) -> Deal:
    deal = make_deal(price=price, worth="150", **fields)
    at = timezone.now() - timedelta(days=60)
    PricePoint.objects.create(deal=deal, price=deal.price, currency=deal.currency, observed_at=at)
    return deal


def _set_price(deal: Deal, price: str) -> None:
    deal.price, deal.price_changed_at = Decimal(price), timezone.now()
    deal.save(update_fields=["price", "price_changed_at"])
    PricePoint.objects.create(deal=deal, price=deal.price, currency=deal.currency)


def _told() -> list[str]:
    return [row.data["reasons"][0] for row in Notification.objects.order_by("created_at", "id")]


def test_a_price_under_the_target_already_is_told_at_once_and_only_once(owner: Any, stranger: Any) -> None:
    deal = _deal("100")
    tracking = follow_deal(owner, deal, target_price=Decimal(120))
    follow_deal(stranger, deal, target_price=Decimal(90))
    assert judge_tracking().told == 1
    assert judge_tracking().judged == 0
    told = Notification.objects.get()
    assert (told.user, told.deal, told.goal, told.reason) == (owner, deal, None, "tracking.target_price")
    assert told.data["reasons"] == ["$100.00 is under your $120.00"]
    assert told.body == (
        "$100.00 at Amazon. $100.00 is under your $120.00. Worth about $150 ($128–$172), so you save $50.00 (33\u00a0%). Score 84."
    )
    assert {delivery.channel for delivery in Delivery.objects.all()} == {"in_app", "email"}
    event = OutboxEvent.objects.get(type="tracking.met")
    assert event.user == owner and event.data["terms"] == ["target_price"]
    tracking.refresh_from_db()
    assert tracking.met == ["target_price"]


def test_a_price_that_flaps_around_the_target_is_told_once(owner: Any) -> None:
    deal = _deal("100")
    follow_deal(owner, deal, target_price=Decimal(90))
    for price, told in [("89", 1), ("91", 1), ("89", 1), ("90.50", 1), ("90", 1), ("92", 1), ("89", 2)]:
        _set_price(deal, price)
        judge_tracking()
        assert Notification.objects.count() == told, price
    first, second = Notification.objects.order_by("created_at", "id")
    assert (first.state, second.state) == ("pending", "suppressed")
    assert second.state_text == "Not sent: same product told just now."


def test_a_crossing_a_day_later_is_told_again(owner: Any) -> None:
    deal = _deal("89")
    follow_deal(owner, deal, target_price=Decimal(90))
    judge_tracking()
    _set_price(deal, "99")
    judge_tracking()
    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        _set_price(deal, "88")
        judge_tracking()
    assert [row.state for row in Notification.objects.order_by("created_at")] == ["pending", "pending"]


def test_a_target_in_another_currency_is_compared_by_the_day_s_rate(owner: Any) -> None:
    deal = _deal("100")
    euros = convert(Money(Decimal(100), "USD"), "EUR").money.amount
    follow_deal(owner, deal, target_price=euros - 1, currency="EUR")
    judge_tracking()
    assert not Notification.objects.exists()
    change_terms(owner, Tracking.objects.get(), target_price=euros + 1, currency="EUR")
    judge_tracking()
    assert _told() == [f"$100.00 (about €{euros:.2f}) is under your €{euros + 1:.2f}"]


def test_a_currency_without_a_rate_is_refused(owner: Any) -> None:
    with pytest.raises(ValidationError) as error:
        follow_deal(owner, _deal(), target_price=Decimal(30), currency="KWD")
    assert error.value.message_dict == {
        "currency": ["There is no exchange rate from USD to KWD. Enter the price in USD."]
    }
    assert not Tracking.objects.exists()


@pytest.mark.parametrize(
    "terms",
    [{}, {"target_price": Decimal(-1)}, {"target_price": Decimal(0)}, {"drop_percent": 96}, {"lowest_in_days": 1}],
)
def test_terms_that_cannot_come_true_are_refused(owner: Any, terms: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        follow_deal(owner, _deal(), **terms)


def test_following_twice_leads_to_the_first(owner: Any, stranger: Any) -> None:
    deal = _deal()
    first = follow_deal(owner, deal, drop_percent=10)
    with pytest.raises(FollowedAlready) as error:
        follow_address(owner, deal.url + "?utm_source=mail", drop_percent=20)
    assert error.value.tracking == first
    follow_deal(stranger, deal, drop_percent=10)


def test_a_deal_that_is_over_meets_nothing_until_it_is_offered_again(owner: Any) -> None:
    deal = _deal("100")
    follow_deal(owner, deal, target_price=Decimal(90), back_in_stock=True)
    deal.state = "sold_out"
    deal.save()
    _set_price(deal, "80")
    judge_tracking()
    assert not Notification.objects.exists()
    Deal.objects.update(state="active")
    judge_tracking()
    assert Notification.objects.get().data["reasons"] == ["$80.00 is under your $90.00", "It can be had again"]


def test_what_was_never_out_of_stock_is_not_back(owner: Any) -> None:
    deal = _deal("100")
    follow_deal(owner, deal, back_in_stock=True)
    judge_tracking()
    _set_price(deal, "90")
    judge_tracking()
    assert not Notification.objects.exists()


def test_a_told_deal_that_expires_before_delivery_is_withheld(owner: Any) -> None:
    deal = _deal("80")
    follow_deal(owner, deal, target_price=Decimal(90))
    judge_tracking()
    Deal.objects.update(state="expired")
    assert deliver_pending() == 0
    assert {delivery.state for delivery in Delivery.objects.all()} == {"withheld"}


def test_a_drop_counts_from_the_price_when_following_began(owner: Any) -> None:
    deal = _deal("100")
    follow_deal(owner, deal, drop_percent=10)
    for price in ("90.10", "90"):
        _set_price(deal, price)
        judge_tracking()
    assert _told() == ["10\u00a0% under the $100.00 when you began; you asked for 10\u00a0%"]


def test_the_lowest_counts_the_price_that_held_when_the_days_began(owner: Any) -> None:
    deal = _deal("100")  # that price has held for 60 days
    follow_deal(owner, deal, lowest_in_days=30)
    judge_tracking()
    assert not Notification.objects.exists()
    for price, told in [("95", 1), ("96", 1), ("94.90", 1), ("99", 1), ("94", 2), ("80", 3)]:
        _set_price(deal, price)
        judge_tracking()
        assert Notification.objects.count() == told, price
    assert _told()[0] == "The lowest in 30 days; the lowest before was $100.00"
    assert _told()[1:] == [
        "The lowest in 30 days; the lowest before was $94.90",
        "The lowest in 30 days; the lowest before was $94.00",
    ]


def test_a_paused_price_is_not_judged_and_one_that_is_resumed_is(owner: Any) -> None:
    deal = _deal("100")
    tracking = follow_deal(owner, deal, target_price=Decimal(90))
    pause(tracking)
    _set_price(deal, "80")
    assert judge_tracking().judged == 0
    resume(owner, tracking)
    assert judge_tracking().told == 1


def test_a_page_that_somebody_sent_alerts_nobody_else(owner: Any, stranger: Any) -> None:
    deal = _deal("100", source=make_source("sent-shop", kind="submitted", state="paused"))
    Submission.objects.create(user=owner, url=deal.url, canonical_url=deal.url, state="read").deals.add(deal)
    for user in (owner, stranger):
        follow_deal(user, deal, target_price=Decimal(120))
    judge_tracking()
    assert [row.user for row in Notification.objects.all()] == [owner]


def test_an_address_that_cannot_be_read_is_said_once(owner: Any) -> None:
    tracking = follow_address(owner, "https://shop.example/nothing", drop_percent=10)
    assert tracking.state == "waiting" and settle_following() == 0
    Submission.objects.update(state="refused", reason="The page lists nothing.")
    assert settle_following() == 1
    assert settle_following() == 0
    tracking.refresh_from_db()
    assert (tracking.state, tracking.reason) == ("unreadable", "The page lists nothing.")
    told = Notification.objects.get()
    assert told.user == owner and told.body == "The page lists nothing. https://shop.example/nothing"
    deliver_pending()
    assert {delivery.state for delivery in Delivery.objects.all()} == {"sent"}


def test_a_page_with_several_offers_is_not_guessed_at(owner: Any) -> None:
    follow_address(owner, "https://shop.example/list", drop_percent=10)
    sent = Submission.objects.get()
    sent.deals.add(_deal("1"), _deal("2"))
    Submission.objects.update(state="read")
    assert settle_following([sent.pk]) == 1
    assert "several offers" in Tracking.objects.get().reason

"""Nobody is told of a deal that is over before its turn came; if the same offer returns, they are told after all."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from agents.planning.actions import match_pending
from deals.models import Deal, DealState, Valuation
from notifications.delivery import deliver_pending, release_withheld
from notifications.models import Delivery, Notification
from tests.matching_factories import make_deal, make_goal

pytestmark = pytest.mark.django_db


def _matched(owner: Any) -> Deal:
    deal = make_deal()
    make_goal(owner, keywords=["sony"])
    assert match_pending().notifications == 1
    return deal


@pytest.mark.parametrize("state", [DealState.SOLD_OUT, DealState.EXPIRED, DealState.WITHDRAWN])
def test_what_is_over_is_not_sent(owner: Any, mailoutbox: list[Any], state: DealState) -> None:
    _matched(owner)
    Deal.objects.update(state=state)
    assert (deliver_pending(), deliver_pending()) == (0, 0)
    assert mailoutbox == []
    assert set(Delivery.objects.values_list("state", "attempts")) == {("withheld", 1)}
    notification = Notification.objects.get()
    assert notification.state == "suppressed"
    assert notification.state_text == f"Not sent: the deal was over before it could go out ({state.label.lower()})."


def test_a_deal_whose_time_ran_out_this_minute_is_not_sent(owner: Any, mailoutbox: list[Any]) -> None:
    _matched(owner)
    Deal.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert deliver_pending() == 0
    assert mailoutbox == []


def test_what_one_channel_sent_before_stays_sent(owner: Any) -> None:
    _matched(owner)
    assert deliver_pending(limit=1) == 1
    Deal.objects.update(state=DealState.SOLD_OUT)
    assert deliver_pending() == 0
    assert sorted(Delivery.objects.values_list("state", flat=True)) == ["sent", "withheld"]
    assert Notification.objects.get().state == "sent"


def test_it_goes_out_when_the_same_offer_returns_and_only_then(owner: Any, mailoutbox: list[Any]) -> None:
    deal = _matched(owner)
    Deal.objects.update(state=DealState.SOLD_OUT)
    deliver_pending()
    with transaction.atomic():
        assert release_withheld([deal.valuation_id]) == 0, "it is still over"
    Deal.objects.update(state=DealState.ACTIVE)
    # The pricing agent finds the valuation again, and has it matched anew.
    Valuation.objects.update(matched_at=None)
    assert match_pending().matches == 0
    assert deliver_pending() == 2
    assert len(mailoutbox) == 1
    Valuation.objects.update(matched_at=None)
    match_pending()
    assert deliver_pending() == 0
    assert Notification.objects.get().state == "sent"


def test_what_was_withheld_long_ago_is_not_sent_any_more(owner: Any) -> None:
    deal = _matched(owner)
    Delivery.objects.update(state="withheld", created_at=timezone.now() - timedelta(days=8))
    with transaction.atomic():
        assert release_withheld([deal.valuation_id]) == 0

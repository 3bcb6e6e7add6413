"""The inbox of alerts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Goal
from notifications.models import Delivery, Notification
from tests.deals.making import make_deal, make_valuation

pytestmark = pytest.mark.django_db


def _alert(user: Any, title: str = "Sony headphones: $129", **fields: Any) -> Notification:
    usual = {"reason": "match", "reason_text": "It meets your goal.", "body": "Worth about $200.", "state": "sent"}
    return Notification.objects.create(user=user, title=title, **(usual | fields))


def test_an_alert_shows_its_reason_its_worth_and_every_delivery(owner: Any, signed_in: Callable[[Any], Client]) -> None:
    deal = make_deal()
    make_valuation(deal)
    alert = _alert(owner, deal=deal, goal=Goal.objects.create(user=owner, title="Quiet"))
    Delivery.objects.create(notification=alert, channel="in_app", state="sent")
    Delivery.objects.create(notification=alert, channel="email", state="failed", error="The address was refused.")
    text = signed_in(owner).get("/alerts/").content.decode()
    for words in (
        "It meets your goal.",
        "Quiet",
        "$129 · worth $200",
        "E-mail: failed",
        "The address was refused.",
        "Mark as read",
    ):
        assert words in text


def test_what_was_held_back_is_kept_and_says_why(owner: Any, signed_in: Callable[[Any], Client]) -> None:
    _alert(owner, state="suppressed", state_text="Not sent: same product told 3 h ago.")
    text = signed_in(owner).get("/alerts/").content.decode()
    assert "Not sent: same product told 3 h ago." in text
    assert "unread" not in text.lower().replace("show=unread", "").replace(">unread<", "")


def test_reading_one_and_all(owner: Any, stranger: Any, signed_in: Callable[[Any], Client]) -> None:
    first, second, other = _alert(owner), _alert(owner, "Second"), _alert(stranger, "Other")
    client = signed_in(owner)
    assert ">2<span" in client.get("/alerts/").content.decode()
    client.post(f"/alerts/{first.pk}/read/")
    first.refresh_from_db()
    assert first.read_at is not None
    client.post("/alerts/read/")
    second.refresh_from_db()
    other.refresh_from_db()
    assert second.read_at is not None
    assert other.read_at is None


def test_only_the_unread(owner: Any, signed_in: Callable[[Any], Client]) -> None:
    _alert(owner, "Known", read_at=timezone.now())
    _alert(owner, "Fresh")
    text = signed_in(owner).get("/alerts/?show=unread").content.decode()
    assert "Fresh" in text
    assert "Known" not in text


def test_an_empty_inbox_teaches(owner: Any, signed_in: Callable[[Any], Client]) -> None:
    assert "No alerts yet" in signed_in(owner).get("/alerts/").content.decode()


def test_a_full_inbox_costs_no_more_queries(
    owner: Any, signed_in: Callable[[Any], Client], django_assert_max_num_queries: Any
) -> None:
    goal = Goal.objects.create(user=owner, title="Goal")
    for number in range(25):
        deal = make_deal(f"Sony {number}")
        make_valuation(deal)
        Delivery.objects.create(notification=_alert(owner, deal=deal, goal=goal), channel="in_app", state="sent")
    client = signed_in(owner)
    client.get("/alerts/")
    with django_assert_max_num_queries(8):
        text = client.get("/alerts/?page=1").content.decode()
    assert text.count('<li class="alert ') == 20
    assert client.get("/alerts/?page=junk").status_code == 200

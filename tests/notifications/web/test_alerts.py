"""The inbox of alerts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Goal
from notifications.models import Delivery, MutedMerchant, Notification, Snooze, UserChannel
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
    assert "alert-unread" not in text and "Mark as read" not in text and "data-count hidden" in text


def test_reading_one_and_all(owner: Any, stranger: Any, signed_in: Callable[[Any], Client]) -> None:
    first, second, other = _alert(owner), _alert(owner, "Second"), _alert(stranger, "Other")
    client = signed_in(owner)
    assert ">2<span" in client.get("/alerts/").content.decode()
    client.post(f"/alerts/{first.pk}/read/")
    first.refresh_from_db()
    assert first.read_at is not None
    assert client.post("/alerts/read/").status_code == 302, "nothing is chosen"
    second.refresh_from_db()
    assert second.read_at is None
    client.post("/alerts/read/", {"chosen": [str(second.pk), str(other.pk), "junk"]})
    second.refresh_from_db()
    other.refresh_from_db()
    assert second.read_at is not None
    assert other.read_at is None


def test_all_are_read_at_once_and_the_list_stays_as_it_was_filtered(
    owner: Any, signed_in: Callable[[Any], Client]
) -> None:
    alert = _alert(owner)
    answer = signed_in(owner).post("/alerts/read/", {"all": "", "next": "https://evil.example/?show=held&goal="})
    assert answer["Location"] == "/alerts/?show=held&goal="
    alert.refresh_from_db()
    assert alert.read_at is not None
    assert signed_in(owner).get("/alerts/unread/").json() == {"unread": 0}


def test_each_standing_has_its_list(owner: Any, stranger: Any, signed_in: Callable[[Any], Client]) -> None:
    goal = Goal.objects.create(user=owner, title="Quiet ears")
    mail = UserChannel.objects.create(user=owner, kind="email", config={"address": ""})
    later = timezone.now() + timedelta(hours=3)
    sent, held, kept, _ = (
        _alert(owner, "Alpha", goal=goal),
        _alert(owner, "Bravo"),
        _alert(owner, "Charlie"),
        _alert(owner, "Delta", state="suppressed", state_text="Not sent: you muted this merchant."),
    )
    _alert(owner, "Digest", reason="digest")
    Delivery.objects.create(notification=sent, channel="in_app", state="sent")
    Delivery.objects.create(notification=sent, channel="email", user_channel=mail, state="sent")
    words = "Held until 07:00: your quiet hours."
    Delivery.objects.create(
        notification=held, channel="email", user_channel=mail, state="held", held_until=later, error=words
    )
    words = "Not sent: your limit of 3 a day is reached."
    Delivery.objects.create(notification=kept, channel="email", user_channel=mail, state="withheld", error=words)
    client = signed_in(owner)

    def listed(query: str) -> list[str]:
        text = client.get(f"/alerts/?{query}").content.decode()
        return [
            name
            for name in ("Alpha", "Bravo", "Charlie", "Delta", "Digest")
            if f'Details<span class="aside-word"> of {name}<' in text
        ]

    assert listed("") == ["Alpha", "Bravo", "Charlie", "Delta"]
    assert listed("show=unread") == ["Alpha", "Bravo", "Charlie"]
    assert listed("show=held") == ["Bravo"]
    assert listed("show=not_sent") == ["Charlie", "Delta"]
    assert listed(f"goal={goal.pk}") == ["Alpha"]
    assert listed("channel=in_app") == ["Alpha"]
    assert listed(f"channel={mail.pk}") == ["Alpha", "Bravo", "Charlie"]
    assert listed(f"channel={mail.pk}&show=held") == ["Bravo"]
    assert listed("channel=in_app&show=held") == []
    assert listed(f"channel={mail.pk}&show=sent") == ["Alpha"]
    text = client.get("/alerts/").content.decode()
    assert "E-mail: held<" in text and "E-mail: Held until " in text and ": your quiet hours." in text
    assert "E-mail: Not sent: your limit of 3 a day is reached." in text
    theirs = signed_in(stranger)
    assert "Alpha" not in theirs.get(f"/alerts/?goal={goal.pk}&channel={mail.pk}").content.decode()


def test_an_alert_shows_all_that_became_of_it(owner: Any, signed_in: Callable[[Any], Client]) -> None:
    deal = make_deal()
    alert = _alert(owner, deal=deal, data={"merchant": "Acme", "url": f"/deals/{deal.pk}/"})
    Delivery.objects.create(
        notification=alert, channel="in_app", state="sent", sent_at=timezone.now(), milliseconds=3.4
    )
    Delivery.objects.create(notification=alert, channel="email", state="failed", attempts=5, error="It was refused.")
    client = signed_in(owner)
    text = client.get(f"/alerts/{alert.pk}/").content.decode()
    for words in ("It was refused.", "took 3 ms", ">5<", "Snooze the product", "Mute Acme for good"):
        assert words in text
    opened = client.get(f"/alerts/{alert.pk}/open/")
    assert opened["Location"] == f"/deals/{deal.pk}/"
    client.get(f"/alerts/{alert.pk}/open/")
    alert.refresh_from_db()
    assert alert.read_at is not None
    assert list(owner.interactions.values_list("kind", flat=True)) == ["click"], "once in half an hour"
    client.post(f"/alerts/{alert.pk}/snooze/", {"what": "product", "hours": "72"})
    client.post(f"/alerts/{alert.pk}/snooze/", {"what": "merchant"})
    client.post(f"/alerts/{alert.pk}/snooze/", {"what": "goal", "hours": "72"})
    assert [snooze.product_key for snooze in Snooze.objects.all()] == [str(deal.product_id or deal.pk)], (
        "it has no goal"
    )
    assert MutedMerchant.objects.get().merchant == "Acme"


def test_how_channels_do(owner: Any, signed_in: Callable[[Any], Client], django_assert_max_num_queries: Any) -> None:
    mail = UserChannel.objects.create(
        user=owner, kind="email", config={}, last_error="The server was busy.", last_error_at=timezone.now()
    )
    for state in ["sent"] * 199 + ["failed", "held"]:
        Delivery.objects.create(
            notification=_alert(owner), channel="email", user_channel=mail, state=state, milliseconds=40
        )
    old = timezone.now() - timedelta(days=8)
    Delivery.objects.create(
        notification=_alert(owner), channel="email", user_channel=mail, state="failed", created_at=old
    )
    client = signed_in(owner)
    client.get("/settings/channels/health/")
    with django_assert_max_num_queries(8):
        text = client.get("/settings/channels/health/").content.decode()
    assert "199 of 200 messages (99 %), in 40 ms on average" in text
    assert "The server was busy." in text


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
    with django_assert_max_num_queries(11):
        text = client.get("/alerts/?page=1").content.decode()
    assert text.count('<li class="alert ') == 20
    assert client.get("/alerts/?page=junk").status_code == 200

"""The page of what a user wants of their alerts, and the channels of a goal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Goal
from accounts.web.goal_form import CHANNEL_LABELS
from notifications.channels.registry import known_channels
from notifications.models import Delivery, MutedMerchant, Notification, Quiet, Snooze, UserChannel
from tests.matching_factories import make_deal

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(owner: Any, signed_in: Callable[[Any], Client]) -> Client:
    return signed_in(owner)


def _mail(user: Any, **fields: Any) -> UserChannel:
    return UserChannel.objects.create(user=user, kind="email", config={"address": ""}, **fields)


def test_quiet_hours_are_kept_and_shown(owner: Any, client: Client) -> None:
    assert "Quiet from" in client.get("/settings/alerts/").content.decode()
    assert not Quiet.objects.exists(), "looking writes nothing of the kind"
    form = {"quiet_from": "22:00", "quiet_until": "07:00", "days": ["4", "5"], "daily_cap": "9"}
    assert client.post("/settings/alerts/", form).status_code == 302
    quiet = Quiet.objects.get(user=owner)
    assert (quiet.quiet_from, quiet.quiet_until, quiet.days, quiet.daily_cap) == (time(22), time(7), [4, 5], 9)
    assert quiet.priority_breaks_quiet is False
    text = client.get("/settings/alerts/").content.decode()
    assert 'value="22:00"' in text and 'value="9"' in text


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"quiet_from": "22:00"}, "Quiet hours have a beginning and an end."),
        ({"quiet_from": "22:00", "quiet_until": "22:00"}, "The end is the same as the beginning."),
        ({"quiet_from": "25:00", "quiet_until": "07:00"}, "Enter a time, for example 22:00."),
        ({"daily_cap": "0"}, "Enter 1 or more."),
    ],
)
def test_what_makes_no_sense_is_said_at_its_field(client: Client, entry: dict[str, str], words: str) -> None:
    answer = client.post("/settings/alerts/", entry)
    assert answer.status_code == 422 and words in answer.content.decode()
    assert not Quiet.objects.exists()


def test_the_pace_of_a_channel_and_what_is_held_for_it(owner: Any, client: Client) -> None:
    mail = _mail(owner, pace="weekly")
    told = Notification.objects.create(user=owner, reason="match", reason_text="", title="Sony", body="")
    later = timezone.now() + timedelta(days=6)
    held = Delivery.objects.create(
        notification=told, channel="email", user_channel=mail, state="held", held_until=later, error="Held."
    )
    fields = {"pace": "immediate", "pace_hour": "18", "pace_weekday": "3", "daily_cap": "", "breaks_quiet": "on"}
    form = {f"channel-{mail.pk}-{name}": value for name, value in fields.items()}
    assert client.post(f"/settings/alerts/channels/{mail.pk}/", form).status_code == 302
    mail.refresh_from_db()
    held.refresh_from_db()
    assert (mail.pace, mail.pace_hour, mail.pace_weekday, mail.breaks_quiet) == ("immediate", 18, 3, True)
    assert held.held_until is not None and held.held_until <= timezone.now()
    form[f"channel-{mail.pk}-pace"] = "yearly"
    assert client.post(f"/settings/alerts/channels/{mail.pk}/", form).status_code == 422


def test_snoozes_and_mutes_are_listed_and_ended(owner: Any, client: Client, django_assert_max_num_queries: Any) -> None:
    deal, later = make_deal(), timezone.now() + timedelta(days=2)
    goal = Goal.objects.create(user=owner, title="Quiet ears")
    for what in ({"goal": goal}, {"product_key": str(deal.product_id or deal.pk)}, {"everything": True}):
        Snooze.objects.create(user=owner, until=later, **what)
    Snooze.objects.create(user=owner, until=timezone.now() - timedelta(hours=1), product_key="over")
    MutedMerchant.objects.create(user=owner, merchant="Acme")
    client.get("/settings/alerts/")
    with django_assert_max_num_queries(14):
        text = client.get("/settings/alerts/").content.decode()
    name = deal.product.name if deal.product else deal.title
    for words in ("The goal “Quiet ears”", name, "All alerts", "Acme"):
        assert words in text
    assert "gone by now" not in text
    for snooze in Snooze.objects.filter(until__gt=timezone.now()):
        client.post(f"/settings/alerts/snoozes/{snooze.pk}/end/")
    client.post(f"/settings/alerts/muted/{MutedMerchant.objects.get().pk}/end/")
    assert Snooze.objects.count() == 1 and not MutedMerchant.objects.exists()
    client.post("/settings/alerts/snooze/", {"hours": "8"})
    assert Snooze.objects.get(everything=True).until > timezone.now() + timedelta(hours=7)


def test_a_goal_is_told_over_the_channels_that_its_owner_has(owner: Any, client: Client) -> None:
    labels = {channel.kind: channel.label for channel in known_channels()}
    assert {kind: CHANNEL_LABELS.get(kind) for kind in labels} == labels
    UserChannel.objects.create(user=owner, kind="slack")
    text = client.get("/goals/new/").content.decode()
    assert 'value="slack"' in text and 'value="email"' in text and 'value="pushover"' not in text
    form = {"title": "Lamp", "currency": "USD", "condition": "any", "priority": "3", "check_interval_minutes": "60"}
    client.post("/goals/new/", form | {"channels": ["slack", "email"]})
    goal = Goal.objects.get()
    assert goal.channels == ["slack", "email"]
    assert client.post("/goals/new/", form | {"channels": ["pushover"]}).status_code == 422
    UserChannel.objects.all().delete()
    assert 'value="slack"' in client.get(f"/goals/{goal.pk}/edit/").content.decode(), "what was chosen stays to be seen"

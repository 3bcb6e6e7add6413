from __future__ import annotations

import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.models import OperatorInvitation, RefreshToken
from agents.scanning.archive.bodies import Body
from agents.scanning.archive.keeping import keep_body
from common.models import OutboxEvent
from common.relay import place_events
from dealfinder.maintenance import clean_up
from deals.models import Alarm, Fetch, Source
from notifications.models import Allowance, Snooze

pytestmark = pytest.mark.django_db


def test_only_what_is_out_of_date_goes(owner: Any, settings: Any, tmp_path: Path) -> None:
    settings.ARCHIVE_DIR = tmp_path / "archive"
    now = timezone.now()
    source = Source.objects.create(name="shop", title="Shop", marketplace="shop")
    for age in (timedelta(days=1), timedelta(days=90)):
        Session.objects.create(
            session_key=uuid.uuid4().hex, session_data="", expire_date=now + timedelta(days=30) - age
        )
        RefreshToken.objects.create(
            user=owner, family=uuid.uuid4(), secret_hash=uuid.uuid4().hex, expires_at=now + timedelta(days=7) - age
        )
        OperatorInvitation.objects.create(secret_hash=uuid.uuid4().hex, expires_at=now + timedelta(days=2) - age)
        OutboxEvent.objects.create(type="t", topic="t", data={}, internal=True, published_at=now - age)
        Allowance.objects.create(user=owner, subject=owner.pk, day=(now - age).date(), taken=1)
        Snooze.objects.create(user=owner, everything=True, until=now + timedelta(days=30) - age)
        Fetch.objects.create(source=source, finished_at=now - age)
        Alarm.objects.create(source=source, subject="shop", kind="empty", ended_at=now - 3 * age)
        attempt = Fetch(source=source)
        keep_body(source, attempt, Body(b"x" * age.days, "https://shop.example/", "", now - age))
        attempt.save()
    OutboxEvent.objects.create(type="t", topic="t", data={}, created_at=now - timedelta(days=90))

    assert clean_up() == {
        "sessions": 1,
        "refresh tokens": 1,
        "invitations": 1,
        "events": 1,
        "fetches": 1,
        "allowances": 1,
        "snoozes": 1,
        "alarms": 1,
        "vectors": 0,
        "archived bodies": 1,
    }
    assert OutboxEvent.objects.count() == 2
    assert Fetch.objects.exclude(archive_key="").count() == 1
    assert Alarm.objects.count() == 1
    assert set(clean_up().values()) == {0}


def test_the_newest_event_of_each_stream_stays_since_the_next_place_follows_from_it(owner: Any, stranger: Any) -> None:
    old = timezone.now() - timedelta(days=90)
    for reader, reached in ((None, 3), (owner, 2), (stranger, 1)):
        for number in range(1, reached + 1):
            seqs = {"public_seq": 3, "user_seq": number} if reader else {"public_seq": number}
            OutboxEvent.objects.create(type="t", topic="t", data={}, user=reader, published_at=old, **seqs)
    assert clean_up()["events"] == 3
    OutboxEvent.objects.create(type="t", topic="t", data={})
    for reader in (owner, stranger):
        OutboxEvent.objects.create(type="t", topic="t", data={}, user=reader)
    assert [(event.public_seq, event.user_seq) for event in place_events(10)] == [(4, None), (4, 3), (4, 2)]

"""A digest whose workers are killed with -9, while it is written and while it is sent: nothing is lost, and nothing is told twice."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from accounts.actions.preferences import update_preferences
from common.models import OutboxEvent
from dealfinder.embedded.process import wait_until
from notifications.delivery import LEASE, deliver_pending
from notifications.digests import release_held
from notifications.models import Delivery, Notification
from tests.notifications.channels.pigeon import Pigeon, pigeons
from tests.notifications.making import make_notice, tell
from tests.notifications.test_services import make_channel

MEMBERS = 3


@contextmanager
def teller(part: str) -> Iterator[subprocess.Popen[str]]:
    """The process; killed with -9 at the end of the block."""
    database = connection.settings_dict
    url = "postgresql://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**database)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.notifications.killed_teller", part],
        cwd=settings.BASE_DIR,
        env={**os.environ, "DATABASE_URL": url, "REDIS_URL": settings.REDIS_URL, "SECRET_KEY": settings.SECRET_KEY},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait(60)


def somebody_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' LIMIT 1"
        )
        return cursor.fetchone() is not None


@pytest.mark.django_db(transaction=True)
def test_a_digest_outlives_its_workers(owner: Any) -> None:
    update_preferences(owner, email_alerts=False)
    make_channel(owner)
    tell(*[make_notice(owner) for _ in range(MEMBERS)])
    due = timezone.now() - timedelta(minutes=1)
    members = Delivery.objects.filter(channel="pigeon", notification__reason="match")
    assert members.update(state="held", held_until=due) == MEMBERS

    # Nobody can write a digest while this lock is held: so the worker is killed in the middle of its transaction.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE notifications_notification IN SHARE MODE")
        with teller("release"):
            assert wait_until(somebody_waits_for_a_lock, 120)
    assert not Notification.objects.filter(reason="digest").exists()
    assert set(members.values_list("state", "bundle")) == {("held", None)}
    assert wait_until(lambda: release_held() == 1, 60), "until the server has noticed that the worker is gone"

    with teller("deliver") as process:
        assert process.stdout is not None
        digest = Delivery.objects.get(notification__reason="digest")
        assert process.stdout.readline().strip() == str(digest.pk), "the service has taken it"
    assert deliver_pending() == 0, "its lease lasts"
    with pigeons(), time_machine.travel(timezone.now() + 2 * LEASE):
        assert (deliver_pending(), deliver_pending()) == (1, 0)
        ((message, _),) = Pigeon.taken
    # It reached the service twice, which gave no answer the first time; under one id, for a service that knows it by that.
    assert message.id == digest.pk and len(message.data["items"]) == MEMBERS
    assert set(members.values_list("state", "bundle")) == {("sent", digest.pk)}
    told = OutboxEvent.objects.filter(type="notification.sent").values_list("data__notification_id", flat=True)
    assert sorted(told) == sorted(str(one) for one in members.values_list("notification", flat=True))

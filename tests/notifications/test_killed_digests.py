"""A worker that is killed with -9 while it makes or sends a digest: nothing is lost, nothing is there twice."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection, connections, transaction
from django.utils import timezone

from accounts.actions.preferences import update_preferences
from common.models import OutboxEvent
from deals.models import Deal, DealState
from notifications.delivery import LEASE, deliver_pending
from notifications.digests import release_held
from notifications.models import Delivery, Notification
from tests.notifications.channels.pigeon import Pigeon, pigeons
from tests.notifications.making import make_notice, tell
from tests.notifications.test_services import make_channel

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def process(work: Callable[[], Any]) -> Iterator[None]:
    """Does something in a process of its own, which is killed with -9 when the block ends."""
    connections.close_all()
    child = os.fork()
    if not child:
        try:
            work()
        finally:
            os._exit(0)
    try:
        yield
    finally:
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "it was still at it"


def wait_for_a_waiter() -> None:
    """Until somebody waits for a row that we hold."""
    until = time.monotonic() + 60
    with connection.cursor() as cursor:
        while time.monotonic() < until:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0]:
                return
            time.sleep(0.02)
    raise AssertionError("Nobody waited.")


def test_a_digest_outlives_its_workers(owner: Any) -> None:
    update_preferences(owner, email_alerts=False)
    channel = make_channel(owner)
    over, *wanted = tell(*[make_notice(owner) for _ in range(4)])
    Deal.objects.filter(pk=over.deal_id).update(state=DealState.SOLD_OUT)
    outward = Delivery.objects.filter(user_channel=channel, notification__reason="match")
    outward.update(state="held", held_until=timezone.now() - timedelta(minutes=1))
    go, start = os.pipe()

    def release() -> None:
        os.read(go, 1)
        release_held()

    with process(release), transaction.atomic():
        # Its last step wants this row: the digest is written by then, and not committed.
        Notification.objects.select_for_update().get(pk=over.pk)
        os.write(start, b".")
        wait_for_a_waiter()
    assert not Notification.objects.filter(reason="digest").exists()
    assert Counter(outward.values_list("state", "bundle")) == {("held", None): 4}
    assert release_held() == 1

    sending, said = os.pipe()
    with pigeons():

        def hang(_: Any) -> None:
            os.write(said, b".")
            time.sleep(600)

        Pigeon.answer = staticmethod(hang)  # type: ignore[assignment]
        with process(lambda: deliver_pending(threads=1)):
            os.read(sending, 1)
        digest = Delivery.objects.get(notification__reason="digest")
        assert (digest.state, digest.attempts, digest.leased_until is not None) == ("pending", 1, True)
        assert deliver_pending() == 0, "it is somebody else's until the lease ends"
        Pigeon.answer = staticmethod(lambda message: None)
        with time_machine.travel(timezone.now() + LEASE + timedelta(seconds=1)):
            assert deliver_pending() == 1
        ((message, _),) = Pigeon.taken
    for each in (go, start, sending, said):
        os.close(each)
    assert message.id == digest.pk
    assert {item["id"] for item in message.data["items"]} == {str(one.pk) for one in wanted}
    assert Counter(outward.values_list("state", "bundle")) == {("sent", digest.pk): 3, ("withheld", None): 1}
    written = OutboxEvent.objects.filter(type="notification.sent").values_list("data__notification_id", flat=True)
    in_the_inbox = Counter(Delivery.objects.filter(channel="in_app").values_list("state", flat=True))
    assert set(Counter(written).values()) == {1} and len(written) == in_the_inbox["sent"]
    assert {str(one.pk) for one in wanted} <= set(written)

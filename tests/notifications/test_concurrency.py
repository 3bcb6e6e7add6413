"""Many workers at once, each with a connection of its own: what must happen once happens once."""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from accounts.models import Goal, GoalStatus
from agents.planning.actions import match_goal, match_pending
from common.models import OutboxEvent
from deals.models import Match, Product, Valuation
from notifications.actions import TOLD_WINDOW, notify_matches
from notifications.delivery import deliver_pending
from notifications.delivery.rounds import LINGER
from notifications.inbox import hand_over
from notifications.models import Delivery, Notification, Told
from tests.matching_factories import make_deal, make_goal
from tests.notifications.making import make_notice

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(works: list[Callable[[], Any]]) -> list[Any]:
    """Run each in a thread of its own, all released at the same moment; returns their results, raises their errors."""
    gate = threading.Barrier(len(works))

    def run(work: Callable[[], Any]) -> Any:
        try:
            connection.ensure_connection()
            gate.wait(60)
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def test_the_right_to_tell_goes_to_the_next_when_its_first_taker_fails(owner: Any) -> None:
    first, second = make_notice(owner, product_key="p"), make_notice(owner, product_key="p")
    taken, release = threading.Event(), threading.Event()

    def fails() -> None:
        with pytest.raises(RuntimeError, match="crash"), transaction.atomic():
            notify_matches([first])
            taken.set()
            release.wait(60)
            raise RuntimeError("crash")

    def waits() -> str:
        taken.wait(60)
        threading.Timer(0.2, release.set).start()
        with transaction.atomic():
            return notify_matches([second])[0].state

    assert at_once([fails, waits]) == [None, "pending"]
    assert Notification.objects.get().match_id == second.match_id


def test_workers_that_tell_the_same_things_in_another_order_do_not_block_each_other(owner: Any, stranger: Any) -> None:
    keys = [f"product {number}" for number in range(8)]
    rounds = [
        [make_notice(user, product_key=key) for key in order]
        for user in (owner, stranger)
        for order in (keys, keys[::-1]) * 3
    ]

    def tell(notices: Any) -> int:
        with transaction.atomic():
            return sum(notification.state == "pending" for notification in notify_matches(notices))

    assert sum(at_once([lambda notices=notices: tell(notices) for notices in rounds])) == 16


def test_matchers_at_once_write_each_match_and_notification_once(
    owner: Any, stranger: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agents.planning.actions.BATCH", 7)
    goals = [make_goal(user, f"Sony {n}", keywords=["sony"]) for user in (owner, stranger) for n in range(3)]
    for number in range(40):
        product = Product.objects.create(key=f"sony {number}", name=f"Sony {number}")
        make_deal(f"Sony headphones {number}", product=product)
    works: list[Callable[[], Any]] = [match_pending] * 4 + [lambda goal=goal: match_goal(goal.pk) for goal in goals[:4]]
    outcomes = at_once(works)
    assert sum(outcome.failed for outcome in outcomes) == 0
    assert sum(outcome.matches for outcome in outcomes) == Match.objects.count() == 240
    assert (
        sum(outcome.valuations for outcome in outcomes)
        == Valuation.objects.filter(matched_at__isnull=False).count()
        == 40
    )
    assert Notification.objects.count() == 240
    assert OutboxEvent.objects.filter(type="match.found").count() == 240
    told = Notification.objects.filter(state="pending").values_list("user_id", "deal_id")
    assert len(told) == len(set(told)), "no user is told of a product twice"
    assert set(Goal.objects.values_list("match_count", flat=True)) == {40}


def test_matchers_at_once_keep_to_the_most_matches_of_a_goal(owner: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agents.planning.actions.BATCH", 3)
    goal = make_goal(owner, keywords=["sony"], max_matches=10)
    for number in range(40):
        make_deal(f"Sony headphones {number}")
    at_once([match_pending] * 4 + [lambda: match_goal(goal.pk)])
    goal.refresh_from_db()
    assert Match.objects.count() == goal.match_count == 10
    assert goal.status == GoalStatus.COMPLETED


def test_deliverers_at_once_send_each_delivery_once(owner: Any, mailoutbox: list[Any]) -> None:
    with transaction.atomic():
        told = [one.pk for one in notify_matches([make_notice(owner) for _ in range(15)])]
    assert Delivery.objects.filter(channel="in_app", state="sent").count() == 15, "inboxes have it with the commit"
    # As if whoever committed it had been killed there.
    OutboxEvent.objects.filter(type="notification.sent").delete()
    Delivery.objects.filter(channel="in_app").update(state="pending", sent_at=None, attempts=0)
    assert sum(at_once([deliver_pending, lambda: hand_over(told)] * 4)) == 30
    assert set(Delivery.objects.values_list("state", "attempts")) == {("sent", 1)}
    assert OutboxEvent.objects.filter(type="notification.sent").count() == 15
    assert len({mail.extra_headers["Message-ID"] for mail in mailoutbox}) == len(mailoutbox) == 15


def test_a_worker_waits_for_a_database_that_went_away(owner: Any, mailoutbox: list[Any]) -> None:
    with transaction.atomic():
        notify_matches([make_notice(owner)])

    def lose_the_connection() -> None:
        with contextlib.suppress(OperationalError), connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    lose_the_connection()
    with pytest.raises((OperationalError, InterfaceError)):
        deliver_pending(threads=0)
    connection.close()
    lose_the_connection()
    assert deliver_pending(threads=0, linger=LINGER) == 1
    assert len(mailoutbox) == 1


def test_of_fifty_workers_exactly_one_tells_the_same_user_of_the_same_product_for_the_same_reason(owner: Any) -> None:
    """And so within 24 hours, and after them again exactly one."""
    notices = [make_notice(owner, product_key="one product") for _ in range(50)]

    def tell(notice: Any) -> str:
        with transaction.atomic():
            (notification,) = notify_matches([notice])
        return notification.state

    works = [lambda notice=notice: tell(notice) for notice in notices]
    assert Counter(at_once(works)) == {"pending": 1, "suppressed": 49}
    assert Delivery.objects.values("notification").distinct().count() == Told.objects.count() == 1
    texts = Notification.objects.filter(state="suppressed").values_list("state_text", flat=True)
    assert set(texts) == {"Not sent: same product told just now."}
    # Shortly before the day is over, and after it.
    Notification.objects.all().delete()
    Told.objects.update(told_at=timezone.now() - TOLD_WINDOW + timedelta(minutes=10))
    assert Counter(at_once(works[:5])) == {"suppressed": 5}
    Told.objects.update(told_at=timezone.now() - TOLD_WINDOW)
    assert Counter(at_once(works[5:10])) == {"pending": 1, "suppressed": 4}

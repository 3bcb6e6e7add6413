"""What services do to deliveries: they ask for patience, refuse for good, hang, and fail for all; and each has its own queue."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import redis
import time_machine
from django.utils import timezone

from common import breaker
from notifications.channels.base import Message, PermanentError, TransientError
from notifications.channels.configs import stored_config
from notifications.delivery import deliver_again, deliver_pending
from notifications.models import Delivery, DeliveryState, Notification, UserChannel
from tests.notifications.channels.pigeon import Pigeon, PigeonConfig, pigeons
from tests.notifications.making import make_notice, tell


@pytest.fixture(autouse=True)
def pigeon() -> Iterator[type[Pigeon]]:
    with pigeons() as kind:
        yield kind


@pytest.fixture(autouse=True)
def patient_breaker(settings: Any) -> Iterator[None]:
    """On a busy machine Valkey may answer after more than the second for which a breaker waits; then everybody is let through."""
    pool = breaker._connection(settings.REDIS_URL).connection_pool
    before = dict(pool.connection_kwargs)
    pool.reset()
    pool.connection_kwargs |= {"socket_timeout": 60, "socket_connect_timeout": 60}
    yield
    pool.reset()
    pool.connection_kwargs |= before


def make_channel(user: Any, loft: str = "Roof", **fields: Any) -> UserChannel:
    config = stored_config(PigeonConfig(loft=loft, whistle="x"))
    return UserChannel.objects.create(user=user, kind="pigeon", config=config, service=f"pigeon:{loft}", **fields)


def raises(error: Exception) -> Callable[[Message], None]:
    def answer(_: Message) -> None:
        raise error

    return staticmethod(answer)  # type: ignore[return-value]


def the_delivery() -> Delivery:
    return Delivery.objects.select_related("user_channel").get(channel="pigeon")


def test_what_the_service_calls_it_is_kept(owner: Any) -> None:
    row = make_channel(owner)
    Pigeon.answer = staticmethod(lambda message: "ring\x00 17")
    tell(make_notice(owner, channels=["pigeon"]))
    assert deliver_pending() == 2
    row.refresh_from_db()
    assert (the_delivery().receipt, row.last_success_at is not None) == ("ring 17", True)
    assert Pigeon.taken[0][0].id == the_delivery().pk


@pytest.mark.parametrize(
    ("asked", "least", "most"),
    [(None, 1, 4), (timedelta(0), 1, 4), (timedelta(hours=1), 3600, 3605), (timedelta(days=900), 86_400, 86_410)],
)
def test_a_service_that_asks_for_patience_gets_it(owner: Any, asked: Any, least: float, most: float) -> None:
    row = make_channel(owner)
    Pigeon.answer = raises(TransientError("Too\x00 many.", asked, answered=True))
    tell(make_notice(owner, channels=["pigeon"]))
    with time_machine.travel(timezone.now(), tick=False):
        now = timezone.now()
        deliver_pending()
    waits = the_delivery()
    assert waits.retry_at is not None and (waits.state, waits.error) == ("pending", "Too many.")
    assert least <= (waits.retry_at - now).total_seconds() <= most
    row.refresh_from_db()
    assert (row.last_error, row.is_enabled, row.failures) == ("Too many.", True, 0)


def test_a_channel_whose_target_is_gone_is_disabled_and_its_owner_told_once_over_another(
    owner: Any, mailoutbox: list[Any]
) -> None:
    row = make_channel(owner, name="Bird")
    Pigeon.answer = raises(PermanentError("The loft is gone.", gone=True))
    tell(*[make_notice(owner, channels=["pigeon"]) for _ in range(3)])
    deliver_pending()
    row.refresh_from_db()
    assert (row.state, row.disabled_reason) == ("disabled", "The loft is gone.")
    told = Notification.objects.get(reason="channel")
    assert told.title == "Pigeon “Bird” was disabled: it does not take our messages"
    assert {delivery.channel: delivery.state for delivery in told.deliveries.all()} == {
        "in_app": "sent",
        "email": "sent",
    }
    (mail,) = mailoutbox
    assert "The last answer was: The loft is gone." in mail.body and "/settings/channels/" in mail.body
    states = sorted(Delivery.objects.filter(channel="pigeon").values_list("state", flat=True))
    assert set(states) <= {"failed", "withheld"} and "failed" in states
    tell(make_notice(owner, channels=["pigeon"]))
    assert Delivery.objects.filter(channel="pigeon").count() == 3, "it is not used any more"


def test_other_refusals_for_good_disable_a_channel_when_there_are_three_in_a_row(owner: Any) -> None:
    row = make_channel(owner)

    def one_more(answer: Any) -> UserChannel:
        Pigeon.answer = answer
        tell(make_notice(owner, channels=["pigeon"]))
        deliver_pending()
        row.refresh_from_db()
        return row

    refused = raises(PermanentError("Too heavy."))
    for answer in (refused, refused, staticmethod(lambda message: None), refused, refused):
        assert one_more(answer).is_enabled
    assert one_more(refused).disabled_reason == "Too heavy."
    assert Notification.objects.filter(reason="channel").count() == 1


@pytest.mark.parametrize("fields", [{"is_enabled": False}, {"is_enabled": False, "disabled_reason": "Gone."}])
def test_what_waits_for_a_channel_that_is_not_used_any_more_is_not_sent(owner: Any, fields: Any) -> None:
    make_channel(owner)
    tell(make_notice(owner, channels=["pigeon"]))
    UserChannel.objects.filter(kind="pigeon").update(**fields)
    assert deliver_pending() == 1, "the inbox"
    assert the_delivery().state == "withheld" and the_delivery().error.startswith("Not sent: ")
    assert not Pigeon.taken


def test_a_service_that_fails_for_all_is_left_alone_and_that_is_no_try(
    owner: Any, valkey: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notifications.delivery.attempts.BREAK_SECONDS", 600.0)
    monkeypatch.setattr("notifications.delivery.attempts.FIRST_BREAK_SECONDS", 600.0)
    make_channel(owner)
    asked = []

    def fails(message: Message) -> None:
        asked.append(message.id)
        raise TransientError("Nobody answers.")

    Pigeon.answer = staticmethod(fails)
    tell(*[make_notice(owner, channels=["pigeon"]) for _ in range(8)])
    # The clock stands still: on a busy machine the first would be due again before the last had its turn.
    with time_machine.travel(timezone.now(), tick=False):
        deliver_pending(threads=0)
    assert len(asked) == 5, "then the breaker opens"
    tries = Delivery.objects.filter(channel="pigeon", state="pending")
    assert sorted(tries.values_list("attempts", flat=True)) == [0, 0, 0, 1, 1, 1, 1, 1]
    left_alone = tries.filter(error__contains="left alone")
    assert {(each.attempts, each.retry_at is not None) for each in left_alone} == {(0, True)}
    valkey.flushdb()
    Pigeon.answer = staticmethod(lambda message: None)
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        deliver_pending()
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}


def test_a_service_that_hangs_holds_up_its_own_queue_alone(owner: Any, stranger: Any) -> None:
    make_channel(owner, "Hangs")
    make_channel(stranger, "Fine")
    tell(*[make_notice(owner, channels=["pigeon"]) for _ in range(8)])
    tell(*[make_notice(stranger, channels=["pigeon"]) for _ in range(6)])
    at_fine, hanging, most = threading.Semaphore(0), [], []

    def answers(message: Message) -> None:
        if message.user_id == stranger.pk:
            at_fine.release()
            return
        hanging.append(message.id)
        most.append(len(hanging))
        # It answers only when all others have been served: that would never be if it held them up.
        for _ in range(6 if len(most) == 1 else 0):
            assert at_fine.acquire(timeout=60)
        hanging.remove(message.id)

    Pigeon.answer = staticmethod(answers)
    assert deliver_pending(threads=4) == 14 + 14
    assert Delivery.objects.filter(channel="pigeon", state="sent").count() == 14
    assert max(most) <= 2


def test_the_members_of_a_digest_become_what_its_delivery_becomes(owner: Any) -> None:
    make_channel(owner)
    Pigeon.answer = raises(PermanentError("Too heavy."))
    tell(*[make_notice(owner, channels=["pigeon"]) for _ in range(3)])
    lead, *others = Delivery.objects.filter(channel="pigeon").order_by("pk")
    Delivery.objects.filter(pk__in=[each.pk for each in others]).update(state=DeliveryState.HELD, bundle=lead)
    deliver_pending()
    assert set(Delivery.objects.filter(channel="pigeon").values_list("state", "error")) == {("failed", "Too heavy.")}
    Pigeon.answer = staticmethod(lambda message: None)
    assert deliver_again(lead.pk)
    assert Delivery.objects.filter(bundle=lead, state="held").count() == 2
    assert deliver_pending() == 1
    assert set(Delivery.objects.filter(channel="pigeon").values_list("state", "error")) == {("sent", "")}
    assert len(Pigeon.taken) == 1


def test_a_dead_letter_is_replayed_by_the_command(owner: Any, sent_tasks: Any) -> None:
    from django.core.management import call_command

    make_channel(owner)
    Pigeon.answer = raises(TransientError("Nobody answers."))
    tell(make_notice(owner, channels=["pigeon"]))
    Delivery.objects.filter(channel="pigeon").update(attempts=4)
    deliver_pending()
    assert the_delivery().state == "failed"
    UserChannel.objects.update(failures=2)
    call_command("dead_letters", "--replay", "all", "--json")
    (task,) = [each for each in sent_tasks if each.name == "notify.delivery"]
    assert (task.args, task.queue) == ((str(the_delivery().pk),), "notify")
    assert deliver_again(the_delivery().pk)
    assert UserChannel.objects.get(kind="pigeon").failures == 0, "it begins anew"

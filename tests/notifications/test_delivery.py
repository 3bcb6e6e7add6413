"""Delivering: each delivery once, tried again where that helps, given up with its reason where it does not."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, ClassVar

import pytest
import redis
import time_machine
from django.utils import timezone

from common.models import DeadLetter, OutboxEvent
from dealfinder.embedded.process import wait_until
from notifications.channels import registry
from notifications.channels.base import Channel, ChannelConfig, Message, PermanentError, TransientError
from notifications.channels.email.channel import EmailConfig
from notifications.delivery import LEASE, deliver_again, deliver_pending
from notifications.delivery.rounds import MOST_CLAIMS
from notifications.models import Delivery, Notification
from notifications.tasks import again
from tests.notifications.making import make_notice, tell


class Service(Channel):
    """A channel to a service that does as the test says."""

    kind = "email"
    config = EmailConfig
    label = "E-mail"
    taken: ClassVar[list[Message]] = []
    answer: ClassVar[Callable[[], None]]

    def send(self, message: Message, config: ChannelConfig) -> None:
        type(self).answer()
        self.taken.append(message)


def _fine() -> None:
    pass


def _transient() -> None:
    raise TransientError("The service is busy.")


def _permanent() -> None:
    raise PermanentError("There is no such address.")


def _broken() -> None:
    raise KeyError("secret-token")


@pytest.fixture(autouse=True)
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Service]]:
    monkeypatch.setitem(registry.KINDS, "email", f"{__name__}.Service")
    registry.channel_of.cache_clear()
    Service.taken.clear()
    Service.answer = staticmethod(_fine)
    yield Service
    registry.channel_of.cache_clear()


def test_what_is_delivered_is_sent_once_and_says_so(owner: Any) -> None:
    (notification,) = tell(make_notice(owner))
    assert deliver_pending() == 2
    assert deliver_pending() == 0
    notification.refresh_from_db()
    assert (notification.state, notification.state_text) == ("sent", "")
    for delivery in Delivery.objects.all():
        assert (delivery.state, delivery.attempts, delivery.error, delivery.leased_until) == ("sent", 1, "", None)
        assert delivery.sent_at is not None and delivery.milliseconds is not None
    (message,) = Service.taken
    assert (message.address, message.title, message.data["price"]["amount"]) == (
        owner.email,
        notification.title,
        "228.00",
    )
    event = OutboxEvent.objects.get(type="notification.sent")
    assert event.user == owner
    assert event.data == {
        "notification_id": str(notification.pk),
        "title": notification.title,
        "body": notification.body,
        "deal_id": str(notification.deal_id),
    }


def test_a_transient_error_is_tried_five_times_then_a_dead_letter(owner: Any, valkey: redis.Redis) -> None:
    Service.answer = staticmethod(_transient)
    (notification,) = tell(make_notice(owner, channels=["email"]))
    now = timezone.now()
    deliver_pending()
    mail = Delivery.objects.get(channel="email")
    assert (mail.state, mail.attempts, mail.error) == ("pending", 1, "The service is busy.")
    assert mail.retry_at is not None and timedelta(seconds=1) <= mail.retry_at - now < timedelta(seconds=30)
    with time_machine.travel(now, tick=False):
        deliver_pending()
    mail.refresh_from_db()
    assert mail.attempts == 1, "it waits"
    for hours in (2, 4, 6, 8, 10):
        with time_machine.travel(now + timedelta(hours=hours)):
            deliver_pending()
    mail.refresh_from_db()
    notification.refresh_from_db()
    assert (mail.state, mail.attempts) == ("failed", 5)
    assert notification.state == "sent", "the inbox has it"
    letter = DeadLetter.objects.get()
    assert (letter.stage, letter.object_id, letter.task, letter.error) == (
        "tell",
        str(mail.pk),
        "notify.delivery",
        "The service is busy.",
    )
    assert letter.attempts == 5
    Service.answer = staticmethod(_fine)
    valkey.flushdb()  # the service was left alone
    again(str(mail.pk))
    mail.refresh_from_db()
    assert (mail.state, mail.attempts, mail.error) == ("sent", 1, "")
    assert not deliver_again(mail.pk)
    assert len(Service.taken) == 1, "what was sent stays sent"


def test_a_permanent_error_is_not_tried_again(owner: Any) -> None:
    Service.answer = staticmethod(_permanent)
    tell(make_notice(owner))
    deliver_pending()
    mail = Delivery.objects.get(channel="email")
    assert (mail.state, mail.attempts, mail.error) == ("failed", 1, "There is no such address.")
    assert not DeadLetter.objects.exists()


def test_a_notification_fails_when_every_delivery_has_failed(owner: Any) -> None:
    Service.answer = staticmethod(_permanent)
    (notification,) = tell(make_notice(owner))
    Delivery.objects.filter(channel="in_app").update(channel="pigeon")
    deliver_pending()
    notification.refresh_from_db()
    assert notification.state == "failed"
    assert Delivery.objects.get(channel="pigeon").error == "There is no channel called “pigeon”."


def test_an_unexpected_error_keeps_its_details_from_the_reader(owner: Any) -> None:
    Service.answer = staticmethod(_broken)
    tell(make_notice(owner), make_notice(owner))
    assert deliver_pending() == 2, "both inboxes; one error does not stop the others"
    errors = set(Delivery.objects.filter(channel="email").values_list("error", flat=True))
    assert errors == {"It failed unexpectedly; the operators' log says more."}


def test_a_claim_of_a_dead_worker_is_taken_up_when_its_lease_ends(owner: Any) -> None:
    tell(make_notice(owner, channels=["in_app"]))
    now = timezone.now()
    Delivery.objects.update(attempts=1, leased_until=now + LEASE)
    assert deliver_pending() == 0
    with time_machine.travel(now + LEASE + timedelta(seconds=1)):
        assert deliver_pending() == 1


def test_a_delivery_that_kills_its_worker_is_given_up(owner: Any) -> None:
    (notification,) = tell(make_notice(owner, channels=["in_app"]))
    Delivery.objects.update(attempts=MOST_CLAIMS, leased_until=timezone.now() - timedelta(seconds=1))
    assert deliver_pending() == 0
    notification.refresh_from_db()
    assert notification.state == "failed"
    assert DeadLetter.objects.get().error == "Its worker ended in the middle of it, 15 times."


def test_a_worker_that_lost_its_lease_changes_nothing(owner: Any) -> None:
    def slow() -> None:
        Delivery.objects.filter(channel="email").update(leased_until=timezone.now() + timedelta(minutes=9))

    Service.answer = staticmethod(slow)
    tell(make_notice(owner))
    assert deliver_pending(threads=0) == 1, "the inbox alone"
    assert Delivery.objects.get(channel="email").state == "pending"


def test_a_slow_service_ends_the_round_and_the_next_one_goes_on(owner: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notifications.delivery.rounds.LONGEST_ROUND", timedelta(seconds=0.2))
    Service.answer = staticmethod(lambda: time.sleep(0.15))
    tell(*[make_notice(owner) for _ in range(5)])
    Delivery.objects.filter(channel="in_app").delete()
    assert deliver_pending(threads=0) < 5, "as many as there was time for"
    assert wait_until(lambda: deliver_pending(threads=0) + len(Service.taken) >= 5, 60)
    deliver_pending(threads=0)
    assert len(Service.taken) == 5


def test_a_closed_account_is_not_told(owner: Any) -> None:
    tell(make_notice(owner))
    owner.is_active = False
    owner.save()
    assert deliver_pending() == 0
    assert set(Delivery.objects.values_list("error", flat=True)) == {"The account is closed."}
    assert Notification.objects.get().state == "failed" and not Service.taken


def test_the_tasks_have_the_names_that_others_send(owner: Any) -> None:
    from notifications import tasks

    tell(make_notice(owner))
    assert tasks.pending.name == "notify.pending" and tasks.pending() == 2
    assert tasks.again.name == "notify.delivery" and tasks.again(str(Delivery.objects.all()[0].pk)) is None

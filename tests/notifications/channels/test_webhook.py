"""Webhooks on the wire, by the Standard Webhooks specification."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from pydantic import ValidationError as ConfigError

from common.models import DeadLetter
from notifications.channel_actions import add_channel, change_channel
from notifications.channels import asking
from notifications.channels.base import PermanentError, TransientError
from notifications.channels.configs import opened_config
from notifications.channels.webhook.channel import SCHEDULE, WebhookChannel, WebhookConfig
from notifications.channels.webhook.signing import key_of, new_secret, sign
from notifications.delivery import deliver_pending
from notifications.models import Delivery, Notification, UserChannel
from tests.notifications.channels.messages import DEAL, make_message
from tests.notifications.making import make_notice, tell
from tests.wire_server import WireServer, half_a_body, hang_up, said, silence, wire_server

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def receiver(settings: Any) -> Iterator[WireServer]:
    settings.EGRESS_ALLOW_CIDRS, settings.PUBLIC_URL = ["127.0.0.0/8"], "https://deals.example"
    with wire_server(said(b"", 204)) as server:
        yield server


def config(receiver: WireServer, **fields: Any) -> WebhookConfig:
    return WebhookConfig(**{"url": f"{receiver.url}/deals?from=us", "secret": SECRET} | fields)


def verified(request: Any, secret: str) -> bool:
    """What a receiver does by the specification: the id, the timestamp and the raw body, with any of the signatures."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = b".".join(
        [request.headers["webhook-id"].encode(), request.headers["webhook-timestamp"].encode(), request.body]
    )
    wanted = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return wanted in request.headers["webhook-signature"].split(" ")


def test_the_signature_is_that_of_the_libraries_of_the_specification() -> None:
    signature = sign(key_of(SECRET), "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}')
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(
    "secret", ["", "whsec_", "whsec_c2hvcnQ=", "whsec_not base64!", SECRET[6:], "whsec_" + "A" * 88]
)
def test_what_is_no_signing_secret_is_refused(receiver: WireServer, secret: str) -> None:
    with pytest.raises(ConfigError, match="whsec_"):
        config(receiver, secret=secret)
    assert key_of(new_secret()) != key_of(new_secret())


@pytest.mark.parametrize(
    "url",
    ["http://example.com/x", "https://10.0.0.1/x", "https://[::1]/x", "http://169.254.169.254/", "ftp://example.com",
     "https://user:word@example.com/", "example.com", "https://0x7f.1/"],
)  # fmt: skip
def test_an_address_that_is_not_on_the_public_internet_is_refused(settings: Any, url: str) -> None:
    settings.EGRESS_ALLOW_CIDRS = []
    with pytest.raises(ConfigError):
        WebhookConfig(url=url, secret=SECRET)


def test_a_request_is_signed_and_carries_the_message(receiver: WireServer) -> None:
    receipt = WebhookChannel().send(make_message(), config(receiver))
    (request,) = receiver.requests
    assert (request.method, request.path) == ("POST", "/deals?from=us")
    assert request.headers["content-type"] == "application/json"
    assert request.headers["webhook-id"] == receipt == "msg_0199a3f0111170008000" + "00000000000a"
    assert abs(int(request.headers["webhook-timestamp"]) - timezone.now().timestamp()) < 60
    assert verified(request, SECRET) and not verified(request, new_secret())
    assert request.json["type"] == "notification.match"
    assert request.json["timestamp"] == "2026-11-26T02:03:04.567Z"
    data = request.json["data"]
    assert (data["title"], data["url"]) == ("Sony <XM5> & case for $228.00", "https://deals.example/m/open-1/")
    assert data["details"]["price"] == {"amount": "228.00", "currency": "USD"}
    WebhookChannel().send(make_message(links={}, data={"kind": "tracking", "url": f"/deals/{DEAL}/"}), config(receiver))
    assert receiver.requests[1].json["type"] == "notification.tracking"
    assert receiver.requests[1].json["data"]["url"] == f"https://deals.example/deals/{DEAL}/"


@pytest.mark.parametrize(
    ("behaviour", "sentence", "wait", "answered"),
    [
        (said(b"", 500), "answered 500", None, False),
        (said(b"", 503, Retry_After="120"), "answered 503", 120, False),
        (said(b"", 404), "answered 404", None, True),
        (said(b"", 429, Retry_After="7"), "answered 429", 7, True),
        (said(b"", 302, Location="https://example.com/"), "redirects to another address", None, True),
        (said(b"", 304), "answered 304", None, True),
        (said(b"x" * 70_000), "more than 64 kB", None, True),
        (hang_up, "broke off", None, False),
        (half_a_body, "broke off", None, False),
    ],
)
def test_whatever_is_no_success_is_tried_again(
    receiver: WireServer, behaviour: Any, sentence: str, wait: Any, answered: bool
) -> None:
    receiver.next = [behaviour]
    with pytest.raises(TransientError, match=sentence) as raised:
        WebhookChannel().send(make_message(), config(receiver))
    assert raised.value.retry_after == (None if wait is None else timedelta(seconds=wait))
    assert raised.value.answered == answered
    assert len(receiver.requests) == 1, "a channel never tries again by itself, and follows no redirect"


def test_a_receiver_that_hangs_is_waited_for_only_so_long(receiver: WireServer, monkeypatch: Any) -> None:
    monkeypatch.setattr(asking, "SECONDS", 0.3)
    receiver.next = [silence]
    with pytest.raises(TransientError, match="took longer"):
        WebhookChannel().send(make_message(), config(receiver))


def test_gone_disables_and_a_private_address_is_never_asked(receiver: WireServer, settings: Any) -> None:
    receiver.next = [said(b"", 410)]
    with pytest.raises(PermanentError, match="410") as raised:
        WebhookChannel().send(make_message(), config(receiver))
    assert raised.value.gone
    stated = config(receiver)
    settings.EGRESS_ALLOW_CIDRS = []
    with pytest.raises(PermanentError, match="not on the public internet"):
        WebhookChannel().send(make_message(), stated)
    assert len(receiver.requests) == 1


def test_it_is_tried_by_the_schedule_of_the_specification() -> None:
    waits = [WebhookChannel().wait_after(tries) for tries in range(1, 11)]
    assert waits[9] is None and sum(SCHEDULE, timedelta()) == timedelta(hours=75, minutes=35, seconds=5)
    for wait, wanted in zip(waits[:9], SCHEDULE, strict=True):
        assert wait is not None and 0.9 * wanted <= wait <= 1.1 * wanted


def test_after_a_change_of_the_secret_both_sign_for_a_day(owner: Any, receiver: WireServer) -> None:
    channel, fresh = WebhookChannel(), new_secret()
    row = add_channel(owner, "webhook", {"config": {"url": receiver.url, "secret": SECRET, "previous": new_secret()}})
    assert SECRET not in str(row.config) and row.service == f"webhook:{receiver.url.removeprefix('http://')}"
    assert opened_config(channel, row.config).previous == "", "nobody states that"  # type: ignore[attr-defined]
    with time_machine.travel(timezone.now(), tick=False) as clock:
        row = change_channel(row, {"config": {"url": receiver.url, "secret": fresh}})
        row = change_channel(row, {"config": {"url": f"{receiver.url}/other"}})
        channel.send(make_message(), opened_config(channel, row.config))
        clock.shift(timedelta(hours=24, seconds=1))
        channel.send(make_message(), opened_config(channel, row.config))
    during, after = receiver.requests
    assert verified(during, SECRET) and verified(during, fresh) and during.path == "/other"
    assert verified(after, fresh) and not verified(after, SECRET)


@pytest.mark.parametrize("has_listened", [True, False])
def test_a_receiver_that_never_answers_is_given_up(owner: Any, receiver: WireServer, has_listened: bool) -> None:
    row = add_channel(owner, "webhook", {"config": {"url": receiver.url, "secret": SECRET}})
    receiver.usual = said(b"", 500)
    tell(make_notice(owner, channels=["webhook"]))
    Delivery.objects.filter(channel="webhook").update(attempts=9)
    if has_listened:
        UserChannel.objects.filter(pk=row.pk).update(last_success_at=timezone.now())
    deliver_pending(threads=0)
    row.refresh_from_db()
    assert Delivery.objects.get(channel="webhook").state == "failed" and DeadLetter.objects.count() == 1
    assert row.is_enabled == has_listened
    assert Notification.objects.filter(reason="channel").exists() == (not has_listened)

"""Mail through Amazon SES on the wire: the whole mail as it is written, signed, and its refusals told apart."""

from __future__ import annotations

import base64
import email
import email.policy
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.mail import EmailMessage, get_connection

from common.ses import MailRefused
from notifications.channels.base import PermanentError, TransientError
from notifications.channels.registry import channel_of
from notifications.messages import message_of
from notifications.models import Delivery
from tests.language_services import REGION
from tests.notifications.making import make_notice, tell
from tests.wire_server import WireServer, aws_error, hang_up, said, wire_server


@pytest.fixture
def ses(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[WireServer]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    with wire_server(said({"MessageId": "0100-ses-1"})) as server:
        settings.EMAIL_BACKEND, settings.SES_URL, settings.AWS_REGION = "common.ses.SESBackend", server.url, REGION
        settings.PUBLIC_URL, settings.SES_CONFIGURATION_SET = "https://deals.example", "alerts"
        yield server


def _send(owner: Any) -> str | None:
    tell(make_notice(owner))
    channel = channel_of("email")
    return channel.send(message_of(Delivery.objects.get(channel="email")), channel.config())


def test_a_mail_arrives_whole(owner: Any, ses: WireServer) -> None:
    assert _send(owner) == "0100-ses-1"
    (request,) = ses.requests
    assert (request.method, request.path) == ("POST", "/v2/email/outbound-emails")
    assert request.is_signed("ses", REGION)
    asked = request.json
    assert asked["Destination"]["ToAddresses"] == [owner.email] and asked["ConfigurationSetName"] == "alerts"
    mail: Any = email.message_from_bytes(base64.b64decode(asked["Content"]["Raw"]["Data"]), policy=email.policy.default)
    assert (
        mail["To"] == owner.email
        and mail["List-Unsubscribe"]
        and mail.get_body(("html",))
        and mail.get_body(("plain",))
    )


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (aws_error(400, "MessageRejected"), PermanentError, "refuses this mail"),
        (aws_error(400, "BadRequestException"), PermanentError, "refuses this mail"),
        (aws_error(429, "TooManyRequestsException"), TransientError, "too often"),
        (aws_error(400, "LimitExceededException"), TransientError, "in a day"),
        (aws_error(400, "SendingPausedException"), TransientError, "operator"),
        (aws_error(400, "MailFromDomainNotVerifiedException"), TransientError, "DEFAULT_FROM_EMAIL"),
        (aws_error(403, "AccessDeniedException"), TransientError, "keys"),
        (aws_error(500, "InternalFailure"), TransientError, "trouble"),
        (hang_up, TransientError, "broke off"),
    ],
)
def test_refusals_are_told_apart(owner: Any, ses: WireServer, answer: Any, error: type[Exception], words: str) -> None:
    ses.usual = answer
    with pytest.raises(error, match=words) as refused:
        _send(owner)
    assert "arn:" not in str(refused.value) and "secret-person" not in str(refused.value)
    assert len(ses.requests) == 1
    if words == "in a day":
        assert isinstance(refused.value, TransientError) and refused.value.retry_after == timedelta(hours=1)


def test_other_mail_goes_the_same_way(ses: WireServer) -> None:
    """Such as that which confirms an address."""
    mail = EmailMessage("Subject", "Body", "deals@example.com", ["a@example.com"])
    assert get_connection().send_messages([mail]) == 1
    ses.usual = aws_error(400, "MessageRejected")
    with pytest.raises(MailRefused):
        mail.send()
    assert get_connection(fail_silently=True).send_messages([mail]) == 0

"""Text messages and push to phones on the wire, at a server that answers as Amazon SNS does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from pydantic import ValidationError as ConfigError

from notifications.channel_actions import add_channel, change_channel
from notifications.channels.base import PermanentError, TransientError
from notifications.channels.configs import opened_config
from notifications.channels.mobile_push.channel import MobilePushChannel, MobilePushConfig
from notifications.channels.sms.channel import SmsChannel, SmsConfig
from notifications.delivery import deliver_pending
from notifications.models import Delivery, UserChannel
from tests.notifications.channels.messages import make_message
from tests.notifications.making import make_notice, tell
from tests.wire_server import Behaviour, WireServer, half_a_body, hang_up, said, wire_server

NUMBER = "+14155552671"
APPLE, GOOGLE = (
    "arn:aws:sns:eu-central-1:123456789012:app/APNS/deals",
    "arn:aws:sns:eu-central-1:123456789012:app/GCM/deals",
)
ENDPOINT = "arn:aws:sns:eu-central-1:123456789012:endpoint/GCM/deals/5e3e9847"
_SPACE = "http://sns.amazonaws.com/doc/2010-03-31/"


def result(operation: str, inner: str) -> Behaviour:
    body = (
        f'<{operation}Response xmlns="{_SPACE}"><{operation}Result>{inner}</{operation}Result>'
        f"<ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></{operation}Response>"
    )
    return said(body.encode(), 200, Content_Type="text/xml")


def refusal(status: int, code: str) -> Behaviour:
    body = (
        f'<ErrorResponse xmlns="{_SPACE}"><Error><Type>Sender</Type><Code>{code}</Code>'
        f"<Message>{code} of arn:aws:iam::123456789012:user/secret-person</Message></Error></ErrorResponse>"
    )
    return said(body.encode(), status, Content_Type="text/xml")


PUBLISHED = result("Publish", "<MessageId>m-1</MessageId>")
MADE = result("CreatePlatformEndpoint", f"<EndpointArn>{ENDPOINT}</EndpointArn>")
ENABLED = result("SetEndpointAttributes", "")


@pytest.fixture
def sns(settings: Any, monkeypatch: Any) -> Iterator[WireServer]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    settings.AWS_REGION, settings.SMS_MONTHLY_CAP, settings.PUBLIC_URL = "eu-central-1", 2, "https://deals.example"
    settings.SNS_APPLE_APPLICATION, settings.SNS_GOOGLE_APPLICATION = "", GOOGLE
    with wire_server(PUBLISHED) as server:
        settings.SNS_URL = server.url
        yield server


def forms(sns: WireServer) -> list[dict[str, str]]:
    assert all(request.is_signed("sns", "eu-central-1") for request in sns.requests)
    return [{name: value for name, (value,) in parse_qs(request.body.decode()).items()} for request in sns.requests]


def code_in(sns: WireServer) -> str:
    return forms(sns)[-1]["Message"][:6]


def confirmed(owner: Any, sns: WireServer) -> UserChannel:
    with pytest.raises(ValidationError, match="We have sent a code"):
        add_channel(owner, "sms", {"config": {"number": "+1 (415) 555-2671"}})
    return add_channel(owner, "sms", {"config": {"number": NUMBER, "code": code_in(sns)}})


def test_a_text_message_is_short_and_of_characters_that_every_phone_has(sns: WireServer, settings: Any) -> None:
    settings.SMS_SENDER_ID = "Deals"
    assert SmsChannel().send(make_message(), SmsConfig(number=NUMBER)) == "m-1"
    (form,) = forms(sns)
    assert (form["Action"], form["PhoneNumber"]) == ("Publish", NUMBER)
    assert form["Message"] == "Sony XM5 for $228, worth about $310 ($264-$356). https://deals.example/m/open-1/"
    attributes = {
        form[f"MessageAttributes.entry.{n}.Name"]: form[f"MessageAttributes.entry.{n}.Value.StringValue"]
        for n in (1, 2)
    }
    assert attributes == {"AWS.SNS.SMS.SMSType": "Transactional", "AWS.SNS.SMS.SenderID": "Deals"}


@pytest.mark.parametrize(
    "number", ["", "415 555 2671", "+1 415 555", "+1 900 555 1234", "+44 9098 790000", "call me", "+1415555267x"]
)
def test_what_is_no_number_or_costs_its_sender_is_refused(number: str) -> None:
    with pytest.raises(ConfigError):
        SmsConfig(number=number)


def test_a_number_counts_when_its_code_has_come_back(owner: Any, stranger: Any, sns: WireServer) -> None:
    row = confirmed(owner, sns)
    assert row.config == {"number": NUMBER, "code": "", "confirmed": NUMBER}
    code = code_in(sns)
    with pytest.raises(ValidationError, match="not the code"):
        add_channel(stranger, "sms", {"config": {"number": NUMBER, "code": code, "confirmed": NUMBER}})
    with pytest.raises(ValidationError, match="not the code"):
        add_channel(owner, "sms", {"config": {"number": NUMBER, "code": code}})  # it is used up
    change_channel(row, {"config": {"number": NUMBER}, "name": "Mobile"})
    assert len(sns.requests) == 1, "the same number needs no other code"
    with pytest.raises(ValidationError, match="We have sent a code"):
        change_channel(row, {"config": {"number": "+14155552672"}})
    for _ in range(6):
        with pytest.raises(ValidationError):
            change_channel(row, {"config": {"number": "+14155552672", "code": "000000"}})
    with pytest.raises(ValidationError, match="not the code"):
        change_channel(row, {"config": {"number": "+14155552672", "code": code_in(sns)}})  # guessed at too often


def test_codes_are_sent_so_often_in_a_day(owner: Any, sns: WireServer) -> None:
    for _ in range(5):
        with pytest.raises(ValidationError, match="We have sent a code"):
            add_channel(owner, "sms", {"config": {"number": NUMBER}})
    with pytest.raises(ValidationError, match="5 codes today"):
        add_channel(owner, "sms", {"config": {"number": NUMBER}})
    assert len(sns.requests) == 5


def test_a_month_has_only_so_many_text_messages(owner: Any, sns: WireServer) -> None:
    row = confirmed(owner, sns)
    tell(*[make_notice(owner, channels=["sms"]) for _ in range(3)])
    deliver_pending(threads=0)
    rows = Delivery.objects.filter(channel="sms").order_by("state")
    assert [each.state for each in rows] == ["sent", "sent", "withheld"]
    assert rows[2].error.startswith("Not sent: you may have 2 text messages in a month")
    rows.filter(state="sent").update(sent_at=timezone.now() - timedelta(days=32))
    assert SmsChannel().obstacle(row) == ""
    config = opened_config(SmsChannel(), row.config)
    for _ in range(3):
        SmsChannel().send(make_message(is_test=True), config)
    with pytest.raises(PermanentError, match="3 tests in a day"):
        SmsChannel().send(make_message(is_test=True), config)


def test_text_messages_are_off_until_an_operator_allows_them(owner: Any, sns: WireServer, settings: Any) -> None:
    settings.SMS_MONTHLY_CAP = 0
    with pytest.raises(ValidationError, match="SMS_MONTHLY_CAP"):
        add_channel(owner, "sms", {"config": {"number": NUMBER}})
    settings.SNS_GOOGLE_APPLICATION = ""
    with pytest.raises(ValidationError, match="SNS_GOOGLE_APPLICATION"):
        add_channel(owner, "mobile_push", {"config": {"platform": "android", "token": "t" * 40}})
    assert not sns.requests


@pytest.mark.parametrize(
    ("behaviour", "error", "gone"),
    [(refusal(400, "EndpointDisabled"), PermanentError, True), (refusal(404, "NotFound"), PermanentError, True),
     (refusal(400, "InvalidParameter"), PermanentError, False), (refusal(400, "PlatformApplicationDisabled"), TransientError, None),
     (refusal(403, "AuthorizationError"), TransientError, None), (refusal(429, "Throttled"), TransientError, None),
     (refusal(500, "InternalError"), TransientError, None), (hang_up, TransientError, None), (half_a_body, TransientError, None)],
)  # fmt: skip
def test_what_sns_refuses(sns: WireServer, behaviour: Behaviour, error: Any, gone: bool | None) -> None:
    sns.next = [behaviour]
    with pytest.raises(error) as raised:
        MobilePushChannel().send(
            make_message(), MobilePushConfig(platform="android", token="t" * 40, endpoint=ENDPOINT)
        )
    assert getattr(raised.value, "gone", None) == gone and "secret-person" not in str(raised.value)
    assert len(sns.requests) == 1


def test_an_android_phone_is_registered_and_told(owner: Any, sns: WireServer) -> None:
    sns.next = [MADE, ENABLED]
    row = add_channel(
        owner, "mobile_push", {"config": {"platform": "android", "token": "token:" + "t" * 40, "endpoint": "x"}}
    )
    assert row.config["endpoint"] == ENDPOINT and "t" * 40 not in str(row.config)
    MobilePushChannel().send(make_message(), opened_config(MobilePushChannel(), row.config))
    made, enabled, published = forms(sns)
    assert (made["Action"], made["PlatformApplicationArn"], made["Token"]) == (
        "CreatePlatformEndpoint",
        GOOGLE,
        "token:" + "t" * 40,
    )
    assert (enabled["Action"], enabled["EndpointArn"]) == ("SetEndpointAttributes", ENDPOINT)
    stated = {enabled[f"Attributes.entry.{n}.key"]: enabled[f"Attributes.entry.{n}.value"] for n in (1, 2)}
    assert stated == {"Token": "token:" + "t" * 40, "Enabled": "true"}
    assert (published["TargetArn"], published["MessageStructure"]) == (ENDPOINT, "json")
    payloads = json.loads(published["Message"])
    message = json.loads(payloads["GCM"])["fcmV1Message"]["message"]
    assert message["notification"]["title"] == "Sony <XM5> & case for $228.00"
    assert message["data"]["url"] == "https://deals.example/m/open-1/"
    assert message["android"]["notification"]["tag"] == str(make_message().id)
    assert set(payloads) == {"default", "GCM"} and all(isinstance(value, str) for value in message["data"].values())


@pytest.mark.parametrize("service", ["APNS", "APNS_SANDBOX"])
def test_an_apple_phone_is_told(sns: WireServer, service: str) -> None:
    endpoint = ENDPOINT.replace("/GCM/", f"/{service}/")
    MobilePushChannel().send(make_message(), MobilePushConfig(token="t" * 64, endpoint=endpoint))
    (form,) = forms(sns)
    payload = json.loads(json.loads(form["Message"])[service])
    assert payload["aps"]["alert"]["title"] == "Sony <XM5> & case for $228.00"
    assert payload["url"] == "https://deals.example/m/open-1/"
    assert f"AWS.SNS.MOBILE.{service}.TTL" in form.values()


def test_a_phone_belongs_to_whoever_registered_it_last(owner: Any, stranger: Any, sns: WireServer) -> None:
    config = {"config": {"platform": "android", "token": "t" * 40}}
    sns.next = [MADE, ENABLED, MADE, ENABLED, MADE, ENABLED]
    theirs = add_channel(stranger, "mobile_push", config)
    add_channel(owner, "mobile_push", config)
    theirs.refresh_from_db()
    assert theirs.state == "disabled" and "signed in on this phone" in theirs.disabled_reason
    with pytest.raises(ValidationError, match="on your list"):
        add_channel(owner, "mobile_push", config)
    with pytest.raises(ValidationError, match="no app for such phones"):
        add_channel(owner, "mobile_push", {"config": {"platform": "apple", "token": "t" * 64}})
    sns.next = [refusal(400, "InvalidParameter")]
    with pytest.raises(ValidationError, match="does not send to this phone"):
        add_channel(owner, "mobile_push", config)


def test_a_code_that_was_sent_is_the_next_step_and_a_wrong_one_a_problem(
    owner: Any, client: Any, sns: WireServer
) -> None:
    client.force_login(owner)
    asked = client.post("/settings/channels/add/sms/", {"config_number": NUMBER}).content.decode()
    assert "<h2>One more step</h2>" in asked and "We have sent a code" in asked
    wrong = client.post(
        "/settings/channels/add/sms/", {"config_number": NUMBER, "config_code": "wrong"}
    ).content.decode()
    assert "<h2>There is a problem</h2>" in wrong and "not the code" in wrong

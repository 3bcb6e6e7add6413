"""What every registered channel keeps, whatever it speaks on the wire."""

from __future__ import annotations

import re
import subprocess
import sys
from itertools import pairwise
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from common.models import new_id
from notifications.channels.base import Channel, ChannelConfig, Message, PermanentError
from notifications.channels.configs import shown_config
from notifications.channels.registry import KINDS, channel_of
from notifications.models import UserChannel
from tests.notifications.making import make_notice


@pytest.fixture
def message(owner: Any) -> Message:
    notice = make_notice(owner)
    return Message(
        id=new_id(),
        notification_id=new_id(),
        user_id=owner.pk,
        address=owner.email,
        name="",
        time_zone="UTC",
        title=notice.title,
        body=notice.body,
        reason_text=notice.reason_text,
        data=notice.data,
        created_at=timezone.now(),
    )


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_what_it_is_registered_as(kind: str) -> None:
    channel = channel_of(kind)
    assert isinstance(channel, Channel)
    assert channel.kind == kind and re.fullmatch(r"[a-z_]+", kind)
    assert channel.label and channel.label[0].isupper()
    assert channel_of(kind) is channel


@pytest.mark.parametrize("kind", KINDS)
def test_it_says_what_it_is_for_and_what_it_wants(kind: str) -> None:
    channel = channel_of(kind)
    assert channel.help.endswith(".")
    assert issubclass(channel.config, ChannelConfig) and channel.config.secrets <= set(channel.config.model_fields)
    for name, field in channel.config.model_fields.items():
        assert field.title and field.description, f"{name} is a field of a form"


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_kept_secret_is_no_part_of_what_is_ours_alone(kind: str) -> None:
    config = channel_of(kind).config
    assert config.ours | config.by_page <= set(config.model_fields) and not config.ours & config.by_page
    for name in config.ours:
        assert not config.model_fields[name].is_required(), "nobody states it"
    row = UserChannel(kind=kind, config=dict.fromkeys(config.model_fields, "x"))
    assert set(shown_config(row)) == set(config.model_fields) - config.ours
    assert {name for name, value in shown_config(row).items() if value == "set"} == config.secrets - config.ours


@pytest.mark.parametrize("kind", [kind for kind in KINDS if channel_of(kind).addable])
def test_its_waits_grow_and_end_and_its_service_has_a_short_name(kind: str) -> None:
    channel = channel_of(kind)
    waits = [channel.wait_after(tries) for tries in range(1, 15)]
    asked = [wait for wait in waits if wait is not None]
    assert asked and waits[len(asked) :] == [None] * (14 - len(asked)), "fewer than the claims that a delivery has"
    assert all(2 * later >= sooner for sooner, later in pairwise(asked))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if channel_of(kind).addable])
def test_its_page_says_how_it_is_set_up_in_three_steps(kind: str, owner: Any, signed_in: Any, settings: Any) -> None:
    settings.AWS_REGION, settings.SMS_MONTHLY_CAP, settings.SNS_APPLE_APPLICATION = "eu-central-1", 5, "arn"
    page = signed_in(owner).get(f"/settings/channels/add/{kind}/").content.decode()
    steps = re.search(r'<ol class="small">(.+?)</ol>', page, re.S)
    assert steps is not None and steps[1].count("<li>") == 3
    for name in channel_of(kind).config.secrets - channel_of(kind).config.ours - channel_of(kind).config.by_page:
        assert re.search(rf'<input type="password" name="config_{name}"', page), (
            "a secret is not shown while it is typed"
        )
    for name in channel_of(kind).config.ours:
        assert f"config_{name}" not in page


# Those that need no service; the others say in their own tests what they do on the wire.
@pytest.mark.parametrize("kind", ["in_app", "email"])
def test_it_takes_a_message(kind: str, message: Message) -> None:
    with transaction.atomic():
        assert channel_of(kind).send(message, channel_of(kind).config()) is None


@pytest.mark.parametrize("kind", ["in_app", "email"])
def test_it_takes_a_message_of_a_deal_whose_worth_is_unknown(kind: str, message: Message) -> None:
    for name in ("worth", "low", "high", "discount", "discount_percent", "score", "list_price", "target"):
        message.data[name] = None
    with transaction.atomic():
        channel_of(kind).send(message, channel_of(kind).config())


@pytest.mark.parametrize("kind", [kind for kind in KINDS if channel_of(kind).writes_here])
@pytest.mark.django_db
def test_what_is_written_here_is_undone_with_its_transaction(kind: str, message: Message) -> None:
    from common.models import OutboxEvent

    with transaction.atomic():
        channel_of(kind).send(message, channel_of(kind).config())
        assert OutboxEvent.objects.count() == 1
        transaction.set_rollback(True)
    # The test's own transaction stands around this one, so only the inner one is undone.
    assert OutboxEvent.objects.count() == 0


def test_an_unknown_kind_is_a_permanent_error() -> None:
    with pytest.raises(PermanentError, match="no channel called “pigeon”"):
        channel_of("pigeon")


def test_the_registry_imports_no_channel_before_it_is_used() -> None:
    code = (
        "import sys, notifications.channels.registry as r\n"
        "assert not [m for m in sys.modules if m.startswith('notifications.channels.') and m.count('.') > 2 or m.endswith('in_app')]"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)

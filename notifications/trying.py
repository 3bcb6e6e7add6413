"""Trying a channel out: one message, sent once and at once, and what its service says of it."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass

from django.utils import timezone

from common.models import new_id
from common.retries import sentence_of
from notifications.channel_actions import note_failure, note_success
from notifications.channels.base import DeliveryError, Message
from notifications.channels.configs import opened_config
from notifications.channels.registry import channel_of
from notifications.models import UserChannel

log = logging.getLogger(__name__)

PATH = "/settings/channels/"
_TITLE = "A test from Deal Finder"
_BODY = "This channel works. Alerts about your goals will look like this."


@dataclass(frozen=True, slots=True)
class Tried:
    """Whether its service took the message, and the answer in a sentence."""

    sent: bool
    sentence: str


def try_channel(row: UserChannel) -> Tried:
    """Send one message over a channel, paused and disabled ones too, and write down how that went. Nothing is tried again.

    Raises nothing: what goes wrong is in the answer.
    """
    began = time.monotonic()
    try:
        channel = channel_of(row.kind)
        config = opened_config(channel, row.config)
        if obstacle := channel.obstacle(row):
            return Tried(False, obstacle)
        channel.send(_message(row), config)
    except DeliveryError as error:
        note_failure(row, sentence_of(error))
        return Tried(False, sentence_of(error))
    except Exception:
        log.exception("A test of channel %s failed unexpectedly", row.pk)
        note_failure(row, "It failed unexpectedly; the operators’ log says more.")
        return Tried(False, "It failed unexpectedly; the operators’ log says more.")
    note_success(row)
    return Tried(True, f"{channel.label} took it after {time.monotonic() - began:.1f} s. Look whether it has arrived.")


def _message(row: UserChannel) -> Message:
    user = row.user
    preferences = getattr(user, "preferences", None)
    return Message(
        id=new_id(),
        notification_id=new_id(),
        user_id=user.pk,
        address=user.email,
        name=user.name,
        time_zone=preferences.time_zone if preferences else "UTC",
        title=_TITLE,
        body=_BODY,
        short=f"{_TITLE}. {_BODY}",
        reason_text="You asked for it on the page of your channels.",
        data={"kind": "test", "url": PATH},
        created_at=timezone.now(),
        is_test=True,
    )

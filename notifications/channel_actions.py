"""Writes of channels: users make, change, pause, try out and remove theirs; services that refuse for good disable them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.actions.preferences import update_preferences
from accounts.models import User
from accounts.selectors import preferences_of
from common.text import one_line
from notifications.channels.base import Channel, PermanentError
from notifications.channels.configs import checked_config, opened_config, stored_config
from notifications.channels.registry import channel_of
from notifications.digests import reschedule
from notifications.models import Delivery, DeliveryState, UserChannel
from notifications.models.delivery import EMAIL
from notifications.routing import make_mail_channels

MOST_CHANNELS: Final = 20
"""For each user."""
REFUSALS: Final = 3
"""So many refusals for good in a row disable a channel; where its target is gone, one does."""
_FIELDS: Final = frozenset({"name", "pace", "pace_hour", "pace_weekday", "daily_cap", "breaks_quiet"})


def ensure_mail_channel(user: User) -> None:
    """Make the channel of the account's own mail, where it is missing."""
    if not UserChannel.objects.filter(user=user, kind=EMAIL).exists():
        make_mail_channels([user.pk])


def add_channel(user: User, kind: str, fields: Mapping[str, Any]) -> UserChannel:
    """Make a channel of a kind. `fields` are those of `UserChannel` that are stated, `config` in the clear.

    Raises `ValidationError` by field, settings as `config.NAME`.
    """
    channel = _kind(kind)
    if not channel.addable:
        raise ValidationError({"kind": [f"{channel.label} is there already, and cannot be added."]})
    if sentence := channel.missing():
        raise ValidationError({"kind": [sentence]})
    with transaction.atomic():
        # The user's row is the lock that keeps two requests from adding the last one each.
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if UserChannel.objects.filter(user=user).count() >= MOST_CHANNELS:
            raise ValidationError({"kind": [f"You have {MOST_CHANNELS} channels; remove one first."]})
        row = UserChannel(user=user, kind=channel.kind, is_enabled=fields.get("is_enabled", True))
        _set(row, channel, {"config": {}, **fields})
        row.save()
    return row


def change_channel(row: UserChannel, fields: Mapping[str, Any]) -> UserChannel:
    """Change what is stated. A `config` is whole, but for secrets: those that are left out stay.

    New settings let a channel that was disabled speak again. Raises `ValidationError` by field.
    """
    with transaction.atomic():
        row = UserChannel.objects.select_for_update(no_key=True).get(pk=row.pk)
        _set(row, _kind(row.kind), fields)
        if "config" in fields and row.disabled_reason:
            _enable(row)
        row.save()
        if _FIELDS & set(fields):
            reschedule(row.user)
        if "is_enabled" in fields:
            (resume_channel if fields["is_enabled"] else pause_channel)(row)
    return row


def pause_channel(row: UserChannel) -> None:
    """Send nothing over it until its owner says so. The switch of the account's own mail is in the preferences."""
    with transaction.atomic():
        if row.kind == EMAIL:
            update_preferences(row.user, email_alerts=False)
            return
        row.is_enabled, row.disabled_reason, row.disabled_at = False, "", timezone.now()
        row.save(update_fields=["is_enabled", "disabled_reason", "disabled_at"])


def resume_channel(row: UserChannel) -> None:
    """Let it speak again, after a pause or a repair."""
    with transaction.atomic():
        if row.kind == EMAIL and not preferences_of(row.user).email_alerts:
            update_preferences(row.user, email_alerts=True)
        _enable(row)
        row.save(update_fields=["is_enabled", "disabled_reason", "disabled_at", "failures"])


def remove_channel(row: UserChannel) -> None:
    """Forget a channel with its secrets. What waits for it is not sent; what was sent stays on record.

    Raises `ValidationError` for the account's own mail, which can be paused.
    """
    if not is_removable(row):
        raise ValidationError("This channel belongs to your account. You can pause it.")
    with transaction.atomic():
        waiting = Delivery.objects.filter(user_channel=row, state__in=[DeliveryState.PENDING, DeliveryState.HELD])
        # What is on its way this moment ends as it ends.
        waiting = waiting.exclude(leased_until__gt=timezone.now())
        waiting.update(state=DeliveryState.WITHHELD, error="Not sent: you removed the channel.", leased_until=None)
        row.delete()


def is_removable(row: UserChannel) -> bool:
    """Whether it is of a kind that users add, or of one that there is no more."""
    try:
        return channel_of(row.kind).addable
    except PermanentError:
        return True


def note_success(row: UserChannel) -> None:
    """Its service has taken something."""
    UserChannel.objects.filter(pk=row.pk).update(last_success_at=timezone.now(), failures=0)


def note_failure(row: UserChannel, sentence: str, *, permanent: bool = False, gone: bool = False) -> bool:
    """Its service has not taken something. Returns whether that has disabled the channel now; in the caller's transaction.

    It is disabled at once where its target is gone, and by `REFUSALS` refusals for good without a success between them.
    """
    now = timezone.now()
    mine = UserChannel.objects.filter(pk=row.pk)
    mine.update(last_error=sentence, last_error_at=now, failures=F("failures") + (1 if permanent else 0))
    if not permanent:
        return False
    over = mine.filter(is_enabled=True) if gone else mine.filter(is_enabled=True, failures__gte=REFUSALS)
    return bool(over.update(is_enabled=False, disabled_reason=sentence, disabled_at=now))


def _set(row: UserChannel, channel: Channel, fields: Mapping[str, Any]) -> None:
    for name in _FIELDS & set(fields):
        setattr(row, name, fields[name])
    row.name = one_line(row.name)
    if "config" in fields:
        config = channel.completed(
            checked_config(channel, fields["config"], row.config), row.user, _known(row, channel)
        )
        row.config = stored_config(config)
        row.service = channel.breaker_name(config)[:200]
    row.full_clean(exclude=["user", "config"])


def _known(row: UserChannel, channel: Channel) -> Any:
    try:
        return opened_config(channel, row.config) if row.config else None
    except PermanentError:
        return None


def _enable(row: UserChannel) -> None:
    row.is_enabled, row.disabled_reason, row.disabled_at, row.failures = True, "", None, 0


def _kind(name: str) -> Channel:
    try:
        return channel_of(name)
    except PermanentError as error:
        raise ValidationError({"kind": [str(error)]}) from error

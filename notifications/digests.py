"""What was held goes out when its time comes: several messages of one channel as one digest, a single one as itself.

The members of a digest stay held and name its one delivery (`bundle`); they become what that one becomes. The digest is a notification
of its own, which no inbox shows: its members stand there already.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from accounts.selectors import languages_of
from common.enqueue import wake_after_commit
from common.speech import Language, speaking
from common.text import one_line, shortened
from deals.life import why_over
from notifications.channels.base import SHORT
from notifications.models import Delivery, DeliveryState, Notification, NotificationState, Pace, UserChannel
from notifications.quiet import clock_words, held_until
from notifications.routing import HIGHEST_PRIORITY, Limits, Reader, readers_of, when
from notifications.wishes import ABOUT_US, sentences_against, subject_of

log = logging.getLogger(__name__)

REASON: Final = "digest"
MOST_ITEMS: Final = 50
"""In one digest, the best of them; the others are counted, and stand in the inbox."""
LONGEST_ROUND: Final = timedelta(seconds=25)
"""The next one goes on."""
_CHANNELS_AT_ONCE: Final = 500
_URL: Final = "/alerts/"
_ALONE: Final = ABOUT_US | {REASON}
"""What goes out as itself always; a digest that was held again, because its turn came late, is not put into another one."""


def release_held(longest: timedelta = LONGEST_ROUND) -> int:
    """Let out what was held until now, for so long at most; returns how many messages that are.

    Each channel is one transaction of one worker: several may be at it, and one that is killed leaves nothing half done.
    """
    _forget_removed()
    ends = time.monotonic() + longest.total_seconds()
    released, last = 0, uuid.UUID(int=0)
    while channels := _due_channels(last):
        for channel_id in channels:
            if time.monotonic() > ends:
                return released
            released += _release_one(channel_id)
        last = channels[-1]
    return released


def _due_channels(after: uuid.UUID) -> list[uuid.UUID]:
    """The next channels for which something is due, in the order of their ids."""
    due = _due(timezone.now()).filter(user_channel__gt=after).order_by("user_channel")
    return list(due.values_list("user_channel", flat=True).distinct()[:_CHANNELS_AT_ONCE])


def _release_one(channel_id: uuid.UUID) -> int:
    try:
        with transaction.atomic():
            return _release(channel_id) if _is_mine(channel_id) else 0
    except (OperationalError, InterfaceError):
        raise
    except Exception:  # it stays held, and never stops the others
        log.exception("What is held for channel %s could not be let out", channel_id)
        return 0


def reschedule(user: User) -> None:
    """Judge anew until when what is held for this user waits: they have changed what they want. In the caller's transaction."""
    now, reader = timezone.now(), readers_of([user.pk])[user.pk]
    held = Delivery.objects.filter(notification__user=user, state=DeliveryState.HELD, bundle__isnull=True)
    for delivery in held.select_related("user_channel", "notification__goal").select_for_update(of=("self",)):
        goal, channel = delivery.notification.goal, delivery.user_channel
        if channel is None:
            continue
        is_urgent = goal is not None and goal.priority == HIGHEST_PRIORITY
        decision = when(
            reader, channel, now, is_urgent=is_urgent, in_digests=delivery.notification.reason not in _ALONE
        )
        delivery.held_until = decision.held_until or now
        delivery.error = decision.sentence or "It goes out in a moment."
        delivery.save(update_fields=["held_until", "error"])
    wake_after_commit("notify.held")


def _due(now: datetime) -> Any:
    held = Delivery.objects.filter(state=DeliveryState.HELD, bundle__isnull=True, held_until__lte=now)
    return held.filter(user_channel__isnull=False)


def _forget_removed() -> None:
    """What a channel that was removed this moment has left behind."""
    Delivery.objects.filter(state=DeliveryState.HELD, bundle__isnull=True, user_channel__isnull=True).update(
        state=DeliveryState.WITHHELD, error="Not sent: you removed the channel."
    )


def _is_mine(channel_id: uuid.UUID) -> bool:
    """Whether nobody else lets out what is held for this channel; nobody begins until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"digest:{channel_id}"])
        return bool(cursor.fetchone()[0])


def _release(channel_id: uuid.UUID) -> int:
    now = timezone.now()
    held = list(
        _due(now)
        .filter(user_channel=channel_id)
        .select_related("user_channel", "notification__deal", "notification__user")
        .defer("notification__deal__search", "notification__deal__description")
        .order_by("pk")
        .select_for_update(of=("self",))
    )
    if not held:
        return 0
    channel, user_id = held[0].user_channel, held[0].notification.user_id
    assert channel is not None
    reader = readers_of([user_id])[user_id]
    if _hold_on(held, reader, channel, now):
        return 0
    alone = [each for each in held if each.notification.reason in _ALONE]
    deals = _still_wanted([each for each in held if each.notification.reason not in _ALONE], now)
    deals = _within_limits(deals, reader, channel, now)
    if len(deals) > 1:
        _bundle(deals, channel, now)
        _let_out(alone)
    else:
        _let_out(alone + deals)
    released = len(alone) + bool(deals)
    if released:
        wake_after_commit("notify.pending")
    return released


def _hold_on(held: Sequence[Delivery], reader: Reader, channel: UserChannel, now: datetime) -> bool:
    """Hold on until the quiet hours end, where it became so late that they have begun; whether they have."""
    until = None if channel.breaks_quiet else held_until(now, reader.zone, reader.quiet)
    if until is None:
        return False
    sentence = f"Held until {clock_words(until, now, reader.zone)}: your quiet hours."
    Delivery.objects.filter(pk__in=[each.pk for each in held]).update(held_until=until, error=sentence)
    return True


def _still_wanted(held: Sequence[Delivery], now: datetime) -> list[Delivery]:
    """Withhold what is over by now, or what its reader has snoozed or muted since; the rest is returned."""
    wanted = []
    against = sentences_against([subject_of(each.notification) for each in held], now)
    for delivery, sentence in zip(held, against, strict=True):
        deal = delivery.notification.deal
        if deal is not None and (word := why_over(deal, now)):
            # Its turn has come, and counts as a try: it goes out after all if the same offer returns.
            _withhold([delivery], f"Not sent: the deal was over before it could go out ({word.lower()}).", attempts=1)
        elif sentence:
            _withhold([delivery], sentence)
        else:
            wanted.append(delivery)
    return wanted


def _within_limits(deals: Sequence[Delivery], reader: Reader, channel: UserChannel, now: datetime) -> list[Delivery]:
    """Count what goes out, a digest as one message, or withhold all of it where the limit of the day is reached."""
    if not deals:
        return []
    limits = Limits.of([(reader, channel)], now)
    refused = limits.take(reader, [channel], now)
    limits.close()
    if refused:
        _withhold(deals, refused[channel.pk])
        return []
    return list(deals)


def _withhold(deliveries: Sequence[Delivery], sentence: str, attempts: int = 0) -> None:
    Delivery.objects.filter(pk__in=[each.pk for each in deliveries]).update(
        state=DeliveryState.WITHHELD, held_until=None, error=sentence, attempts=attempts
    )
    # A notification of which nothing is on its way any more ends with the last of its deliveries.
    on_its_way = (DeliveryState.PENDING, DeliveryState.HELD, DeliveryState.SENT)
    told = Notification.objects.filter(
        pk__in=[each.notification_id for each in deliveries], state=NotificationState.PENDING
    )
    told.exclude(deliveries__state__in=on_its_way).update(state=NotificationState.SUPPRESSED, state_text=sentence[:300])


def _let_out(deliveries: Sequence[Delivery]) -> None:
    """Send each as itself."""
    Delivery.objects.filter(pk__in=[each.pk for each in deliveries]).update(
        state=DeliveryState.PENDING, held_until=None, error=""
    )


def _bundle(deliveries: Sequence[Delivery], channel: UserChannel, now: datetime) -> None:
    """Write the digest of these, and its one delivery, which they name."""
    told = sorted((each.notification for each in deliveries), key=_best_first)
    headlines = [one_line(one.title) for one in told]
    user_id, count = told[0].user_id, len(told)
    with speaking(languages_of([user_id]).get(user_id, Language.ENGLISH)):
        title, why = ngettext("{count} deal for you", "{count} deals for you", count).format(count=count), _why(channel)
        if all(one.goal_id is not None for one in told):
            title = ngettext("{count} deal for your goals", "{count} deals for your goals", count).format(count=count)
    digest = Notification.objects.create(
        user_id=user_id,
        reason=REASON,
        reason_text=why,
        title=title,
        body="\n".join(headlines[:MOST_ITEMS]),
        text={"short": shortened(f"{title}: {', '.join(headlines)}", SHORT - 1)},
        data={
            "kind": REASON,
            "items": [_item(one) for one in told[:MOST_ITEMS]],
            "more": max(0, len(told) - MOST_ITEMS),
            "since": min(one.created_at for one in told).isoformat(),
            "until": now.isoformat(),
            "url": _URL,
        },
        state=NotificationState.PENDING,
        created_at=now,
        read_at=now,
    )
    delivery = Delivery.over(digest, channel, created_at=now)
    delivery.save(force_insert=True)
    Delivery.objects.filter(pk__in=[each.pk for each in deliveries]).update(bundle=delivery)


def _best_first(notification: Notification) -> tuple[float, datetime]:
    score = notification.data.get("score")
    return (-score if isinstance(score, int | float) else 1.0, notification.created_at)


def _item(notification: Notification) -> dict[str, Any]:
    return {
        **notification.data,
        "id": str(notification.pk),
        "headline": notification.title,
        "body": notification.body,
        "reason_text": notification.reason_text,
        "created_at": notification.created_at.isoformat(),
    }


def _why(channel: UserChannel) -> str:
    return {
        Pace.HOURLY: _("You asked for one message an hour over this channel."),
        Pace.DAILY: _("You asked for one message a day over this channel."),
        Pace.WEEKLY: _("You asked for one message a week over this channel."),
    }.get(Pace(channel.pace), _("They came in your quiet hours, and were held until these ended."))

"""What was held goes out when its time comes: several messages of one channel as one digest, a single one as itself.

The members of a digest stay held and name its one delivery (`bundle`); they become what that one becomes. The digest is a notification
of its own, which no inbox shows: its members stand there already.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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
_TOGETHER: Final = 100
"""Channels in one transaction."""
_URL: Final = "/alerts/"
_ALONE: Final = ABOUT_US | {REASON}
"""What goes out as itself always; a digest that was held again, because its turn came late, is not put into another one."""


def release_held(longest: timedelta = LONGEST_ROUND) -> int:
    """Let out what was held until now, for so long at most; returns how many messages that are.

    Some channels at a time are one transaction of one worker: several may be at it, and one that is killed leaves nothing half done.
    """
    _forget_removed()
    ends = time.monotonic() + longest.total_seconds()
    released, last = 0, uuid.UUID(int=0)
    while channels := _due_channels(last):
        for first in range(0, len(channels), _TOGETHER):
            if time.monotonic() > ends:
                return released
            released += _release_some(channels[first : first + _TOGETHER])
        last = channels[-1]
    return released


def _due_channels(after: uuid.UUID) -> list[uuid.UUID]:
    """The next channels for which something is due, in the order of their ids."""
    due = _due(timezone.now()).filter(user_channel__gt=after).order_by("user_channel")
    return list(due.values_list("user_channel", flat=True).distinct()[:_CHANNELS_AT_ONCE])


def _release_some(channels: Sequence[uuid.UUID]) -> int:
    """Let out what is due for these channels together, or one by one where something is wrong with one of them."""
    try:
        with transaction.atomic():
            return _release(_mine(channels))
    except (OperationalError, InterfaceError):
        raise
    except Exception:  # it stays held, and never stops the others
        if len(channels) == 1:
            log.exception("What is held for channel %s could not be let out", channels[0])
            return 0
        log.warning("What is held for %d channels is let out one by one", len(channels))
        return sum(_release_some([channel]) for channel in channels)


def reschedule(user: User) -> None:
    """Judge anew until when what is held for this user waits: they have changed what they want. In the caller's transaction."""
    now, reader = timezone.now(), readers_of([user.pk])[user.pk]
    held = Delivery.objects.filter(notification__user=user, state=DeliveryState.HELD, bundle__isnull=True)
    for delivery in (
        held.select_related("user_channel", "notification__goal").order_by("pk").select_for_update(of=("self",))
    ):
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
    left = Delivery.objects.filter(state=DeliveryState.HELD, bundle__isnull=True, user_channel__isnull=True)
    with transaction.atomic():
        # What somebody else is at, they do, or the next round.
        locked = list(left.order_by("pk").select_for_update(skip_locked=True).values_list("pk", flat=True))
        Delivery.objects.filter(pk__in=locked).update(
            state=DeliveryState.WITHHELD, error="Not sent: you removed the channel."
        )


def _mine(channels: Sequence[uuid.UUID]) -> list[uuid.UUID]:
    """Those for which nobody else lets out what is held; nobody begins until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT id FROM unnest(%s::uuid[]) AS asked (id)
             WHERE pg_try_advisory_xact_lock(hashtextextended('digest:' || id::text, 0))
            """,
            [list(channels)],
        )
        return [channel for (channel,) in cursor.fetchall()]


@dataclass(slots=True)
class _Parcel:
    """What is due for one channel: what goes out as itself, and the deals that go out together."""

    channel: UserChannel
    reader: Reader
    held: list[Delivery]
    alone: list[Delivery] = field(default_factory=list)
    deals: list[Delivery] = field(default_factory=list)


def _release(channels: Sequence[uuid.UUID]) -> int:
    now = timezone.now()
    parcels = _parcels(channels, now)
    awake = [parcel for parcel in parcels if not _hold_on(parcel, now)]
    _end_untold(_keep_what_is_wanted(awake, now) | _keep_to_limits(awake, now))
    together = [parcel for parcel in awake if len(parcel.deals) > 1]
    _bundle(together, now)
    singles = [each for parcel in awake if len(parcel.deals) == 1 for each in parcel.deals]
    _let_out([*singles, *(each for parcel in awake for each in parcel.alone)])
    released = sum(len(parcel.alone) + bool(parcel.deals) for parcel in awake)
    if released:
        wake_after_commit("notify.pending")
    return released


def _parcels(channels: Sequence[uuid.UUID], now: datetime) -> list[_Parcel]:
    """What is due for each of these channels; its rows are locked."""
    held = list(
        _due(now)
        .filter(user_channel__in=channels)
        .select_related("user_channel", "notification__deal", "notification__user")
        .defer("notification__deal__description")
        .order_by("pk")
        .select_for_update(of=("self",))
    )
    readers = readers_of({each.notification.user_id for each in held})
    parcels: dict[uuid.UUID, _Parcel] = {}
    for each in held:
        channel = each.user_channel
        assert channel is not None
        parcel = parcels.setdefault(channel.pk, _Parcel(channel, readers[each.notification.user_id], []))
        parcel.held.append(each)
        (parcel.alone if each.notification.reason in _ALONE else parcel.deals).append(each)
    return list(parcels.values())


def _hold_on(parcel: _Parcel, now: datetime) -> bool:
    """Hold on until the quiet hours end, where it became so late that they have begun; whether they have."""
    reader = parcel.reader
    until = None if parcel.channel.breaks_quiet else held_until(now, reader.zone, reader.quiet)
    if until is None:
        return False
    sentence = f"Held until {clock_words(until, now, reader.zone)}: your quiet hours."
    Delivery.objects.filter(pk__in=[each.pk for each in parcel.held]).update(held_until=until, error=sentence)
    return True


def _keep_what_is_wanted(parcels: Sequence[_Parcel], now: datetime) -> dict[uuid.UUID, str]:
    """Withhold the deals that are over by now, or that their readers have snoozed or muted since; their notifications, and why."""
    deals = [each for parcel in parcels for each in parcel.deals]
    against = sentences_against([subject_of(each.notification) for each in deals], now)
    unwanted: dict[tuple[str, int], list[Delivery]] = defaultdict(list)
    for delivery, sentence in zip(deals, against, strict=True):
        deal = delivery.notification.deal
        if deal is not None and (word := why_over(deal, now)):
            # Its turn has come, and counts as a try: it goes out after all if the same offer returns.
            why = f"Not sent: the deal was over before it could go out ({word.lower()})."
            unwanted[why, 1].append(delivery)
        elif sentence:
            unwanted[sentence, 0].append(delivery)
    withheld: dict[uuid.UUID, str] = {}
    for (sentence, attempts), deliveries in unwanted.items():
        withheld |= _withhold(deliveries, sentence, attempts)
    gone = {each.pk for deliveries in unwanted.values() for each in deliveries}
    for parcel in parcels:
        parcel.deals = [each for each in parcel.deals if each.pk not in gone]
    return withheld


def _keep_to_limits(parcels: Sequence[_Parcel], now: datetime) -> dict[uuid.UUID, str]:
    """Count what goes out, a digest as one message, or withhold all of it where the limit of the day is reached; those
    notifications, and why."""
    withheld: dict[uuid.UUID, str] = {}
    counted = [parcel for parcel in parcels if parcel.deals]
    limits = Limits.of([(parcel.reader, parcel.channel) for parcel in counted], now)
    for parcel in counted:
        refused = limits.take(parcel.reader, [parcel.channel], now)
        if refused:
            withheld |= _withhold(parcel.deals, refused[parcel.channel.pk])
            parcel.deals = []
    limits.close()
    return withheld


def _withhold(deliveries: Sequence[Delivery], sentence: str, attempts: int = 0) -> dict[uuid.UUID, str]:
    """Put these aside, and say so of each of their notifications."""
    Delivery.objects.filter(pk__in=[each.pk for each in deliveries]).update(
        state=DeliveryState.WITHHELD, held_until=None, error=sentence, attempts=attempts
    )
    return {each.notification_id: sentence for each in deliveries}


def _end_untold(withheld: Mapping[uuid.UUID, str]) -> None:
    """A notification of which nothing is on its way any more ends with the last of its deliveries.

    All are locked at once and in order: another round, and whoever delivers, may be at the same ones over other channels.
    """
    told = Notification.objects.filter(pk__in=withheld, state=NotificationState.PENDING).order_by("pk")
    locked = list(told.select_for_update(no_key=True).values_list("pk", flat=True))
    on_its_way = (DeliveryState.PENDING, DeliveryState.HELD, DeliveryState.SENT)
    by_sentence: dict[str, list[uuid.UUID]] = defaultdict(list)
    for pk in locked:
        by_sentence[withheld[pk]].append(pk)
    for sentence, ids in by_sentence.items():
        ended = Notification.objects.filter(pk__in=ids).exclude(deliveries__state__in=on_its_way)
        ended.update(state=NotificationState.SUPPRESSED, state_text=sentence[:300])


def _let_out(deliveries: Sequence[Delivery]) -> None:
    """Send each as itself."""
    Delivery.objects.filter(pk__in=[each.pk for each in deliveries]).update(
        state=DeliveryState.PENDING, held_until=None, error=""
    )


def _bundle(parcels: Sequence[_Parcel], now: datetime) -> None:
    """Write the digest of each of these, and its one delivery, which their members name."""
    if not parcels:
        return
    languages = languages_of({parcel.reader.user_id for parcel in parcels})
    digests = [_digest(parcel, languages.get(parcel.reader.user_id, Language.ENGLISH), now) for parcel in parcels]
    deliveries = [
        Delivery.over(digest, parcel.channel, created_at=now) for digest, parcel in zip(digests, parcels, strict=True)
    ]
    Notification.objects.bulk_create(digests)
    Delivery.objects.bulk_create(deliveries)
    members = [
        (each.pk, delivery.pk) for delivery, parcel in zip(deliveries, parcels, strict=True) for each in parcel.deals
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE notifications_delivery AS delivery SET bundle_id = made.bundle
              FROM unnest(%s::uuid[], %s::uuid[]) AS made (id, bundle) WHERE delivery.id = made.id
            """,
            [[member for member, _ in members], [bundle for _, bundle in members]],
        )


def _digest(parcel: _Parcel, language: str, now: datetime) -> Notification:
    told = sorted((each.notification for each in parcel.deals), key=_best_first)
    headlines, count = [one_line(one.title) for one in told], len(told)
    with speaking(language):
        title = ngettext("{count} deal for you", "{count} deals for you", count).format(count=count)
        if all(one.goal_id is not None for one in told):
            title = ngettext("{count} deal for your goals", "{count} deals for your goals", count).format(count=count)
        why = _why(parcel.channel)
    return Notification(
        user_id=parcel.reader.user_id,
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

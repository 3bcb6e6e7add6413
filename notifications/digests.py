"""What was held goes out when its time comes: several messages of one channel as one digest, a single one as itself.

The members of a digest stay held and name its one delivery (`bundle`); they become what that one becomes. The digest is a notification
of its own, which no inbox shows: its members stand there already.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
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
_CHANNELS_AT_ONCE: Final = 100
_URL: Final = "/alerts/"
_ALONE: Final = ABOUT_US | {REASON}
"""What goes out as itself always; a digest that was held again, because its turn came late, is not put into another one."""


def release_held(longest: timedelta = LONGEST_ROUND) -> int:
    """Let out what was held until now, for so long at most; returns how many messages that are.

    Many channels are one transaction of one worker: several may be at it, and one that is killed leaves nothing half done.
    """
    _forget_removed()
    ends = time.monotonic() + longest.total_seconds()
    released, last = 0, uuid.UUID(int=0)
    while time.monotonic() <= ends and (channels := _due_channels(last)):
        released += _release_together(channels)
        last = channels[-1]
    return released


def _due_channels(after: uuid.UUID) -> list[uuid.UUID]:
    """The next channels for which something is due, in the order of their ids."""
    due = _due(timezone.now()).filter(user_channel__gt=after).order_by("user_channel")
    return list(due.values_list("user_channel", flat=True).distinct()[:_CHANNELS_AT_ONCE])


def _release_together(channels: Sequence[uuid.UUID]) -> int:
    """Let out what is held for these channels; one by one where something is wrong with one of them."""
    try:
        with transaction.atomic():
            return _release(_not_taken(channels))
    except (OperationalError, InterfaceError):
        raise
    except Exception:  # it stays held, and never stops the others
        if len(channels) == 1:
            log.exception("What is held for channel %s could not be let out", channels[0])
            return 0
        log.warning("What is held for %d channels could not be let out together", len(channels), exc_info=True)
    return sum(_release_together([each]) for each in channels)


def reschedule(user: User) -> None:
    """Judge anew until when what is held for this user waits: they have changed what they want. In the caller's transaction."""
    now, reader = timezone.now(), readers_of([user.pk])[user.pk]
    held = Delivery.objects.filter(notification__user=user, state=DeliveryState.HELD, bundle__isnull=True)
    held = held.select_related("user_channel", "notification__goal").order_by("pk")
    for delivery in held.select_for_update(of=("self",)):
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


def reschedule_by_id(user_id: uuid.UUID) -> None:
    """The same for a user who may be gone by now, in a transaction of its own."""
    with transaction.atomic():
        user = User.objects.filter(pk=user_id).first()
        if user is not None:
            reschedule(user)


def _due(now: datetime) -> Any:
    held = Delivery.objects.filter(state=DeliveryState.HELD, bundle__isnull=True, held_until__lte=now)
    return held.filter(user_channel__isnull=False)


def _forget_removed() -> None:
    """What a channel that was removed this moment has left behind."""
    Delivery.objects.filter(state=DeliveryState.HELD, bundle__isnull=True, user_channel__isnull=True).update(
        state=DeliveryState.WITHHELD, error="Not sent: you removed the channel."
    )


def _not_taken(channels: Sequence[uuid.UUID]) -> list[uuid.UUID]:
    """Those of the channels of which nobody else lets out what is held; nobody begins until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM unnest(%s::uuid[]) AS id WHERE pg_try_advisory_xact_lock(hashtextextended('digest:' || id, 0))",
            [list(channels)],
        )
        return [pk for (pk,) in cursor.fetchall()]


@dataclass(slots=True)
class _Held:
    """What is due over one channel of a reader's."""

    channel: UserChannel
    reader: Reader
    deliveries: list[Delivery]


def _release(channels: Sequence[uuid.UUID]) -> int:
    """A number of queries that hardly grows with the channels; only a digest is written in its reader's language."""
    now = timezone.now()
    groups = [each for each in _held_of(channels, now) if not _hold_on(each, now)]
    end = _Withheld()
    alone, digests = [], []
    for group, deals in zip(groups, _within_limits(groups, _still_wanted(groups, now, end), now, end), strict=True):
        alone += [each for each in group.deliveries if each.notification.reason in _ALONE]
        if len(deals) > 1:
            digests.append(_Held(group.channel, group.reader, deals))
        else:
            alone += deals
    _bundle(digests, now)
    _let_out(alone)
    end.write()
    released = len(alone) + len(digests)
    if released:
        wake_after_commit("notify.pending")
    return released


def _held_of(channels: Sequence[uuid.UUID], now: datetime) -> list[_Held]:
    rows = (
        _due(now)
        .filter(user_channel__in=channels)
        .select_related("user_channel", "notification__deal", "notification__user")
        .defer("notification__deal__search", "notification__deal__description")
        .order_by("pk")
        .select_for_update(of=("self",))
    )
    held: dict[UserChannel, list[Delivery]] = defaultdict(list)
    for each in rows:
        assert each.user_channel is not None
        held[each.user_channel].append(each)
    readers = readers_of({channel.user_id for channel in held})
    return [_Held(channel, readers[channel.user_id], deliveries) for channel, deliveries in held.items()]


def _hold_on(held: _Held, now: datetime) -> bool:
    """Hold on until the quiet hours end, where it became so late that they have begun; whether they have."""
    reader = held.reader
    until = None if held.channel.breaks_quiet else held_until(now, reader.zone, reader.quiet)
    if until is None:
        return False
    sentence = f"Held until {clock_words(until, now, reader.zone)}: your quiet hours."
    Delivery.objects.filter(pk__in=[each.pk for each in held.deliveries]).update(held_until=until, error=sentence)
    return True


class _Withheld:
    """What is not sent after all, by its reason and how often it counts as tried."""

    def __init__(self) -> None:
        self._reasons: dict[tuple[str, int], list[Delivery]] = defaultdict(list)

    def add(self, deliveries: Sequence[Delivery], sentence: str, attempts: int = 0) -> None:
        self._reasons[sentence, attempts] += deliveries

    def write(self) -> None:
        """A notification of which nothing is on its way any more ends with the last of its deliveries."""
        told = {each.notification_id for many in self._reasons.values() for each in many}
        if not told:
            return
        # Whoever ends deliveries locks these rows in this order.
        rows = Notification.objects.filter(pk__in=told).order_by("pk")
        list(rows.select_for_update(no_key=True).values_list("pk", flat=True))
        on_its_way = (DeliveryState.PENDING, DeliveryState.HELD, DeliveryState.SENT)
        for (sentence, attempts), many in self._reasons.items():
            Delivery.objects.filter(pk__in=[each.pk for each in many]).update(
                state=DeliveryState.WITHHELD, held_until=None, error=sentence, attempts=attempts
            )
            waiting = Notification.objects.filter(
                pk__in=[each.notification_id for each in many], state=NotificationState.PENDING
            )
            waiting.exclude(deliveries__state__in=on_its_way).update(
                state=NotificationState.SUPPRESSED, state_text=sentence[:300]
            )


def _still_wanted(groups: Sequence[_Held], now: datetime, end: _Withheld) -> list[list[Delivery]]:
    """The deals of each of these, without what is over by now, and what its reader has snoozed or muted since."""
    deals = [[each for each in group.deliveries if each.notification.reason not in _ALONE] for group in groups]
    subjects = [subject_of(each.notification) for many in deals for each in many]
    against = iter(sentences_against(subjects, now))
    return [[each for each in many if _is_wanted(each, next(against), now, end)] for many in deals]


def _is_wanted(delivery: Delivery, against: str, now: datetime, end: _Withheld) -> bool:
    deal = delivery.notification.deal
    if deal is not None and (word := why_over(deal, now)):
        # Its turn has come, and counts as a try: it goes out after all if the same offer returns.
        end.add([delivery], f"Not sent: the deal was over before it could go out ({word.lower()}).", attempts=1)
        return False
    if against:
        end.add([delivery], against)
    return not against


def _within_limits(
    groups: Sequence[_Held], deals: Sequence[list[Delivery]], now: datetime, end: _Withheld
) -> list[list[Delivery]]:
    """Count what goes out, a digest as one message, or withhold all of a channel where the limit of the day is reached."""
    limits = Limits.of([(each.reader, each.channel) for each, many in zip(groups, deals, strict=True) if many], now)
    within = []
    for group, many in zip(groups, deals, strict=True):
        refused = limits.take(group.reader, [group.channel], now) if many else {}
        if refused:
            end.add(many, refused[group.channel.pk])
        within.append([] if refused else many)
    limits.close()
    return within


def _let_out(deliveries: Sequence[Delivery]) -> None:
    """Send each as itself."""
    if deliveries:
        Delivery.objects.filter(pk__in=[each.pk for each in deliveries]).update(
            state=DeliveryState.PENDING, held_until=None, error=""
        )


def _bundle(held: Sequence[_Held], now: datetime) -> None:
    """Write the digest of each of these, and its one delivery, which its members name."""
    if not held:
        return
    languages = languages_of({each.reader.user_id for each in held})
    digests = [_digest(each, languages.get(each.reader.user_id, Language.ENGLISH), now) for each in held]
    Notification.objects.bulk_create(digests)
    pairs = list(zip(held, digests, strict=True))
    own = [Delivery.over(digest, each.channel, created_at=now) for each, digest in pairs]
    Delivery.objects.bulk_create(own)
    members = [(one.pk, bundle.pk) for each, bundle in zip(held, own, strict=True) for one in each.deliveries]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE notifications_delivery AS delivery SET bundle_id = member.bundle
              FROM unnest(%s::uuid[], %s::uuid[]) AS member (id, bundle) WHERE delivery.id = member.id
            """,
            [[pk for pk, _ in members], [bundle for _, bundle in members]],
        )


def _digest(held: _Held, language: str, now: datetime) -> Notification:
    told = sorted((each.notification for each in held.deliveries), key=_best_first)
    headlines = [one_line(one.title) for one in told]
    count = len(told)
    with speaking(language):
        title, why = (
            ngettext("{count} deal for you", "{count} deals for you", count).format(count=count),
            _why(held.channel),
        )
        if all(one.goal_id is not None for one in told):
            title = ngettext("{count} deal for your goals", "{count} deals for your goals", count).format(count=count)
    return Notification(
        user_id=held.reader.user_id,
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

"""Writes of notifications: telling users of matches, and marking what they have read. Delivering is in `delivery`."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Role, User
from common.enqueue import wake_after_commit
from notifications.inbox import hand_over_after_commit
from notifications.models import Delivery, DeliveryState, Notification, NotificationState, Told
from notifications.models.delivery import IN_APP
from notifications.routing import route
from notifications.wishes import Subject, sentences_against

TOLD_WINDOW = timedelta(hours=24)
REASON_MATCH, REASON_ALARM = "match", "alarm"


@dataclass(frozen=True, slots=True)
class Notice:
    """What one user is to be told of one match, or of one price that they follow, which has neither goal nor match.

    `product_key` is the product's id, or the deal's where it has none. `reason` is why it is told, and so what counts as the same.
    `channels` are the kinds that the goal allows, all where it is empty. `held_back` is a sentence where it is decided
    already that the notice is kept but not sent. `text` are its words by class of channel, `short` and `long`, where they were written.
    """

    user_id: uuid.UUID
    goal_id: uuid.UUID | None
    deal_id: uuid.UUID | None
    match_id: uuid.UUID | None
    product_key: str
    title: str
    body: str
    reason_text: str
    data: dict[str, Any]
    channels: Sequence[str] = ()
    held_back: str = ""
    reason: str = REASON_MATCH
    text: dict[str, str] = field(default_factory=dict)

    @property
    def told_key(self) -> tuple[uuid.UUID, str]:
        return self.user_id, self.product_key

    @property
    def subject(self) -> Subject:
        merchant = str(self.data.get("merchant") or "")
        return Subject(self.user_id, self.goal_id, self.product_key, merchant, self.reason)


def notify_matches(notices: Sequence[Notice]) -> list[Notification]:
    """Write a notification for each notice, and its deliveries, in the caller's transaction. Returns them in order.

    A user is told of a product for one reason once in 24 hours. What is told already is kept as suppressed, and says so.
    Raises `RuntimeError` outside of a transaction: a notification belongs to the transaction of its match.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("A notification is written in the transaction of its match; there is none here.")
    if not notices:
        return []
    now = timezone.now()
    notices = _without_unwanted(notices, now)
    sentences: dict[int, str] = {}
    # In the order of the reasons, so that two askers take their rows in one order.
    for reason in sorted({notice.reason for notice in notices}):
        sentences |= _held_back(
            [(place, one) for place, one in enumerate(notices) if one.reason == reason], reason, now
        )
    notifications = [_notification(notice, sentences[place], now) for place, notice in enumerate(notices)]
    _write(notifications, notices)
    return notifications


def _without_unwanted(notices: Sequence[Notice], now: datetime) -> list[Notice]:
    """The same notices; those that their readers have snoozed or muted say so. That comes first: what is not told now was not told."""
    sentences = sentences_against([notice.subject for notice in notices], now)
    return [
        replace(notice, held_back=sentence) if sentence and not notice.held_back else notice
        for notice, sentence in zip(notices, sentences, strict=True)
    ]


def _held_back(notices: Sequence[tuple[int, Notice]], reason: str, now: datetime) -> dict[int, str]:
    """Why each of these notices of one reason is not sent, in a sentence; empty where it is. By its place."""
    candidates = [notice for _, notice in notices if not notice.held_back]
    granted = _may_tell({notice.told_key for notice in candidates}, reason, now)
    refused = {notice.told_key for notice in candidates} - granted
    told_before = _told_at(refused, reason)
    sentences = {}
    for place, notice in notices:
        sentence = notice.held_back
        if not sentence and notice.told_key in granted:
            granted.remove(notice.told_key)  # the next notice of this batch about the same product is a repetition
            told_before[notice.told_key] = now
        elif not sentence:
            sentence = f"Not sent: same product told {_ago(now - told_before.get(notice.told_key, now))}."
        sentences[place] = sentence
    return sentences


@dataclass(frozen=True, slots=True)
class OperatorNotice:
    """What every operator is to be told. `key` (64 characters at most) says what it is about: an operator is told of the same
    once in 24 hours. `url` is the path of the page that shows it."""

    key: str
    title: str
    body: str
    reason_text: str
    url: str


def notify_operators(notice: OperatorNotice) -> list[Notification]:
    """Write a notification for each operator, with its deliveries, in the caller's transaction.

    What an operator was told within 24 hours is kept as suppressed, and says so. Raises `RuntimeError` outside of a transaction.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("A notification is written in the transaction of its alarm; there is none here.")
    now = timezone.now()
    operators = list(User.objects.filter(role=Role.OPERATOR, is_active=True).order_by("pk"))
    granted = _may_tell({(user.pk, notice.key) for user in operators}, REASON_ALARM, now)
    told_before = _told_at({(user.pk, notice.key) for user in operators} - granted, REASON_ALARM)
    notices = [_for_operator(user, notice) for user in operators]
    sentences = [
        f"Not sent: the same alarm told {_ago(now - told_before[user.pk, notice.key])}."
        if (user.pk, notice.key) in told_before
        else ""
        for user in operators
    ]
    notifications = [_notification(one, sentence, now) for one, sentence in zip(notices, sentences, strict=True)]
    _write(notifications, notices)
    return notifications


def _for_operator(user: User, notice: OperatorNotice) -> Notice:
    return Notice(
        user_id=user.pk,
        goal_id=None,
        deal_id=None,
        match_id=None,
        product_key=notice.key,
        title=notice.title,
        body=notice.body,
        reason_text=notice.reason_text,
        data={"kind": REASON_ALARM, "url": notice.url},
        reason=REASON_ALARM,
    )


def mark_read(user: User, ids: Sequence[uuid.UUID] | None = None) -> int:
    """Mark the user's notifications as read, all unread ones where `ids` is None; returns how many. Nobody else's change."""
    unread = Notification.objects.filter(user=user, read_at__isnull=True)
    if ids is not None:
        unread = unread.filter(pk__in=ids)
    return unread.update(read_at=timezone.now())


def _may_tell(keys: set[tuple[uuid.UUID, str]], reason: str, now: datetime) -> set[tuple[uuid.UUID, str]]:
    """Take the right to tell these users of these products, and return those for which it was granted.

    One statement decides, whoever else asks at the same moment: the unique row is locked until the transaction ends,
    and a right that was taken in a transaction that fails is free again. Rows come in order, so that two askers wait
    for each other instead of dying in a deadlock.
    """
    if not keys:
        return set()
    users, products = zip(*keys, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO notifications_told (user_id, product_key, reason, told_at)
            SELECT user_id, product_key, %s, %s
              FROM unnest(%s::uuid[], %s::text[]) AS asked (user_id, product_key)
             ORDER BY user_id, product_key COLLATE "C"
            ON CONFLICT (user_id, product_key, reason) DO UPDATE SET told_at = EXCLUDED.told_at
             WHERE notifications_told.told_at <= %s
            RETURNING user_id, product_key
            """,
            [reason, now, list(users), list(products), now - TOLD_WINDOW],
        )
        return set(cursor.fetchall())


def _told_at(keys: set[tuple[uuid.UUID, str]], reason: str) -> dict[tuple[uuid.UUID, str], datetime]:
    if not keys:
        return {}
    rows = Told.objects.filter(reason=reason, user_id__in={k[0] for k in keys}, product_key__in={k[1] for k in keys})
    return {(row.user_id, row.product_key): row.told_at for row in rows}


def _ago(age: timedelta) -> str:
    minutes = int(age.total_seconds() // 60)
    if minutes < 1:
        return "just now"
    return f"{minutes} min ago" if minutes < 60 else f"{minutes // 60} h ago"


def _notification(notice: Notice, sentence: str, now: datetime) -> Notification:
    return Notification(
        user_id=notice.user_id,
        goal_id=notice.goal_id,
        deal_id=notice.deal_id,
        match_id=notice.match_id,
        reason=notice.reason,
        reason_text=notice.reason_text,
        title=notice.title,
        body=notice.body,
        data=notice.data,
        text=notice.text,
        state=NotificationState.SUPPRESSED if sentence else NotificationState.PENDING,
        state_text=sentence,
        created_at=now,
    )


def _write(notifications: Sequence[Notification], notices: Sequence[Notice]) -> None:
    """Store notifications with their deliveries, each as its reader wants it, and see to it that they are handed over."""
    waiting = [
        (one, notice)
        for one, notice in zip(notifications, notices, strict=True)
        if one.state == NotificationState.PENDING
    ]
    deliveries = route([one for one, _ in waiting], [notice for _, notice in waiting])
    Notification.objects.bulk_create(notifications)
    Delivery.objects.bulk_create(deliveries)
    hand_over_after_commit([one for one, _ in waiting])
    if any(one.state == DeliveryState.PENDING and one.channel != IN_APP for one in deliveries):
        wake_after_commit("notify.pending")

"""What links in messages do, for whoever holds one: the seal of the link is the permission."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.utils import timezone

from accounts.actions.preferences import update_preferences
from accounts.models import User
from deals.actions import record_interaction
from deals.models import Deal, InteractionKind
from notifications.channel_actions import pause_channel
from notifications.links import BrokenLink, Doing, Link
from notifications.models import Delivery, Notification
from notifications.models.delivery import EMAIL
from notifications.quiet_actions import mute_merchant, snooze

CLICK_AGAIN_AFTER: Final = timedelta(minutes=30)
_WHAT: Final = {Doing.SNOOZE_GOAL: "goal", Doing.SNOOZE_PRODUCT: "product", Doing.SNOOZE_ALL: "everything"}
_FEEDBACK: Final = {
    Doing.TOO_HIGH: InteractionKind.TOO_HIGH,
    Doing.TOO_LOW: InteractionKind.TOO_LOW,
    Doing.NOT_FOR_ME: InteractionKind.DISMISS,
    Doing.BOUGHT: InteractionKind.BOUGHT,
}


@dataclass(frozen=True, slots=True)
class Target:
    """What a link is about: a notification, and for unsubscribing the delivery over whose channel it came."""

    doing: Doing
    notification: Notification
    delivery: Delivery | None = None

    @property
    def user(self) -> User:
        return self.notification.user

    @property
    def deal(self) -> Deal | None:
        return self.notification.deal


def target_of(link: Link) -> Target:
    """What a link is about. Raises `BrokenLink` where that is gone: the account was closed, or the deal or goal with the alert deleted."""
    told = Notification.objects.select_related("user", "deal", "goal").defer("deal__description")
    if link.doing == Doing.UNSUBSCRIBE:
        delivery = Delivery.objects.select_related("user_channel").filter(pk=link.subject).first()
        notification = told.filter(pk=delivery.notification_id).first() if delivery is not None else None
        if notification is not None:
            return Target(link.doing, notification, delivery)
    else:
        notification = told.filter(pk=link.subject).first()
        if notification is not None:
            return Target(link.doing, notification)
    raise BrokenLink("What this link was about is gone.")


def note_click(target: Target) -> None:
    """Write down that the deal of a message was opened from it, once in half an hour."""
    if target.deal is None:
        return
    since = timezone.now() - CLICK_AGAIN_AFTER
    if not _did(target, InteractionKind.CLICK, since):
        record_interaction(target.user, target.deal, InteractionKind.CLICK)


def carry_out(target: Target, snoozed_for: timedelta) -> str:
    """Do what a link says, and say what was done. A second time changes nothing more. Raises `ValidationError`."""
    user, notification = target.user, target.notification
    if target.doing in _WHAT:
        snooze(user, _WHAT[target.doing], timezone.now() + snoozed_for, notification)
        return "Snoozed. Alerts about it stand under Alerts as not sent, and come again when the time is over."
    if target.doing == Doing.MUTE_MERCHANT:
        muted = mute_merchant(user, str(notification.data.get("merchant") or ""))
        return f"You are told of no deal of {muted.merchant} any more."
    if target.doing == Doing.UNSUBSCRIBE:
        return _unsubscribe(target)
    return _give_feedback(target, _FEEDBACK[target.doing])


def _unsubscribe(target: Target) -> str:
    delivery = target.delivery
    row = delivery.user_channel if delivery is not None else None
    if row is not None:
        row.user = target.user
        pause_channel(row)
    elif delivery is not None and delivery.channel == EMAIL:
        update_preferences(target.user, email_alerts=False)
    return "Done. Nothing more comes this way. Alerts still stand in your inbox here."


def _give_feedback(target: Target, kind: InteractionKind) -> str:
    if target.deal is None:
        return "That deal is gone by now; there was nothing to note."
    if not _did(target, kind, target.notification.created_at):
        record_interaction(target.user, target.deal, kind)
    if kind == InteractionKind.BOUGHT:
        return "Noted: you bought it. Goals that look for one end with it."
    if kind == InteractionKind.DISMISS:
        return "Noted. You are shown fewer like it."
    return "Noted. It goes into how we judge such things."


def _did(target: Target, kind: InteractionKind, since: object) -> bool:
    return target.user.interactions.filter(deal=target.deal, kind=kind, created_at__gte=since).exists()

"""The message that a delivery hands to its channel."""

from __future__ import annotations

from common.speech import Language
from notifications.channels.base import Message, PermanentError
from notifications.links import data_with_links, links_for
from notifications.models import Delivery
from notifications.models.delivery import IN_APP
from notifications.own_words.words import Words, our_words, words_of


def message_of(delivery: Delivery) -> Message:
    """What is sent for a delivery. Raises `PermanentError` where its reader has closed their account."""
    notification = delivery.notification
    user = notification.user
    if not user.is_active:
        raise PermanentError("The account is closed.")
    preferences = getattr(user, "preferences", None)
    language = preferences.language if preferences else Language.ENGLISH.value
    ours = our_words(notification)
    # The inbox shows what stands in the notification itself.
    words = Words(ours.short, notification.body) if delivery.channel == IN_APP else words_of(notification, language)
    return Message(
        id=delivery.pk,
        notification_id=notification.pk,
        user_id=user.pk,
        address=user.email,
        name=user.name,
        time_zone=preferences.time_zone if preferences else "UTC",
        language=language,
        title=notification.title,
        body=words.long,
        short=words.short,
        reason_text=notification.reason_text,
        data=data_with_links(notification),
        created_at=notification.created_at,
        links=links_for(delivery.pk, notification) if delivery.user_channel_id is not None else {},
    )

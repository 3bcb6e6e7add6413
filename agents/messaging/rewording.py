"""The words of messages by a language model, where MESSAGES_LANGUAGE_MODEL asks for it. Off otherwise.

A notification is written with our own words, in the transaction of its match. What goes out over services then waits for a few seconds
at most; a task asks the model, outside of any transaction, keeps its words where they are faithful to ours (`faithful`), and lets the
deliveries go. Where the model fails, is slow, over budget or untrue, ours go out; where the task is lost, the wait ends by itself.
The inbox never waits, and has our words.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from pydantic import Field

from agents.language.asking import ask
from agents.language.base import AnswerForm, LanguageModel, Question
from agents.language.framing import framed, visible
from agents.language.registry import configured_model
from agents.messaging.faithful import is_faithful
from common.enqueue import wake, wake_after_commit
from common.services import ServiceFailure
from common.speech import Language
from common.text import shortened
from notifications.channels.base import SHORT
from notifications.facts import Facts
from notifications.models import Delivery, DeliveryState, MessageTemplate, Notification, NotificationState
from notifications.models.delivery import IN_APP
from notifications.own_words.words import KINDS, kind_of

TASK: Final = "notify.reword"
PATIENCE: Final = 3.0  # seconds for all that is asked at once
GIVEN: Final = timedelta(seconds=5)
"""So long what goes out over services waits for the model at most."""
MOST: Final = 24
"""So many at once; more would not be answered in time, and go out in our words at once."""
_LONGEST: Final = 700
_MOST_TOKENS: Final = 500
_DESCRIPTION: Final = 300
_INSTRUCTIONS: Final = (
    "The data has an alert about an offer in two lengths, and what its reader is looking for. Put each of the two in plain, friendly "
    "words, as a helpful acquaintance would write, in {language}, so that it speaks to what the reader is looking for. Keep every "
    "number exactly as it is written and in the same order, and every name as it is written. Say again whatever is said to be "
    "doubtful. Add no number, no name, no advice, no address, no exclamation mark and no hurry. `short` has fewer than {most} characters."
)
logger = logging.getLogger(__name__)


class Reworded(AnswerForm):
    """The only thing that the model can say."""

    short: str = Field(min_length=1, max_length=_LONGEST)
    long: str = Field(min_length=1, max_length=_LONGEST)


def give_time(notifications: Sequence[Notification]) -> int:
    """Let the model be asked about the words of these before they go out; in the transaction that writes them. Returns how many."""
    if not settings.MESSAGES_LANGUAGE_MODEL:
        return 0
    waiting = [one for one in notifications if one.state == NotificationState.PENDING and kind_of(one.data) in KINDS]
    # Whoever writes their own words wants no others.
    authors = set(
        MessageTemplate.objects.filter(user__in={one.user_id for one in waiting}).values_list("user_id", flat=True)
    )
    chosen = [one.pk for one in waiting if one.user_id not in authors][:MOST]
    if chosen:
        _going_out(chosen).update(retry_at=timezone.now() + GIVEN)
        wake_after_commit(TASK, [str(pk) for pk in chosen])
    return len(chosen)


def reword(ids: Sequence[uuid.UUID]) -> int:
    """Ask the model for the words of these notifications, and let them go out. Returns how many have its words.

    To be called outside of a transaction. Never raises because of a service, and never holds anything back.
    """
    try:
        return _reword(ids)
    finally:
        _going_out(ids).update(retry_at=None)
        wake("notify.pending")


def _reword(ids: Sequence[uuid.UUID]) -> int:
    try:
        model = configured_model() if settings.MESSAGES_LANGUAGE_MODEL else None
    except ServiceFailure as failure:
        logger.warning("Messages are in our own words: %s", failure)
        return 0
    found = Notification.objects.filter(pk__in=ids, state=NotificationState.PENDING, text__has_key="long")
    notifications = list(found.select_related("user__preferences", "goal").order_by("pk"))
    if model is None or not notifications:
        return 0
    answers = ask(model, [_question(one) for one in notifications], seconds=PATIENCE)
    return sum(
        _keep(notification, answer.answer, model)
        for notification, answer in zip(notifications, answers, strict=True)
        if answer.answer is not None
    )


def _going_out(ids: Sequence[uuid.UUID]) -> QuerySet[Delivery]:
    """Their deliveries over services that were not tried yet."""
    untried = Delivery.objects.filter(notification__in=ids, state=DeliveryState.PENDING, attempts=0)
    return untried.exclude(channel=IN_APP)


def _keep(notification: Notification, answer: Reworded, model: LanguageModel) -> bool:
    """Keep what is faithful of an answer; each of the two stands for itself."""
    language, facts, ours = _language(notification), Facts.of(notification.data), notification.text
    names = _names(facts)
    theirs = {"short": visible(answer.short, _LONGEST), "long": visible(answer.long, _LONGEST)}
    kept = {
        name: words
        for name, words in theirs.items()
        if words and is_faithful(ours[name], words, facts, language, names) and (name != "short" or len(words) < SHORT)
    }
    if not kept:
        return False
    same = Notification.objects.filter(pk=notification.pk, state=NotificationState.PENDING, text=ours)
    return bool(same.update(text=ours | kept | {"by": model.name}))


def _names(facts: Facts) -> list[str]:
    """What is a name in our words, also where it was cut there."""
    cut = [shortened(facts.goal, room) for room in (60, 40, 20)]
    return [facts.name, facts.place, facts.goal, *cut]


def _question(notification: Notification) -> Question[Reworded]:
    ours, goal = notification.text, notification.goal
    wanted = (
        {} if goal is None else {"title": visible(goal.title, 100), "wish": visible(goal.description, _DESCRIPTION)}
    )
    data = {"short": visible(ours["short"], _LONGEST), "long": visible(ours["long"], _LONGEST), "looking_for": wanted}
    language = Language(_language(notification)).name.title()
    task = _INSTRUCTIONS.format(language=language, most=SHORT)
    return Question("reworded_message", task, framed(data), Reworded, _MOST_TOKENS, user=notification.user_id)


def _language(notification: Notification) -> str:
    preferences = getattr(notification.user, "preferences", None)
    return preferences.language if preferences else Language.ENGLISH.value

"""Writes of users' own templates."""

from __future__ import annotations

from django.core.exceptions import ValidationError

from accounts.models import User
from notifications.models import MessageTemplate
from notifications.own_words.fields import FIELDS
from notifications.own_words.grammar import TemplateProblem, parse
from notifications.own_words.words import CLASSES, KINDS


def save_template(user: User, kind: str, channel_class: str, text: str) -> MessageTemplate:
    """Keep a user's template for one kind of message on one class of channels, instead of an earlier one.

    Raises `ValidationError` by field with a sentence where it is none.
    """
    if kind not in KINDS or channel_class not in CLASSES:
        raise ValidationError({"kind": ["There are no templates for such messages."]})
    text = text.replace("\r\n", "\n").replace("\x00", "").strip()
    try:
        parse(text, FIELDS)
    except TemplateProblem as problem:
        raise ValidationError({"text": [str(problem)]}) from problem
    template, _ = MessageTemplate.objects.update_or_create(
        user=user, kind=kind, channel_class=channel_class, defaults={"text": text}
    )
    return template


def remove_template(user: User, kind: str, channel_class: str) -> bool:
    """Go back to our words; returns whether there were others."""
    deleted, _ = MessageTemplate.objects.filter(user=user, kind=kind, channel_class=channel_class).delete()
    return bool(deleted)

"""What a template would say of the last real message of its kind, or of an example where there was none yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from accounts.models import User
from accounts.selectors import preferences_of
from notifications.models import Notification
from notifications.own_words.grammar import TemplateProblem
from notifications.own_words.words import KINDS, Words, our_words, said_by

_EXAMPLE: Final[dict[str, Any]] = {
    "title": "Sony WH-1000XM5 headphones",
    "merchant": "Amazon",
    "condition": "new",
    "price": {"amount": "228.00", "currency": "USD"},
    "was": {"amount": "279.00", "currency": "USD"},
    "target": {"amount": "250.00", "currency": "USD"},
    "worth": {"amount": "310.00", "currency": "USD"},
    "low": {"amount": "264.00", "currency": "USD"},
    "high": {"amount": "356.00", "currency": "USD"},
    "discount": {"amount": "82.00", "currency": "USD"},
    "discount_percent": "26.45",
    "score": 84,
    "verdict_text": "Good",
    "confidence": 0.7,
    "goal_title": "Headphones for the train",
    "reasons": ["$228.00 is under your $250.00"],
}
_EXAMPLE_WORDS: Final = (
    "$228.00 at Amazon, down from $279.00. Worth about $310 ($264–$356), so you save $82.00 (26\u00a0%)."
)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a template says, or why it says nothing. `about` is the title of the real message that it was tried on, "" for the example."""

    said: str = ""
    problem: str = ""
    about: str = ""


@dataclass(frozen=True, slots=True)
class Tried:
    """What templates are tried on."""

    data: dict[str, Any]
    ours: Words
    about: str


def last_message(user: User, kind: str) -> Tried:
    """The user's last message of a kind, or the example."""
    found = Notification.objects.filter(user=user, data__has_key="price").order_by("-created_at", "-id")
    found = found.filter(reason="match") if kind == "match" else found.filter(reason__startswith=f"{kind}.")
    notification = found.first()
    if notification is None:
        goal = {} if kind == "match" else {"goal_title": "", "kind": kind}
        name = _EXAMPLE["title"]
        return Tried(_EXAMPLE | goal, Words(f"{name}: {_EXAMPLE_WORDS}", _EXAMPLE_WORDS), "")
    return Tried(notification.data, our_words(notification), notification.title)


def preview(user: User, kind: str, channel_class: str, text: str, tried: Tried | None = None) -> Preview:
    """Try a text out for its writer."""
    assert kind in KINDS
    tried = tried or last_message(user, kind)
    try:
        said = said_by(text, channel_class, tried.data, tried.ours, user, preferences_of(user).language)
    except TemplateProblem as problem:
        return Preview(problem=str(problem), about=tried.about)
    if not said:
        return Preview(problem="It says nothing about this one, so our own words would go out.", about=tried.about)
    return Preview(said=said, about=tried.about)

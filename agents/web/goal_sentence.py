"""A new goal from one sentence: what was understood, field by field, with the questions and what it would find."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.models import User, WantedCondition
from accounts.selectors import channel_kinds_of, limits_of
from accounts.web.goal_form import GoalForm
from agents.api.goals import goal_as_read
from agents.planning.interpreting.base import LONGEST_TEXT, Reading
from agents.planning.interpreting.reading import read_wish
from common.limits import INTERPRETATIONS, count
from common.money import format_money
from deals.foresight import foresee
from deals.selectors import marketplaces_seen
from deals.web.cards import wants_part

_LABELS = {
    "keywords": "The offer says", "excluded_keywords": "It does not say", "brands": "Maker",
    "category": "Category", "marketplaces": "Where",
    "condition": "Condition",
    "min_price": "At least", "max_price": "At most", "min_discount": "Below its worth by",
    "min_discount_percent": "Below its worth by", "min_score": "Score at least", "location": "Place", "radius_km": "Within",
    "deadline": "Until", "priority": "Priority", "check_interval_minutes": "Looks every", "max_matches": "Stops after",
    "quantity": "Stops when you have bought", "budget": "Stops when you have spent",
}  # fmt: skip
_AMOUNTS = ("min_price", "max_price", "min_discount", "budget")
_UNSURE = 0.75


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def understand(request: HttpRequest) -> HttpResponse:
    """Read the sentence and show what was understood in the form of a new goal. For htmx that part alone."""
    if request.method != "POST":
        return redirect("deals:goal-new")
    user = request.user
    assert isinstance(user, User)
    text = request.POST.get("text", "")[:LONGEST_TEXT].strip()
    context: dict[str, Any] = {"text": text, "limits": limits_of(user)}
    standing = count(INTERPRETATIONS.name, f"user:{user.pk}", INTERPRETATIONS.user, INTERPRETATIONS.seconds)
    if standing is not None and standing.used > standing.limit:
        context |= {
            "sentence_error": "That was many in a minute. Wait a moment, then try again.",
            "form": _form(user, {}),
        }
    elif not text:
        context |= {"sentence_error": "Say what you are looking for.", "form": _form(user, {})}
    else:
        reading = read_wish(user, text)
        goal = goal_as_read(user, reading)
        context |= {"reading": reading, "rows": _rows(reading), "form": _form(user, reading.fields)}
        if len(reading.fields) > 1:
            context["foresight"] = foresee(goal)
    return render(request, "goals/_understood.html" if wants_part(request) else "goals/new.html", context)


def _form(user: User, fields: dict[str, Any]) -> GoalForm:
    plain = {name: f"{Decimal(fields[name]).normalize():f}" for name in _AMOUNTS if name in fields}
    return GoalForm(initial=fields | plain, marketplaces=marketplaces_seen(), channels=channel_kinds_of(user))


def _rows(reading: Reading) -> list[dict[str, Any]]:
    """What was understood, in the order of the fields: a label, the value in words, why, and whether that is a guess."""
    return [
        {
            "label": label,
            "value": _in_words(name, reading),
            "why": reading.explanation[name],
            "unsure": reading.sureness[name] < _UNSURE,
        }
        for name, label in _LABELS.items()
        if name in reading.explanation
    ]


def _in_words(name: str, reading: Reading) -> str:
    value = reading.fields[name]
    if name in _AMOUNTS:
        return format_money(value, reading.fields["currency"]).removesuffix(".00")
    if name == "deadline":
        local = timezone.localtime(value)
        return f"{local.day} {local:%B %Y, %H:%M}"
    if name == "condition":
        return str(WantedCondition(value).label)
    if isinstance(value, list):
        return (" or " if name in {"brands", "marketplaces"} else ", ").join(value)
    unit = {
        "min_discount_percent": "\u00a0%",
        "radius_km": "\u00a0km",
        "check_interval_minutes": " minutes",
        "max_matches": " matches",
    }
    return f"{value}{unit.get(name, '')}"

"""The pages of goals: what the user is looking for, and what was found for it."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.actions.goals import create_goal, delete_goal, set_goal_status, update_goal
from accounts.errors import LimitReached
from accounts.models import Goal, GoalStatus
from accounts.selectors import channel_kinds_of, goal_of, goals_of, limits_of, preferences_of
from accounts.web.goal_form import GoalForm, goal_initial
from accounts.web.person import person_of
from deals.foresight import foresee
from deals.selectors import marketplaces_seen, matches_of
from deals.web.cards import CardPage, cards_of
from deals.web.deal import deal_facts
from deals.web.worth_bar import scale_of

_MATCHES = 40
_LONGEST_PLACE = 100
_PREFILLED = ("title", "category", "max_price", "currency")


def _own_goal(request: HttpRequest, goal_id: uuid.UUID) -> Goal:
    try:
        return goal_of(person_of(request), goal_id)
    except Goal.DoesNotExist as error:
        raise Http404("You have no such goal.") from error


@require_safe
@login_required
def goals(request: HttpRequest) -> HttpResponse:
    """The user's goals, the active ones first."""
    user = person_of(request)
    rows = sorted(goals_of(user), key=lambda goal: goal.status != GoalStatus.ACTIVE)
    return render(request, "goals/list.html", {"goals": rows, "limits": limits_of(user)})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def goal_new(request: HttpRequest) -> HttpResponse:
    """Make a goal; `?title=`, `?max_price=` and others fill the form in."""
    user = person_of(request)
    if request.method == "POST":
        form = GoalForm(request.POST, marketplaces=places_for(request), channels=channel_kinds_of(user))
        goal = _stored(form, lambda fields: create_goal(user, **fields))
        if goal is not None:
            messages.success(
                request, "Your goal is set. We look through today's deals at once, then whenever one comes in."
            )
            return redirect("deals:goal", goal.pk)
    else:
        form = GoalForm(initial=_prefilled(request), marketplaces=marketplaces_seen(), channels=channel_kinds_of(user))
    context = {"form": form, "limits": limits_of(user)}
    return render(request, "goals/new.html", context, status=422 if form.is_bound else 200)


def places_for(request: HttpRequest) -> set[str]:
    """The marketplaces that a form may name: those of live deals, and those that the user named in words."""
    named = {place.strip() for place in request.POST.getlist("marketplaces")}
    return {*marketplaces_seen(), *(place for place in named if place and len(place) <= _LONGEST_PLACE)}


def _prefilled(request: HttpRequest) -> dict[str, Any]:
    given: dict[str, Any] = {name: request.GET[name] for name in _PREFILLED if request.GET.get(name)}
    given.setdefault("currency", preferences_of(person_of(request)).currency)
    if request.GET.get("brands"):
        given["brands"] = request.GET["brands"].split(",")
    return given


@require_safe
@login_required
def goal(request: HttpRequest, goal_id: uuid.UUID) -> HttpResponse:
    """One goal and what was found for it."""
    found = _own_goal(request, goal_id)
    matches = list(matches_of(person_of(request), found.pk).select_related("deal__product")[:_MATCHES])
    deals = [match.deal for match in matches]
    cards = cards_of(deals, person_of(request))
    context = (deal_facts(deals[0]) if deals else {}) | {
        "goal": found,
        "matches": list(zip(matches, cards, strict=True)),
        "page": CardPage(cards, scale_of(deals)),
        "shown": _MATCHES,
        "foresight": foresee(found) if found.status == GoalStatus.ACTIVE else None,
    }
    return render(request, "goals/goal.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def goal_edit(request: HttpRequest, goal_id: uuid.UUID) -> HttpResponse:
    """Change a goal."""
    found = _own_goal(request, goal_id)
    offered: dict[str, Any] = {"marketplaces": marketplaces_seen(), "channels": channel_kinds_of(person_of(request))}
    if request.method == "POST":
        form = GoalForm(request.POST, initial=goal_initial(found), **offered)
        if _stored(form, lambda fields: update_goal(person_of(request), found, **fields)) is not None:
            messages.success(request, "Saved. Deals are held against the changed goal from now on.")
            return redirect("deals:goal", found.pk)
    else:
        form = GoalForm(initial=goal_initial(found), **offered)
    return render(request, "goals/edit.html", {"form": form, "goal": found}, status=422 if form.is_bound else 200)


@require_POST
@login_required
def goal_status(request: HttpRequest, goal_id: uuid.UUID, status: str) -> HttpResponse:
    """Pause, resume or complete a goal."""
    found = _own_goal(request, goal_id)
    allowed = {
        "active": "It looks for deals again.",
        "paused": "Paused. It keeps its matches and finds no new ones.",
        "completed": "Done. It finds no more deals.",
    }
    if status not in allowed:
        raise Http404("A goal cannot be set to that.")
    try:
        set_goal_status(person_of(request), found, GoalStatus(status))
        messages.success(request, allowed[status])
    except LimitReached as error:
        messages.error(request, str(error))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect(reverse("deals:goal", args=[found.pk]))


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def goal_delete(request: HttpRequest, goal_id: uuid.UUID) -> HttpResponse:
    """Ask, then delete a goal with its matches."""
    found = _own_goal(request, goal_id)
    if request.method == "POST":
        delete_goal(person_of(request), found)
        messages.success(request, f"“{found.title}” and its matches are deleted.")
        return redirect("deals:goals")
    return render(request, "goals/delete.html", {"goal": found})


def _stored(form: GoalForm, store: Any) -> Goal | None:
    """Store a valid form; what the action refuses becomes an error of the form."""
    if not form.is_valid():
        return None
    try:
        stored: Goal = store(form.goal_fields)
    except LimitReached as error:
        form.add_error(
            "marketplaces" if "marketplace" in str(error) and "marketplaces" in form.fields else None, str(error)
        )
    except ValidationError as error:
        for name, problems in (
            error.message_dict.items() if hasattr(error, "error_dict") else [("__all__", error.messages)]
        ):
            for problem in problems:
                form.add_error(name if name in form.fields else None, problem)
    else:
        return stored
    return None

"""What the agents did, step by step."""

from __future__ import annotations

import uuid

from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from agents.models import Agent, Run, RunState
from agents.web.access import operators_only

_PAGE = 50


@require_safe
@operators_only
def runs(request: HttpRequest) -> HttpResponse:
    """Runs, newest first; `?agent=` and `?state=` choose."""
    agent, state = request.GET.get("agent", ""), request.GET.get("state", "")
    rows = Run.objects.select_related("source").annotate(step_count=Count("steps"))
    if agent in Agent.values:
        rows = rows.filter(agent=agent)
    if state in RunState.values:
        rows = rows.filter(state=state)
    page = Paginator(rows.order_by("-started_at"), _PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "agents": Agent.choices, "states": RunState.choices, "agent": agent, "state": state}
    return render(request, "agents/runs.html", context)


@require_safe
@operators_only
def run(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """One run with its steps."""
    found = Run.objects.select_related("source").prefetch_related("steps").filter(pk=run_id).first()
    if found is None:
        raise Http404("There is no such run.")
    return render(request, "agents/run.html", {"run": found, "steps": found.steps.all()})

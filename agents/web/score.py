"""The page that says how a score is made."""

from __future__ import annotations

from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from agents.pricing.score import VERSION, rules
from deals.web.score import shown_points


@require_safe
def score(request: HttpRequest) -> HttpResponse:
    """The formula that is in use, with its version."""
    rows = [
        (rule, *(shown_points(Decimal(str(points)), signed=False) for points in (rule.least, rule.most)))
        for rule in rules()
    ]
    return render(request, "agents/score.html", {"version": VERSION, "rules": rows})

"""The page that says how a score is made."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from agents.pricing.score import VERSION, rules


@require_safe
def score(request: HttpRequest) -> HttpResponse:
    """The formula that is in use, with its version."""
    return render(
        request,
        "agents/score.html",
        {"version": VERSION, "rules": [(rule, _said(rule.least), _said(rule.most)) for rule in rules()]},
    )


def _said(points: float) -> str:
    return f"{points:g}".replace("-", "−")

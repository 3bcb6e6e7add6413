"""What a goal would find, beside the form of a new one and on the page of one that is there."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from accounts.models import Goal, User
from accounts.selectors import channel_kinds_of, limits_of
from accounts.web.goal_form import GoalForm
from deals.foresight import foresee
from deals.web.cards import wants_part
from deals.web.goals import places_for


@require_POST
@login_required
def goal_preview(request: HttpRequest) -> HttpResponse:
    """What the goal in the form would find; nothing is stored. For htmx the answer alone, else the page with the form."""
    assert isinstance(request.user, User)
    form = GoalForm(request.POST, marketplaces=places_for(request), channels=channel_kinds_of(request.user))
    foresight = foresee(Goal(user=request.user, **form.goal_fields)) if form.is_valid() else None
    context = {
        "form": form,
        "foresight": foresight,
        "limits": limits_of(request.user),
        "text": request.POST.get("text", ""),
    }
    if wants_part(request):
        return render(request, "goals/_foresight.html" if foresight else "forms/_error_summary.html", context)
    return render(request, "goals/new.html", context, status=200 if foresight else 422)

"""What operators do with pricing models: activate, roll back, compare, put away."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.models import User
from agents.lifecycle import registry
from agents.lifecycle.selectors import ModelRow, model_rows
from agents.models import ModelVersion
from agents.web.access import operators_only

SHARES = (0, 5, 10, 20, 50)


def models_with_adopted() -> list[ModelRow]:
    """The rows for the page. Folders that were put among the models of this machine become staged ones; where models go to S3
    that is left to a worker, because a page does not wait for an upload."""
    if not settings.MODEL_STORE:
        registry.adopt_folders()
    return model_rows()


@require_POST
@operators_only
def model_action(request: HttpRequest, model_id: uuid.UUID, action: str) -> HttpResponse:
    """Activate, stage or retire a model, or give it a share of the deals (`percent`)."""
    model = ModelVersion.objects.filter(pk=model_id).first()
    if model is None:
        raise Http404("There is no such model.")
    if action == "activate":
        return _done(request, lambda: registry.activate(model, who=_who(request)))
    if action == "stage":
        return _done(request, lambda: registry.stage(model))
    if action == "retire":
        return _done(request, lambda: registry.retire(model))
    if action == "share":
        percent = request.POST.get("percent", "")
        return _done(request, lambda: registry.give_traffic(model, int(percent) if percent.isdecimal() else -1))
    raise Http404("There is nothing of that name to do with a model.")


@require_POST
@operators_only
def roll_back(request: HttpRequest) -> HttpResponse:
    """Activate the model that was active before."""
    return _done(request, lambda: registry.roll_back(who=_who(request)))


def _who(request: HttpRequest) -> str:
    return request.user.email if isinstance(request.user, User) else ""


def _done(request: HttpRequest, act: Callable[[], ModelVersion]) -> HttpResponse:
    try:
        model = act()
    except registry.NotPossible as error:
        messages.error(request, str(error))
    else:
        share = f" and values {model.traffic_percent} % of the deals" if model.traffic_percent else ""
        messages.success(
            request, f"{model} is {model.get_state_display().lower()}{share}. Workers take it up within seconds."
        )
    return redirect(reverse("agents:operations") + "#models")

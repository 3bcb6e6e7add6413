"""Why a reader sees a deal where it stands, what is known of their taste, and how that is forgotten."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from deals.models import Deal
from deals.ranked_lists import forgotten_since, taste_of, why_for
from deals.selectors import deal_by_id, deals_for
from deals.taste import most
from deals.taste_actions import forget_taste


@never_cache
@require_safe
@login_required
def why(request: HttpRequest, deal_id: uuid.UUID) -> HttpResponse:
    """Why the reader sees this deal where it stands, with the points that it has."""
    assert isinstance(request.user, User)
    try:
        deal = deal_by_id(deal_id)
    except Deal.DoesNotExist as error:
        raise Http404("There is no such deal.") from error
    placed, sentence = why_for(request.user, deal, deals_for(request.user))
    return render(request, "deals/why.html", {"deal": deal, "placed": placed, "sentence": sentence})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def taste(request: HttpRequest) -> HttpResponse:
    """What the order "For you" knows of the reader, and a button that makes it forget that."""
    assert isinstance(request.user, User)
    if request.method == "POST":
        forget_taste(request.user)
        messages.success(request, "Forgotten. The order begins anew, from what you do now.")
        return redirect("deals:taste")
    known = taste_of(request.user)
    context = {
        "taste": known,
        "rows": [
            ("Categories", most(known.liked["categories"]), most(known.disliked["categories"])),
            (
                "Makers",
                [name.title() for name in most(known.liked["brands"])],
                [name.title() for name in most(known.disliked["brands"])],
            ),
        ],
        "forgotten_before": forgotten_since(request.user),
    }
    return render(request, "settings/taste.html", context)

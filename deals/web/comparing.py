"""Deals side by side, and the choice of them on the way through the lists, which the session keeps."""

from __future__ import annotations

import uuid
from typing import Final
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from deals.comparing import ALONE, FEWEST, MOST, rows_of
from deals.models import Deal
from deals.selectors import deal_by_id, live_deals, saved_deals
from deals.web.cards import reader_of
from deals.web.worth_bar import scale_of

CHOSEN: Final = "compared"
_LONGEST: Final = 1_000  # characters
_FULL: Final = "Four deals at most stand side by side. Take one out first."


def _chosen(request: HttpRequest) -> list[str]:
    """The ids that this visitor chose, in their order."""
    chosen: list[str] = request.session.get(CHOSEN, [])
    return chosen


@require_safe
def compare(request: HttpRequest) -> HttpResponse:
    """Two to four deals side by side, in the order of `?ids=`, or those chosen on the cards. What cannot be shown is said."""
    asked = request.GET.get("ids", "") or ",".join(request.GET.getlist("id"))
    ids, problems = _ids(asked or ",".join(_chosen(request)))
    found = Deal.objects.select_related("valuation", "product", "source").in_bulk(ids)
    missing = [pk for pk in ids if pk not in found]
    if missing:
        known = "One of these deals is" if len(missing) == 1 else f"{len(missing)} of these deals are"
        problems.append(f"{known} not known here. The link may be cut off or too old.")
    deals = [found[pk] for pk in ids if pk in found]
    context: dict[str, object] = {"deals": deals, "problems": problems}
    if len(deals) < FEWEST:
        if len(deals) == 1:
            problems.append(ALONE)
        reader = reader_of(request)
        offered = list(saved_deals(reader)[:8]) if reader else []
        offered = [*deals, *(deal for deal in (offered if len(offered) > 1 else live_deals()[:8]) if deal not in deals)]
        return render(request, "deals/compare.html", context | {"offered": offered})
    columns = [{"deal": deal, "without": _without(deals, deal)} for deal in deals]
    return render(
        request,
        "deals/compare.html",
        context | {"columns": columns, "rows": rows_of(deals), "scale": scale_of(deals)},
    )


def _without(deals: list[Deal], one: Deal) -> str:
    return "?" + urlencode({"ids": ",".join(str(deal.pk) for deal in deals if deal != one)})


def _ids(text: str) -> tuple[list[uuid.UUID], list[str]]:
    """The first four identifiers, and sentences on what could not be used."""
    ids: dict[uuid.UUID, None] = {}
    problems = []
    for part in filter(None, (part.strip() for part in text[:_LONGEST].split(","))):
        try:
            ids[uuid.UUID(part)] = None
        except ValueError:
            problems = ["Part of this link does not name a deal, and was left out."]
    if len(ids) > MOST:
        problems.append(f"Four deals at most stand side by side. These are the first four of {len(ids)}.")
    return list(ids)[:MOST], problems


@require_POST
def choose(request: HttpRequest, deal_id: uuid.UUID, doing: str) -> HttpResponse:
    """Put a deal beside those that were chosen (`add`), or take it out (`remove`); then back to where the reader was."""
    if doing not in ("add", "remove"):
        raise Http404("There is nothing of that name to do with a comparison.")
    try:
        deal = deal_by_id(deal_id)
    except Deal.DoesNotExist as error:
        raise Http404("There is no such deal.") from error
    chosen = [each for each in _chosen(request) if each != str(deal.pk)]
    problem = ""
    if doing == "add" and len(chosen) >= MOST:
        problem = _FULL
    elif doing == "add":
        chosen.append(str(deal.pk))
    request.session[CHOSEN] = chosen
    if request.headers.get("HX-Request"):
        return render(request, "deals/_chosen.html", {"deal": deal, "problem": problem})
    if problem:
        messages.error(request, problem)
    return redirect(_way_back(request))


@require_POST
def forget(request: HttpRequest) -> HttpResponse:
    """Begin a new choice."""
    request.session.pop(CHOSEN, None)
    return redirect(_way_back(request))


def _way_back(request: HttpRequest) -> str:
    wanted = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        return wanted
    return reverse("deals:feed")

"""One deal: what it is, what it is worth, whether to buy it, and the evidence; and what its reader does with it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.models import User
from common.templatetags.show import short_money
from deals.actions import record_interaction
from deals.life import over_since, timeline_of, why_over
from deals.models import Deal, DealChange, InteractionKind
from deals.price_intelligence import PriceIntelligence
from deals.price_selectors import events_of, history_from, intelligence_from, newest_points
from deals.search.likeness import similar_deals
from deals.selectors import deal_by_id, marks_of, name_of, offers_of, verdict_sentences
from deals.tracking_selectors import tracking_of_deal
from deals.web.cards import cards_of, reader_of, wants_part
from deals.web.price_chart import Happening, chart_of
from deals.web.score import breakdown_of
from deals.web.worth_bar import scale_of

_KINDS = {
    InteractionKind.SAVE: "Saved. You find it under Saved.",
    InteractionKind.UNSAVE: "Taken off your saved deals.",
    InteractionKind.DISMISS: "Dismissed. It will not show in your feed.",
    InteractionKind.TOO_HIGH: "Noted: the worth is too high for you. Thank you.",
    InteractionKind.TOO_LOW: "Noted: the worth is too low for you. Thank you.",
    InteractionKind.BOUGHT: "Noted that you bought it.",
}
_VIEW_AGAIN_AFTER = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Comparable:
    """One comparable as it was stored with the valuation, made ready to show."""

    title: str
    price: str
    likeness: str
    seen_on: date | None
    origin: str


def deal_facts(deal: Deal) -> dict[str, Any]:
    """What the page and the pane show of a deal; three queries."""
    points, events, now = newest_points(deal), events_of([deal])[deal.pk], timezone.now()
    history = history_from(deal, points, events, now)
    prices = intelligence_from(deal, history)
    valuation = deal.valuation
    return {
        "deal": deal,
        "valuation": valuation,
        "over_worth": -valuation.discount if valuation and valuation.discount is not None else None,
        "points": points,
        "events": events,
        "history": history,
        "prices": prices,
        "list_price_words": " ".join(prices.claim.sentences) if prices.claim else "",
        "comparables": [_comparable(row, deal.currency) for row in valuation.comparables] if valuation else [],
        "breakdown": breakdown_of(deal),
        "sentences": verdict_sentences(valuation),
        "estimates": list(valuation.estimates.order_by("-weight", "estimator")) if valuation else [],
        "over": why_over(deal, now),
        "over_since": over_since(deal),
        "is_shop": deal.url.startswith(("http://", "https://")) and not deal.is_sample,
        "goal_query": _goal_query(deal),
    }


@require_safe
@vary_on_headers("HX-Request")
def deal(request: HttpRequest, deal_id: uuid.UUID) -> HttpResponse:
    """The page of a deal; for htmx its short form, which stands beside a list."""
    try:
        found = deal_by_id(deal_id)
    except Deal.DoesNotExist as error:
        raise Http404("There is no such deal.") from error
    reader = reader_of(request)
    _note_view(request, found)
    is_part = wants_part(request)
    similar = [] if is_part else similar_deals(found, limit=4)
    marks = marks_of(reader, [each.pk for each in (found, *similar)])
    context = deal_facts(found) | {"mark": marks.get(found.pk), "tracking": tracking_of_deal(reader, found)}
    if is_part:
        return render(request, "deals/_pane.html", context)
    context["offers"] = offers_of(found)
    context["timeline"] = timeline_of(found, context["points"], context["events"])
    context |= _price_part(found, context)
    return render(
        request,
        "deals/deal.html",
        context | {"similar": cards_of(similar, reader, marks=marks), "scale": scale_of([*similar, found])},
    )


def _price_part(found: Deal, facts: Mapping[str, Any]) -> dict[str, Any]:
    """The chart, and the sentences beside it; what is said of the claimed price stands in a place of its own. One query."""
    prices: PriceIntelligence = facts["prices"]
    happenings = [Happening(event.at, str(DealChange(event.change).label)) for event in facts["events"]]
    claimed = prices.claim.sentences if prices.claim else ()
    moved = len({point.price for point in facts["points"]}) > 1
    return {
        "chart": chart_of(facts["history"], found.valuations.all(), happenings) if moved or happenings else None,
        "price_words": [sentence for sentence in prices.sentences if sentence not in claimed],
    }


def _note_view(request: HttpRequest, found: Deal) -> None:
    """Write down that a signed-in reader looked, once in half an hour a deal."""
    reader = reader_of(request)
    if reader is None or request.method != "GET":
        return
    recent = reader.interactions.filter(
        deal=found, kind=InteractionKind.VIEW, created_at__gt=timezone.now() - _VIEW_AGAIN_AFTER
    )
    if not recent.exists():
        record_interaction(reader, found, InteractionKind.VIEW)


@require_POST
def interact(request: HttpRequest, deal_id: uuid.UUID, kind: str) -> HttpResponse:
    """Save, unsave, dismiss, or say that the worth is off; then back to where the reader was."""
    if not isinstance(request.user, User):
        to_login = redirect_to_login(f"/deals/{deal_id}/")
        if request.headers.get("HX-Request"):
            # A redirect would be followed unseen, and the login page put in the place of the button.
            return HttpResponse(status=204, headers={"HX-Redirect": to_login.url})
        return to_login
    if kind not in _KINDS:
        raise Http404("There is nothing of that name to do with a deal.")
    try:
        found = deal_by_id(deal_id)
    except Deal.DoesNotExist as error:
        raise Http404("There is no such deal.") from error
    mark = record_interaction(request.user, found, InteractionKind(kind))
    if request.headers.get("HX-Request"):
        if kind == InteractionKind.DISMISS:
            return render(request, "deals/_dismissed.html", {"deal": found})
        return render(request, "deals/_save.html", {"deal": found, "is_saved": mark.saved_at is not None})
    messages.success(request, _KINDS[InteractionKind(kind)])
    return redirect(_way_back(request, f"/deals/{found.pk}/"))


def _way_back(request: HttpRequest, otherwise: str) -> str:
    wanted = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        return wanted
    return otherwise


def _goal_query(deal: Deal) -> str:
    fields = {
        "title": name_of(deal)[:200],
        "category": deal.category,
        "currency": deal.currency,
    }
    if deal.brand:
        fields["brands"] = deal.brand
    return urlencode({**fields, "max_price": f"{deal.price.normalize():f}"})


def _comparable(row: Any, currency: str) -> Comparable:
    data: Mapping[str, Any] = row if isinstance(row, Mapping) else {}
    likeness = data.get("similarity")
    seen = str(data.get("observed_at") or "")
    moment = parse_datetime(seen) if "T" in seen else None
    return Comparable(
        title=str(data.get("title") or data.get("text") or "Untitled"),
        price=_money_text(data.get("price"), str(data.get("currency") or currency)),
        likeness=f"{float(likeness):.0%}" if isinstance(likeness, int | float) else "–",
        seen_on=moment.date() if moment else parse_date(seen[:10]) if seen else None,
        origin=str(data.get("source") or ""),
    )


def _money_text(amount: Any, currency: str) -> str:
    try:
        return short_money(Decimal(str(amount)), currency)
    except InvalidOperation:
        return "–"

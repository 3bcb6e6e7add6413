"""The lists of deals: the feed and what is new in it, opportunities and saved deals."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.models import User
from deals.models import Deal, Valuation
from deals.ranked_lists import RankedDeals
from deals.search.finding import Found, search_deals
from deals.search.marking import marked
from deals.selectors import deals_for, name_of, opportunities_for, saved_deals, threshold_for
from deals.web.cards import PAGE, CardPage, card_page, cards_of, carried_scale, page_number, reader_of, wants_part
from deals.web.deal import deal_facts
from deals.web.filters import FilterForm, filter_form
from deals.web.worth_bar import place_of, scale_of

_BEST_ORDERINGS: list[tuple[str, str, tuple[Any, ...]]] = [
    ("-score", "Best score", (F("valuation__score").desc(nulls_last=True), "-valuation__discount_usd", "-id")),
    ("-discount", "Biggest discount", ("-valuation__discount_usd", "-id")),
    ("-first_seen_at", "Newest", ("-first_seen_at", "-id")),
]
_VISIT_GAP = timedelta(minutes=30)
_MOST_NEW = 50


def _last_visit(request: HttpRequest) -> datetime | None:
    """When the signed-in reader was last here before this visit; a visit ends after half an hour without a look."""
    if reader_of(request) is None:
        return None
    now = timezone.now()
    latest = parse_datetime(request.session.get("feed_latest", ""))
    if latest is None or now - latest > _VISIT_GAP:
        request.session["feed_before"] = request.session.get("feed_latest", "")
    if latest is None or now - latest > timedelta(minutes=5):
        request.session["feed_latest"] = now.isoformat()
    return parse_datetime(request.session.get("feed_before", ""))


def _pane(page: CardPage) -> dict[str, object]:
    """What the pane beside a list shows at first: the first deal of the list."""
    return deal_facts(page.cards[0].deal) if page.cards else {}


@require_safe
@vary_on_headers("HX-Request")
def feed(request: HttpRequest) -> HttpResponse:
    """The feed. For htmx: the next cards alone, or the list after a change of the filters."""
    reader = reader_of(request)
    form = filter_form(request.GET, reader)
    filters = form.deal_filters()
    found = search_deals(reader, filters, same_pages=page_number(request) > 1) if filters.search else None
    page = card_page(
        request, found.deals if found else _in_order(reader, form, page_number(request)), _last_visit(request)
    )
    context: dict[str, object] = {
        "page": _marked(page, found) if found else page,
        "found": found,
        "form": form,
        "more_query": form.query,
        "loaded_at": timezone.now().isoformat(),
        "live_query": form.query,
        "is_filtered": bool(form.active or form.data.get("search")),
    }
    if wants_part(request):
        part = "deals/_cards.html" if page.number > 1 else "deals/_feed_list.html"
        return render(request, part, context)
    context |= _pane(page)
    if reader is None and not request.GET:
        context["example"] = _example(page)
    return render(request, "deals/feed.html", context)


def _in_order(reader: User | None, form: FilterForm, number: int) -> QuerySet[Deal] | RankedDeals:
    """The feed in the order asked for."""
    deals = deals_for(reader, form.deal_filters())
    if reader is None or not form.is_for_you:
        return deals
    return RankedDeals(reader, deals, f"feed?{form.query}", begins=number == 1)


def _marked(page: CardPage, found: Found) -> CardPage:
    """The cards with what the search was met by marked in their names."""
    names = marked({card.deal.pk: name_of(card.deal) for card in page.cards}, found.spelling)
    return replace(page, cards=[replace(card, marked=names.get(card.deal.pk, "")) for card in page.cards])


def _example(page: CardPage) -> Deal:
    """A deal that shows the worth bar well: one of the list below its interval, else an invented one that says so."""
    deals = (card.deal for card in page.cards)
    return next((deal for deal in deals if place_of(deal.price, deal.valuation) == "below"), _invented())


def _invented() -> Deal:
    amounts = {"worth": Decimal(310), "low": Decimal(270), "high": Decimal(350)}
    valuation = Valuation(currency="USD", price=Decimal(228), verdict="buy_now", **amounts)
    return Deal(
        title="An example: noise cancelling headphones", price=Decimal(228), currency="USD", valuation=valuation
    )


@require_safe
def feed_new(request: HttpRequest) -> HttpResponse:
    """The cards of deals that came over the live feed (`?ids=`), as far as they meet the reader's filters."""
    reader = reader_of(request)
    ids = _ids(request.GET.get("ids", ""), _MOST_NEW)
    deals = list(deals_for(reader, filter_form(request.GET, reader).deal_filters()).filter(pk__in=ids)) if ids else []
    page = CardPage(cards_of(deals, reader), carried_scale(request) or scale_of(deals))
    return render(request, "deals/_cards.html", {"page": page, "arrived": True})


@require_safe
def feed_missed(request: HttpRequest) -> JsonResponse:
    """The ids of deals valued since `?since=` that meet the filters, or with `?only=opportunities` of opportunities alone:
    what a page that was away has missed."""
    try:
        since = datetime.fromisoformat(request.GET.get("since", "").replace(" ", "+"))
    except ValueError:
        return JsonResponse({"ids": []})
    if timezone.is_naive(since):
        since = timezone.make_aware(since)
    reader = reader_of(request)
    if request.GET.get("only") == "opportunities":
        deals = opportunities_for(reader)
    else:
        deals = deals_for(reader, filter_form(request.GET, reader).deal_filters())
    fresh = Valuation.objects.filter(created_at__gt=since).values("deal")
    return JsonResponse(
        {"ids": [str(pk) for pk in deals.filter(pk__in=fresh).values_list("pk", flat=True)[:_MOST_NEW]]}
    )


@require_safe
@vary_on_headers("HX-Request")
def opportunities(request: HttpRequest) -> HttpResponse:
    """Deals above the reader's threshold; for a visitor best first, for a reader in their own order unless they ask for another."""
    reader = reader_of(request)
    orderings = [("", "For you", ()), *_BEST_ORDERINGS] if reader else _BEST_ORDERINGS
    names = [name for name, _, _ in orderings]
    asked = request.GET.get("ordering", "")
    ordering = asked if asked in names else names[0]
    deals = opportunities_for(reader)
    chosen: QuerySet[Deal] | RankedDeals
    if ordering == "":
        assert reader is not None
        chosen = RankedDeals(reader, deals, "opportunities", begins="page" not in request.GET)
    else:
        chosen = deals.order_by(*next(columns for name, _, columns in orderings if name == ordering))
    page = card_page(request, chosen)
    context = {
        "page": page,
        "more_query": f"ordering={ordering}" if ordering else "",
        "orderings": [(name, words) for name, words, _ in orderings],
        "ordering": ordering,
        "threshold": threshold_for(reader),
        "loaded_at": timezone.now().isoformat(),
        "only": "opportunities",
    }
    if wants_part(request):
        return render(request, "deals/_cards.html", context)
    return render(request, "deals/opportunities.html", context | _pane(page))


@require_safe
@vary_on_headers("HX-Request")
@login_required
def saved(request: HttpRequest) -> HttpResponse:
    """The deals that the reader saved."""
    assert isinstance(request.user, User)
    page = card_page(request, saved_deals(request.user))
    context = {"page": page, "more_query": "", "page_size": PAGE}
    if wants_part(request):
        return render(request, "deals/_cards.html", context)
    return render(request, "deals/saved.html", context | _pane(page))


def _ids(text: str, most: int) -> list[uuid.UUID]:
    ids: list[uuid.UUID] = []
    for part in text.split(",")[: most * 2]:
        try:
            ids.append(uuid.UUID(part.strip()))
        except ValueError:
            continue
    return list(dict.fromkeys(ids))[:most]

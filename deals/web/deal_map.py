"""The map: offers as dots that are near each other where they mean nearly the same, and the same offers as a list below."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from common.enqueue import wake
from common.limits import count
from deals.models import Deal
from deals.selectors import category_of, deals_for
from deals.web.cards import reader_of
from deals.web.worth_bar import Place, place_of

_OTHERS: Final = "Everything else"
_MOST_NAMED: Final = 8
_PATIENCE: Final = 30  # seconds until it may be asked for again
_EDGE: Final = 4  # per cent, so that no dot is cut off


@dataclass(frozen=True, slots=True)
class Dot:
    """A deal with its place; x and y in per cent of the width and height."""

    deal: Deal
    x: float
    y: float
    place: Place


@dataclass(frozen=True, slots=True)
class Region:
    """A category: its deals, best first, and where its name stands among them (None for the rest, which has no place)."""

    name: str
    dots: list[Dot]
    x: float | None = None
    y: float | None = None


@require_safe
def deal_map(request: HttpRequest) -> HttpResponse:
    """The map. One that was never drawn is asked for."""
    deals = deals_for(reader_of(request)).filter(map_place__isnull=False).select_related("map_place")
    dots = [_dot(deal) for deal in deals.order_by("-valuation__score", "-id")]
    if not dots and _is_first_to_ask():
        wake("maintenance.map")
    return render(request, "deals/map.html", {"dots": dots, "regions": regions_of(dots)})


def _is_first_to_ask() -> bool:
    asked = count("map", "everybody", 1, _PATIENCE)
    return asked is None or asked.used <= asked.limit


def _dot(deal: Deal) -> Dot:
    def inside(share: float) -> float:
        return _EDGE + share * (100 - 2 * _EDGE)

    return Dot(deal, inside(deal.map_place.x), inside(deal.map_place.y), place_of(deal.price, deal.valuation))


def regions_of(dots: Sequence[Dot]) -> list[Region]:
    """The categories with the most dots, and the rest together."""
    by_name: dict[str, list[Dot]] = defaultdict(list)
    for dot in dots:
        by_name[category_of(dot.deal)].append(dot)
    rest = by_name.pop("", [])
    names = sorted(by_name, key=lambda name: (-len(by_name[name]), name))
    named = [
        Region(name, by_name[name], median(dot.x for dot in by_name[name]), median(dot.y for dot in by_name[name]))
        for name in names[:_MOST_NAMED]
    ]
    rest = [*rest, *(dot for name in names[_MOST_NAMED:] for dot in by_name[name])]
    return [*named, Region(_OTHERS, rest)] if rest else named

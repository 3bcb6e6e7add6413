"""Whether the thing can be ordered: from what machines are told, from the button, and from the words beside them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from agents.scanning.pages import words
from agents.scanning.pages.layout import Layout, Spot, Zone

IN_STOCK, OUT_OF_STOCK = "InStock", "OutOfStock"
# schema.org's words (https://schema.org/ItemAvailability) and those of feeds; each with whether it can be ordered.
DETAILS = {
    "instock": "InStock", "available": "InStock", "availablefororder": "InStock", "availabletoorder": "InStock",
    "true": "InStock", "yes": "InStock", "1": "InStock", "instoreonly": "InStoreOnly", "onlineonly": "OnlineOnly",
    "limitedavailability": "LimitedAvailability", "limited": "LimitedAvailability", "madetoorder": "MadeToOrder",
    "preorder": "PreOrder", "pending": "PreOrder", "presale": "PreSale", "backorder": "BackOrder", "reserved": "Reserved",
    "outofstock": "OutOfStock", "oos": "OutOfStock", "unavailable": "OutOfStock", "soldout": "SoldOut",
    "discontinued": "Discontinued",
}  # fmt: skip
_CANNOT = frozenset({"OutOfStock", "SoldOut", "Discontinued", "Reserved"})
_OUT_NAMES = frozenset(
    {
        "outofstock",
        "out-of-stock",
        "soldout",
        "sold-out",
        "unavailable",
        "not-available",
        "notavailable",
        "oos",
        "nostock",
        "no-stock",
        "out_of_stock",
    }
)
_IN_NAMES = frozenset({"instock", "in-stock", "in_stock", "available"})


@dataclass(frozen=True, slots=True)
class Availability:
    """The answer, what schema.org calls it in full, and where it comes from; "assumed" where nothing speaks against it."""

    value: str
    detail: str
    method: str


def detail_of(stated: object) -> str | None:
    """schema.org's word in what a page states ("http://schema.org/InStock", "in stock"), or None."""
    if isinstance(stated, bool) or not isinstance(stated, str):
        return None
    word = stated.strip().rstrip("/").rsplit("/", 1)[-1].rsplit(":", 1)[-1].rsplit("#", 1)[-1]
    return DETAILS.get("".join(letter for letter in word.lower() if letter.isalnum()))


def can_be_ordered(detail: str) -> bool:
    """Whether schema.org's word means that it can be ordered, now or in advance."""
    return detail not in _CANNOT


def judge(
    layout: Layout, stated: Iterable[tuple[str, list[str]]], *, priced: bool, price_order: int | None
) -> Availability | None:
    """Weigh everything. `stated` are the details of each kind of structured data; None where the page shows no product at all."""
    score, method, detail = 0.0, "assumed", ""
    for kind, details in stated:
        orderable = [one for one in details if can_be_ordered(one)]
        if not details or detail:
            continue
        detail, method = (orderable or details)[0], kind
        weight = 20.0 if kind.startswith("rule:") else 1.0
        score += weight * (3.0 if orderable else -3.5)
    buttons = layout.product_buttons
    pressed = any(button.enabled and not button.zone & Zone.HIDDEN for button in buttons)
    score += 2.5 if pressed else -2.0 if buttons and not any(button.enabled for button in buttons) else 0.0
    shown = _shown(layout, price_order)
    score += shown
    if method == "assumed" and (pressed or shown):
        method = "page"
    if not detail and not priced and not buttons and not shown and layout.anchor is None:
        return None
    value = (
        OUT_OF_STOCK
        if score + (1.0 if priced else -0.5 if not detail and not pressed else 0.0) < 0
        and (shown < 0 or detail in _CANNOT)
        else IN_STOCK
    )
    if not detail or can_be_ordered(detail) != (value == IN_STOCK):
        detail = value
        method = "page" if method not in {"assumed", "page"} else method
    return Availability(value, detail, method)


def _shown(layout: Layout, price_order: int | None) -> float:
    """What the words and names around the product say; negative for sold out."""
    out, there = 0.0, 0.0
    last_said = len(layout.spots)
    # Inner elements first: a box around what was said, hidden or not, says nothing more.
    for spot in reversed(layout.spots):
        near = _near(layout, spot, price_order) if spot.length <= 160 else 0.0
        if not near:
            continue
        near *= 0.0 if spot.zone & _ELSEWHERE else 0.2 if spot.zone & Zone.HIDDEN or _of_a_shop(layout, spot) else 1.0
        if spot.words & _OUT_NAMES and spot.tag not in _CHOICES and spot.length:
            out = max(out, 2.0 * near)
        elif spot.words & _IN_NAMES and spot.length:
            there = max(there, 1.5 * near)
        if spot.length < 3 or last_said <= spot.end:
            continue
        text = layout.text(spot.order)
        said = _says(text)
        if said is None:
            continue
        last_said = spot.order
        if spot.tag in _CHOICES or _is_variant(layout, spot) or _one_of_several_labels(layout, spot):
            continue
        if said == OUT_OF_STOCK:
            weight = 4.0 if len(text) <= 60 or spot.tag in _HEADED else 2.5
            out = max(out, near * (1.0 if words.OF_A_SHOP.search(text) else weight))
        else:
            there = max(there, 2.0 * near)
    return there - out


_ELSEWHERE = Zone.RELATED | Zone.CHROME | Zone.REVIEW | Zone.LISTED
_CHOICES = frozenset({"option", "select", "label", "li", "input"})
_HEADED = frozenset({"h1", "h2", "h3", "h4", "strong", "b"})
_VARIANT = frozenset(
    {
        "sizes",
        "swatch",
        "swatches",
        "variant",
        "variants",
        "variation",
        "variations",
        "size-selector",
        "sizeselector",
        "tallas",
        "tailles",
    }
)


def _is_variant(layout: Layout, spot: Spot) -> bool:
    """Whether it speaks of one size or colour only."""
    if spot.words & _VARIANT:
        return True
    for number, above in enumerate(layout.ancestors(spot.order)):
        if number > 3 or (layout.anchor is not None and above.order <= layout.anchor <= above.end):
            return False
        if above.words & _VARIANT or above.tag in {"select", "label"}:
            return True
    return False


@lru_cache(maxsize=2048)  # boxes inside of boxes have the same text
def _says(text: str) -> str | None:
    if words.SOLD_OUT.search(text):
        return OUT_OF_STOCK
    return IN_STOCK if len(text) <= 80 and words.IN_STOCK.search(text) else None


def _of_a_shop(layout: Layout, spot: Spot) -> bool:
    """Whether it speaks of collecting or of one branch."""
    near = [spot, *islice(layout.ancestors(spot.order), 2)]
    return any(one.words & words.PICKUP for one in near)


def _one_of_several_labels(layout: Layout, spot: Spot) -> bool:
    """Whether it is one of the labels that a button carries for all its states, of which a style sheet shows one."""
    for button in layout.buttons:
        if button.order < spot.order <= layout.spots[button.order].end:
            return layout.spots[button.order].length > spot.length + 4
    return False


def _near(layout: Layout, spot: Spot, price_order: int | None) -> float:
    """1 beside the price, the button or the name, less further away, 0 elsewhere."""
    places = [button.order for button in layout.product_buttons[:3]]
    if price_order is not None:
        places.append(price_order)
    distance = min((abs(spot.order - place) for place in places), default=10_000)
    if layout.anchor is not None:
        after = spot.order - layout.anchor
        distance = min(distance, after if after >= 0 else 3 * -after)
    return 1.0 if distance <= 120 else 0.7 if distance <= 300 else 0.3 if distance <= 450 else 0.0

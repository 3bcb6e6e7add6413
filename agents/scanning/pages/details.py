"""What a page shows beside the price: the earlier price, shipping, condition, brand, picture, and the currency of its place."""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import islice

from lxml import html

from agents.scanning.pages import words
from agents.scanning.pages.address import currency_of_place
from agents.scanning.pages.choice import Chosen
from agents.scanning.pages.layout import Layout, Zone
from agents.scanning.pages.prices import Candidate, Role
from agents.scanning.pages.structured import Stated, absolute

_CONDITIONS = (
    (
        "refurbished",
        re.compile(r"refurb|renewed|generalüberholt|reconditionn|reacondicionado|ricondizionato", re.IGNORECASE),
    ),
    ("used", re.compile(r"\bused\b|pre-?owned|gebraucht|occasion|usado|usato|używan|second.?hand", re.IGNORECASE)),
    ("new", re.compile(r"\bnew\b|\bneu|\bneuf|\bnuevo|\bnuovo|\bnow[yae]\b|\bnieuw", re.IGNORECASE)),
)
_PRICE_CURRENCY = re.compile(r"""["']priceCurrency["']\s*:\s*["']([A-Z]{3})["']""")
_CURRENCY = re.compile(r"""["']?\bcurrency(?:_?[cC]ode)?["']?\s*[:=]\s*["']([A-Z]{3})["']""")
_LONGEST_SCRIPT = 400_000
_ICON = re.compile(r"logo|icon|sprite|pixel|flag|avatar|badge|banner|placeholder|loading|spinner|\.svg", re.IGNORECASE)


def currency_hint(tree: html.HtmlElement, address: str, stated: list[Stated]) -> str | None:
    """The page's currency as it states it, of whatever it states a price; else that of its place; else the one that its scripts name."""
    for one in stated:
        for price in one.prices:
            if price.currency:
                return price.currency
    for tag in tree.iterfind(".//*[@itemprop='priceCurrency']"):
        code = (tag.get("content") or tag.text or "").strip().upper()
        if re.fullmatch(r"[A-Z]{3}", code):
            return code
    return (
        _named_by_scripts(tree, _PRICE_CURRENCY)
        or currency_of_place(address, tree.get("lang") or "")
        or _named_by_scripts(tree, _CURRENCY)
    )


def _named_by_scripts(tree: html.HtmlElement, pattern: re.Pattern[str]) -> str | None:
    """The code that scripts name as the currency, where all that name one name the same."""
    found: set[str] = set()
    for script in tree.iter("script"):
        text = script.text or ""
        if len(text) <= _LONGEST_SCRIPT and "urrency" in text:
            found.update(code for code in pattern.findall(text) if code in words.CODES)
    return found.pop() if len(found) == 1 else None


def list_price(layout: Layout, seen: list[Candidate], chosen: Chosen, stated: list[Stated]) -> Decimal | None:
    """The earlier or recommended price that stands beside the price, or that is stated; always above it."""
    elsewhere = Zone.RELATED | Zone.CHROME
    near = [
        one
        for one in seen
        if one.role is Role.WAS and chosen.amount < one.value < 20 * chosen.amount
        if chosen.order is not None
        and abs(one.order - chosen.order) <= 40
        and not layout.spots[one.order].zone & elsewhere
    ]
    if near and chosen.order is not None:
        return min(near, key=lambda one: abs(one.order - (chosen.order or 0))).value
    listed = [
        price.readings[0]
        for one in stated
        for price in one.prices
        if price.kind == "list" and price.readings[0] > chosen.amount
    ]
    return listed[0] if listed else None


def shipping(layout: Layout, seen: list[Candidate], chosen: Chosen | None) -> Decimal | None:
    """What delivery costs as it is shown near the price; 0 where it is said to be free."""
    if chosen is None or chosen.order is None:
        return None
    near = [
        one
        for one in seen
        if one.role is Role.SHIPPING
        and abs(one.order - chosen.order) <= 80
        and not re.search(r"over|above|ab |from|dès|minimum", one.text, re.IGNORECASE)
    ]
    if near:
        return min(near, key=lambda one: abs(one.order - (chosen.order or 0))).value
    for spot in islice(layout.spots, max(0, chosen.order - 20), chosen.order + 80):
        if (
            8 <= spot.length <= 60
            and not spot.zone & (Zone.RELATED | Zone.CHROME)
            and words.FREE_SHIPPING.search(layout.text(spot.order))
        ):
            return Decimal(0)
    return None


def condition(layout: Layout) -> str | None:
    """ "new", "used" or "refurbished", where a label beside the product says so."""
    for spot in _beside(layout, 400):
        match = words.CONDITION_LABEL.match(layout.text(spot)) if layout.spots[spot].length <= 60 else None
        if match:
            return next((name for name, pattern in _CONDITIONS if pattern.search(match["word"])), None)
    return None


def brand(layout: Layout) -> str | None:
    """The brand that a label, or an element named so, shows near the product's name."""
    for order in _beside(layout, 500):
        spot = layout.spots[order]
        if not 2 <= spot.length <= 60:
            continue
        text = layout.text(order)
        if spot.element.get("itemprop") == "brand" or (
            spot.words & {"brand", "brandname", "manufacturer", "brand-name", "product-brand"}
            and spot.length <= 30
            and spot.end - spot.order <= 2
        ):
            cleaned = re.sub(r"^(?:brand|by|von|marke|marque|marca)\s*:?\s+", "", text, flags=re.IGNORECASE)
            if re.search(r"[^\W\d_]{2}", cleaned):
                return cleaned
        match = words.BRAND_LABEL.match(text)
        if match:
            return match["name"].strip()
    return None


def picture(layout: Layout, address: str) -> str | None:
    """The first picture beside the name that is no icon: one whose alternative text repeats the name, if there is one."""
    if layout.anchor is None:
        return None
    name = set((layout.name or "").lower().split())
    best, best_score = None, 0.0
    for order in _beside(layout, 500):
        element = layout.spots[order].element
        if element.tag != "img" or layout.spots[order].zone & (Zone.RELATED | Zone.CHROME):
            continue
        source = element.get("data-zoom-image") or element.get("data-src") or element.get("src") or ""
        if not source or source.startswith("data:") or _ICON.search(source):
            continue
        said = set((element.get("alt") or "").lower().split())
        score = 1.0 + 3.0 * len(said & name) / max(1, len(name)) - abs(order - layout.anchor) / 400
        if score > best_score:
            best, best_score = source, score
    found = absolute(best, address) if best else None
    return found if found and found.startswith(("http://", "https://")) else None


def _beside(layout: Layout, reach: int) -> range:
    if layout.anchor is None:
        return range(0)
    return range(max(0, layout.anchor - reach), min(len(layout.spots), layout.anchor + reach))

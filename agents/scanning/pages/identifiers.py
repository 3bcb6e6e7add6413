"""The numbers by which a shop and its makers know a thing: SKU, GTIN and MPN, each from all places that name one.

A SKU is whatever the shop itself calls the thing by. Several places name candidates; each adds its weight, and the spelling that
visitors see wins over those of machines.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from lxml import html

from agents.scanning.pages import words
from agents.scanning.pages.address import tokens
from agents.scanning.pages.layout import Layout, Spot, Zone
from common.text import title_key

_VALUE = re.compile(r"[\s:#.№-]*(?P<value>[A-Za-z]{1,4}\s?[0-9]{4,}(?![\w])|[A-Za-z0-9][A-Za-z0-9./_-]{1,34})")
_FIELD = re.compile(
    r"^(?:data-)?(?:(?:main|current|master|selected|add-?to-?cart|cart|form|wc|entity|catalog|main)[-_.]?)?(?:product|prod|item|sku|article|artikel|goods|offer|asin|pid|variation|style|deal|listing)s?[-_.]?(?:id|no|nr|num|number|code|sku|ref|reference|key)?(?:\[\])?$",
    re.IGNORECASE,
)
_STATE = re.compile(
    r"""["']?\b(?P<key>sku|productId|product_id|productID|ProductID|productSku|product_sku|productCode|itemId|item_id|ecomm_prodid|prodid|articleNumber|productNumber|product_code|content_ids|styleCode|asin|id_product|masterSku|itemNumber)["']?"""
    r"""\s*[:=]\s*\[?\s*["']?(?P<value>[A-Za-z0-9][A-Za-z0-9./_-]{2,34})["']?""",
)
_LONGEST_SCRIPT = 400_000


@dataclass
class Tally:
    """The weights of one candidate, under its letters and digits alone, and the spellings that were seen."""

    weight: float = 0.0
    spellings: dict[str, float] = field(default_factory=dict)
    sources: set[str] = field(default_factory=set)


class Numbers:
    """Candidates for the SKU, added one after the other."""

    def __init__(self) -> None:
        self.tallies: dict[str, Tally] = {}

    def add(self, value: str, weight: float, source: str, *, spelled: float | None = None) -> None:
        """Count `value`. A source that comes again for the same value counts once; `spelled` says how much its spelling is worth."""
        value = value.strip().strip(".,;:#")
        key = re.sub(r"[^0-9A-Za-z]", "", value).upper()
        if not 2 <= len(key) <= 40 or not any(letter.isdigit() for letter in key):
            return
        tally = self.tallies.setdefault(key, Tally())
        tally.spellings[value] = max(tally.spellings.get(value, 0.0), weight if spelled is None else spelled)
        if source not in tally.sources:
            tally.sources.add(source)
            tally.weight += weight

    def best(self, unlikely: Iterable[str] = ()) -> tuple[str, str] | None:
        """The likeliest value, and the source that weighs most; None where nothing weighs enough."""
        less = {re.sub(r"[^0-9A-Za-z]", "", one).upper() for one in unlikely}
        if not self.tallies:
            return None
        _, tally = max(
            self.tallies.items(),
            key=lambda pair: (pair[1].weight - (2.0 if pair[0] in less else 0.0), len(pair[1].sources)),
        )
        if tally.weight < 2.0:
            return None
        spelling = max(tally.spellings.items(), key=lambda pair: pair[1])[0]
        order = ("json-ld", "microdata", "meta", "label", "shown", "url", "field", "state", "state of it")
        rule = next((source for source in tally.sources if source.startswith("rule:")), None)
        named = rule or next((source for source in order if source in tally.sources), "page")
        return spelling, "state" if named == "state of it" else named


def collect(tree: html.HtmlElement, layout: Layout, address: str) -> tuple[Numbers, dict[str, str]]:
    """Candidates from labels, the address, fields of forms and scripts; and what labels say of MPN and GTIN ("mpn", "gtin")."""
    numbers = Numbers()
    named: dict[str, str] = {}
    for kind, value, weight in _labelled(layout):
        if kind == "sku":
            numbers.add(value, weight, "label", spelled=weight + 2.0)
        elif weight > 1.5 and (kind != "gtin" or gtin(value)):
            named.setdefault(kind, value)
    in_address = list(tokens(address))
    for token in in_address:
        numbers.add(token.value, token.weight, "url", spelled=token.weight)
    for value, source, weight in _echoes(layout, [token.value for token in in_address]):
        numbers.add(value, weight, source, spelled=weight)
    for value, weight in _fields(layout):
        numbers.add(value, weight, "field", spelled=weight)
    for value, weight in _in_scripts(tree):
        numbers.add(value, weight, "state", spelled=weight - 1.0)
    return numbers, named


def cleaned(stated: str, name: str) -> str:
    """A stated SKU without what does not belong to it: "sku:12", "12 Chair cover" become "12"."""
    stated = re.sub(r"^(?:sku|mpn|gtin\d*|isbn|ean|ref|art|nr|no)\s*[:.#]\s*", "", stated.strip(), flags=re.IGNORECASE)
    if len(stated.split()) > 1:
        in_name = set(title_key(name).split())
        first = stated.split()[0]
        if (
            len(first) >= 4
            and any(letter.isdigit() for letter in first)
            and (len(stated.split()) > 3 or set(title_key(stated).split()) & in_name)
            and first.lower() not in in_name
        ):
            return first
    return stated


def _labelled(layout: Layout) -> Iterator[tuple[str, str, float]]:
    patterns = (("gtin", words.GTIN_LABEL), ("mpn", words.MODEL_LABEL), ("sku", words.SKU_LABEL))
    seen: set[tuple[str, int]] = set()
    for spot in reversed(layout.spots):
        if not spot.digits or not 4 <= spot.length <= 160 or spot.tag in {"option", "select", "label"}:
            continue
        text = layout.text(spot.order)
        for kind, pattern in patterns:
            for match in pattern.finditer(text):
                value = _VALUE.match(text, match.end())
                if not value or not any(letter.isdigit() for letter in value["value"]):
                    continue
                if (kind, match.end()) in seen and spot.length > 60:
                    continue
                weight = _weight_of_label(layout, spot, match.start(), text)
                if kind == "sku" and re.match(r"mod|part|p/n|ref|symbol|indeks|style", match[0].lower()):
                    weight -= 0.7
                yield kind, value["value"], weight


def _weight_of_label(layout: Layout, spot: Spot, start: int, text: str) -> float:
    weight = 4.5 if start <= 2 else 3.5 if len(text) < 60 else 2.5
    if spot.zone & (Zone.RELATED | Zone.CHROME | Zone.REVIEW):
        weight -= 2.5
    if layout.anchor is not None:
        distance = abs(spot.order - layout.anchor)
        weight += 0.8 if distance <= 60 else 0.3 if distance <= 250 else 0.0 if distance <= 1200 else -0.8
    return weight


def _echoes(layout: Layout, in_address: list[str]) -> Iterator[tuple[str, str, float]]:
    """What the page repeats of its address: in an attribute as it is, or beside the name as visitors see it ("466/7999")."""
    wanted = set(in_address)
    long = [re.sub(r"[^0-9A-Za-z]", "", value).upper() for value in in_address if len(value) >= 6]
    if not wanted:
        return
    for spot in layout.spots:
        if spot.zone & (Zone.RELATED | Zone.CHROME | Zone.LISTED):
            continue
        for name, value in spot.element.attrib.items():
            if value in wanted and name not in {"href", "src"}:
                yield value, "echo", 1.3
        if (
            layout.anchor is None
            or not spot.digits
            or not 5 <= spot.length <= 24
            or abs(spot.order - layout.anchor) > 120
        ):
            continue
        shown = re.fullmatch(r"[\s#(:]*([0-9A-Z]+(?:[./ -][0-9A-Z]+)*)[\s):]*", layout.text(spot.order))
        key = re.sub(r"[^0-9A-Z]", "", shown[1]) if shown else ""
        if len(key) >= 6 and any(value.endswith(key) for value in long):
            yield shown[1] if shown else "", "shown", 5.2


def _fields(layout: Layout) -> Iterator[tuple[str, float]]:
    counts: Counter[str] = Counter()
    best: dict[str, float] = {}
    for spot in layout.spots:
        element = spot.element
        weak = 1.2 if spot.zone & (Zone.RELATED | Zone.CHROME | Zone.LISTED) else 0.0
        near = (
            layout.anchor is None
            or abs(spot.order - layout.anchor) <= 400
            or any(abs(spot.order - button.order) <= 60 for button in layout.product_buttons[:3])
        )
        found: list[tuple[str, float]] = []
        if element.tag in {"input", "button", "meta"} and _FIELD.match(element.get("name") or element.get("id") or ""):
            found.append((element.get("value") or element.get("content") or "", 2.2))
        for attribute, value in element.attrib.items():
            if isinstance(attribute, str) and attribute.startswith("data-") and _FIELD.match(attribute):
                found.append((value, 1.8))
        for value, weight in found:
            if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9./_-]{2,30}", value or ""):
                counts[value] += 1
                best[value] = max(best.get(value, 0.0), weight - weak - (0.0 if near else 0.8))
    for value, weight in best.items():
        yield value, weight + min(0.6, 0.2 * (counts[value] - 1))


def _in_scripts(tree: html.HtmlElement) -> Iterator[tuple[str, float]]:
    counts: Counter[str] = Counter()
    first: dict[str, int] = {}
    for script in tree.iter("script"):
        text = (script.text or "")[:_LONGEST_SCRIPT]
        if "ld+json" in (script.get("type") or ""):
            continue
        for match in _STATE.finditer(text):
            counts[match["value"]] += 1
            first.setdefault(match["value"], len(first))
    for value, count in counts.most_common(40):
        yield value, 0.7 + min(0.8, 0.3 * math.log2(count)) + (0.3 if first[value] == 0 else 0.0)


def gtin(text: str | None) -> str | None:
    """A GTIN of 8, 12, 13 or 14 digits whose check digit is right (GS1 General Specifications, 7.9), or None."""
    digits = re.sub(r"[\s-]", "", text or "")
    if not re.fullmatch(r"[0-9]{8}|[0-9]{12,14}", digits) or set(digits) == {"0"}:
        return None
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits[:-1])))
    return digits if (10 - total % 10) % 10 == int(digits[-1]) else None

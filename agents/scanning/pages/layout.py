"""A page as a reader sees it: what is shown, what belongs to the shop and not to the product, where its name and button are.

No style sheet is read and nothing is run, so this goes by names, attributes and order. Every pass over the tree is a loop,
never a recursion: pages of strangers can be nested without end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import islice
from typing import Any

from lxml import html

from agents.scanning.pages import words
from common.text import title_key

LONGEST_TEXT = 400
BOX = "\u2063"  # invisible separator
MOST_PARTS = 150  # an element with more elements inside is no line of text; keeps a page of nested boxes from costing their square
MOST_SPOTS = 30_000  # what a page holds beyond that is read no more
_SKIPPED = frozenset(
    {"script", "style", "noscript", "template", "svg", "head", "iframe", "object", "option", "datalist", "math"}
)
_WORD = re.compile(r"[A-Z]?[a-z\u00c0-\u024f]+|[A-Z]+(?![a-z])|[0-9]+")
_CAMEL = re.compile(r"[^0-9A-Za-z\u00c0-\u024f]+")
_GLUED = re.compile(r"([a-z]*?)(price|preis|prix|precio|prezzo|preco)s?([a-z]*)")
_NAMES = (
    "class",
    "id",
    "itemprop",
    "data-testid",
    "data-test",
    "data-qa",
    "data-automation",
    "data-hook",
    "data-role",
    "data-auto",
    "data-test-id",
    "data-comp",
)
_NONE: frozenset[str] = frozenset()
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_NO_SPACES = re.compile("[\u3040-\u30ff\u4e00-\u9fff]{4}")
_OPEN_DECIMALS = re.compile(r"[0-9][.,]$|^[.,]$")
_SIGNED_WHOLE = re.compile(r"[€$£¥]\s?(?:[0-9]{1,4}|[0-9]{1,3}(?:[., ][0-9]{3})+)$")
_DIGIT = re.compile(r"[0-9]")
_NO_DISPLAY = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_DISABLED = frozenset({"disabled", "is-disabled"})
_LINES = (
    frozenset(
        {
            "div",
            "p",
            "li",
            "ul",
            "ol",
            "td",
            "th",
            "tr",
            "table",
            "section",
            "article",
            "header",
            "footer",
            "form",
            "dd",
            "dt",
            "dl",
            "br",
            "hr",
        }
    )
    | _HEADINGS
)
_BOXES = frozenset({"header", "div", "section", "aside", "ul", "form"})
_INLINE = frozenset({"span", "b", "strong", "em", "i", "input", "button", "p", "label"})
_SMALL_PARTS = frozenset({"sup", "sub", "small"})


class Zone:
    """Where on the page something stands, as bits of a number; inherited by all that is inside."""

    MAIN = 0
    HIDDEN = 1
    CHROME = 2
    RELATED = 4
    REVIEW = 8
    STRUCK = 16
    LINK = 32
    LISTED = 64


@dataclass(slots=True)
class Spot:
    """An element: its place in document order and its parent's, its names in words, its zone, the length of its text."""

    element: Any
    tag: str
    order: int
    parent: int
    words: frozenset[str]
    own: int  # its own zone, without what it inherits
    zone: int
    length: int = 0
    end: int = 0  # the order of the last element inside
    digits: bool = False


@dataclass(frozen=True, slots=True)
class Button:
    """What puts the thing into the cart: where it stands, and whether it can be pressed."""

    order: int
    enabled: bool
    zone: int


@dataclass
class Layout:
    """The page's elements in order, with its name's place (`anchor`) and its buttons."""

    spots: list[Spot]
    name: str | None = None
    anchor: int | None = None
    buttons: list[Button] = field(default_factory=list)
    _texts: dict[int, str] = field(default_factory=dict)

    def text(self, order: int) -> str:
        """The text of a small element on one line, with the parts of a price joined; nothing for an element with a long text."""
        marked = self.marked(order)
        return " ".join(marked.replace(BOX, " ").split()) if BOX in marked else marked

    def marked(self, order: int) -> str:
        """The same, with `BOX` wherever one box ends and another begins: words beyond it are those of another line."""
        found = self._texts.get(order)
        if found is None:
            spot = self.spots[order]
            small = 0 < spot.length <= LONGEST_TEXT and spot.end - spot.order <= MOST_PARTS
            found = flat_text(spot.element) if small else ""
            self._texts[order] = found
        return found

    def ancestors(self, order: int) -> Iterator[Spot]:
        """The elements around one, from the inside out."""
        parent = self.spots[order].parent
        while parent >= 0:
            yield self.spots[parent]
            parent = self.spots[parent].parent

    @cached_property
    def product_buttons(self) -> list[Button]:
        """The buttons that belong to the product itself: of those outside of other zones, all within reach of the first."""
        free = [button for button in self.buttons if not button.zone & (Zone.RELATED | Zone.CHROME)]
        if self.anchor is not None and len(free) > 1:
            nearest = min(abs(button.order - self.anchor) for button in free)
            free = [button for button in free if abs(button.order - (self.anchor or 0)) <= max(3 * nearest, 300)]
        return free


def names_of(element: Any) -> frozenset[str]:
    """The words in an element's class, id and similar attributes, in lower case: whole names, and the words inside of them."""
    values = [value[:300] for attribute in _NAMES if (value := element.get(attribute))]
    return _words_of(values[0]) if len(values) == 1 else frozenset().union(*map(_words_of, values)) if values else _NONE


@lru_cache(maxsize=8192)
def _words_of(value: str) -> frozenset[str]:
    found: set[str] = set()
    for name in value.split():
        found.add(name.lower())
        for part in _CAMEL.split(name):
            found.update(word.lower() for word in _WORD.findall(part))
            found.add(part.lower())
            if glued := _GLUED.fullmatch(part.lower()):
                found.update(word for word in glued.groups() if word)
    return frozenset(found)


def view(tree: html.HtmlElement, names: list[str]) -> Layout:
    """Look at a page. `names` are what it calls its product elsewhere (title, structured data), the most certain first."""
    spots = _spots(tree)
    layout = Layout(spots)
    layout.anchor = _anchor(layout, names)
    _leave_the_product_out_of_zones(layout)
    _related_sections(layout)
    if layout.anchor is not None:
        layout.name = layout.text(layout.anchor)
    layout.buttons = list(_buttons(layout))
    return layout


def _spots(tree: html.HtmlElement) -> list[Spot]:
    body = tree.find("body")
    root = body if body is not None else tree
    spots: list[Spot] = []
    stack: list[tuple[Any, int, int]] = [(root, -1, Zone.MAIN)]
    while stack and len(spots) < MOST_SPOTS:
        element, parent, zone = stack.pop()
        tag = element.tag
        if not isinstance(tag, str) or tag in _SKIPPED:
            continue
        order = len(spots)
        names = names_of(element)
        own = _own_zone(element, tag, names, top=parent < 0)
        spots.append(Spot(element, tag, order, parent, names, own, zone | own))
        stack.extend((child, order, zone | own) for child in reversed(element))
    for spot in reversed(spots):
        spot.end = max(spot.end, spot.order)
        for text in (spot.element.text, *(child.tail for child in spot.element)):
            said = (text or "").strip()
            spot.length += len(said)
            spot.digits = spot.digits or (bool(said) and _DIGIT.search(said, 0, LONGEST_TEXT) is not None)
        if spot.parent >= 0:
            above = spots[spot.parent]
            above.length += spot.length
            above.digits = above.digits or spot.digits
            above.end = max(above.end, spot.end)
    return spots


def _own_zone(element: Any, tag: str, names: frozenset[str], *, top: bool) -> int:
    zone = Zone.STRUCK if tag in {"del", "s", "strike"} else Zone.MAIN
    if top:
        return zone
    if tag in {"nav", "footer"} or (tag in _BOXES and names & words.CHROME):
        zone |= Zone.CHROME
    if names:
        if tag not in _INLINE:
            zone |= Zone.RELATED if names & words.RELATED else Zone.MAIN
            zone |= Zone.LISTED if names & words.LISTED else Zone.MAIN
        if names & words.REVIEW and tag not in {"span", "b", "i"}:
            zone |= Zone.REVIEW
        if names & words.HIDDEN:
            zone |= Zone.HIDDEN
    style = element.get("style")
    if style:
        zone |= Zone.HIDDEN if _NO_DISPLAY.search(style) else Zone.MAIN
        zone |= Zone.STRUCK if "line-through" in style else Zone.MAIN
    if element.get("hidden") is not None:
        zone |= Zone.HIDDEN
    if tag == "a" and not element.get("href", "#").strip().startswith(("#", "javascript:")):
        zone |= Zone.LINK
    return zone


def _anchor(layout: Layout, names: list[str]) -> int | None:
    """The element that shows the product's name: the one whose words are those of the title, a heading rather than not."""
    keys = [key for name in dict.fromkeys(names) if (key := _words_in(name))]
    longest = max((len(name) for name in names), default=0)
    best, best_score = None, 0.74
    for spot in layout.spots:
        if not 2 <= spot.length <= LONGEST_TEXT or spot.zone & Zone.HIDDEN:
            continue
        heading = 0.8 if spot.tag == "h1" else 0.3 if spot.tag in _HEADINGS else 0.2 if "name" in spot.words else 0.0
        if not heading and not (0.2 * longest <= spot.length <= 1.5 * longest and spot.end - spot.order <= 12):
            continue
        own = _words_in(layout.text(spot.order))
        if not own:
            continue
        overlap = max((2 * len(own & key) / (len(own) + len(key)) for key in keys), default=0.0)
        inside = max((len(own & key) / len(own) for key in keys), default=0.0) if len(own) > 1 else 0.0
        score = overlap + 0.5 * inside + heading
        if spot.zone & (Zone.CHROME | Zone.RELATED | Zone.REVIEW | Zone.LINK):
            score -= 0.5
        if score > best_score + 1e-9:
            best, best_score = spot.order, score
    if best is None:
        alone = [
            spot.order
            for spot in layout.spots
            if spot.tag == "h1" and 3 <= spot.length <= LONGEST_TEXT and not spot.zone & Zone.HIDDEN
        ]
        return alone[0] if len(alone) == 1 else None
    return best


def _words_in(text: str) -> frozenset[str]:
    """The words of a text; of scripts without spaces between words, the letters."""
    key = title_key(text)
    return frozenset(key if _NO_SPACES.search(key) else key.split())


def _leave_the_product_out_of_zones(layout: Layout) -> None:
    """What holds the product's name is no carousel and no footer, whatever it is called."""
    if layout.anchor is None:
        return
    around = {spot.order for spot in layout.ancestors(layout.anchor)}
    undone = Zone.CHROME | Zone.RELATED | Zone.LISTED | Zone.REVIEW | Zone.HIDDEN
    for spot in layout.spots:
        inherited = layout.spots[spot.parent].zone if spot.parent >= 0 else Zone.MAIN
        spot.zone = inherited | (spot.own & ~undone if spot.order in around else spot.own)


def _related_sections(layout: Layout) -> None:
    """What stands under a heading such as “Customers also bought” belongs to other products."""
    for spot in layout.spots:
        if not 3 <= spot.length <= 80 or spot.zone & Zone.RELATED:
            continue
        if spot.tag not in _HEADINGS and not spot.words & {"title", "heading", "headline", "header", "caption"}:
            continue
        if not words.RELATED_HEADING.search(layout.text(spot.order)):
            continue
        section = spot
        for above in islice(layout.ancestors(spot.order), 12):
            holds_anchor = layout.anchor is not None and above.order <= layout.anchor <= above.end
            if holds_anchor or above.parent < 0:
                break
            section = above
            if above.length > 4 * spot.length and above.digits:
                break
        for inside in layout.spots[section.order : section.end + 1]:
            inside.zone |= Zone.RELATED


def _buttons(layout: Layout) -> Iterator[Button]:
    for spot in layout.spots:
        element = spot.element
        if spot.tag not in {"button", "input", "a", "div", "span"}:
            continue
        if spot.tag == "input" and element.get("type", "").lower() not in {"submit", "button", "image"}:
            continue
        named = bool(spot.words & words.BUY)
        if spot.tag in {"div", "span"} and not (named or element.get("role") == "button"):
            continue
        shown = layout.text(spot.order) if spot.length <= 60 else ""
        label = " ".join(filter(None, (shown, element.get("value"), element.get("title"), element.get("aria-label"))))
        if len(label) > 150 or not (named or words.BUY_TEXT.search(label)):
            continue
        if named and spot.tag in {"div", "span"} and not words.BUY_TEXT.search(label):
            continue
        off = element.get("disabled") is not None or element.get("aria-disabled") == "true" or spot.words & _DISABLED
        yield Button(spot.order, not off, spot.zone)


def flat_text(element: Any) -> str:
    """The text of an element on one line, with `BOX` between boxes. Digits in small print after digits are decimals: 12<sup>99</sup>
    is "12.99"."""
    pieces: list[str] = []
    stack: list[tuple[Any, bool]] = [(element, False)]
    boxed = False
    while stack:
        node, is_tail = stack.pop()
        is_element = isinstance(node.tag, str)
        boxed = boxed or (is_element and node.tag in _LINES)
        if is_tail:
            boxed = _join(pieces, node.tail or "", None, boxed=boxed)
        elif is_element and node.tag not in _SKIPPED:
            boxed = _join(pieces, node.text or "", node, boxed=boxed)
            for child in reversed(node):
                stack.append((child, True))
                stack.append((child, False))
    return " ".join("".join(pieces).split())


def _join(pieces: list[str], text: str, node: Any, *, boxed: bool) -> bool:
    """Add a text to what stands before it; returns whether a box's edge is still to be marked."""
    text = " ".join(text.split())
    if not text:
        return boxed
    before = "".join(pieces[-3:])
    if not before:
        pieces.append(text)
    elif before[-1].isdigit() and len(text) == 2 and text.isdigit() and _is_small_print(before, node):
        pieces.append(f".{text}")
    elif (before[-1].isdigit() and text[0] in ".,") or (text[0].isdigit() and _OPEN_DECIMALS.search(before)):
        pieces.append(text)
    else:
        pieces.append(f" {BOX} {text}" if boxed else f" {text}")
    return False


def _is_small_print(before: str, node: Any) -> bool:
    """Whether two digits in an element of their own are the decimals of what stands before them."""
    if node is None:
        return False
    return node.tag in _SMALL_PARTS or bool(names_of(node) & words.CENTS) or _SIGNED_WHOLE.search(before) is not None

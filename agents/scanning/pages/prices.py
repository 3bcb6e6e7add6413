"""The amounts that a page shows, what each of them is, and how likely it is the price of the thing that the page is about."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from itertools import islice, pairwise

from agents.scanning.pages import amounts, words
from agents.scanning.pages.amounts import PageAmount
from agents.scanning.pages.layout import Layout, Spot, Zone

_LONGEST = 160  # letters of an element in which an amount may be the price
_AROUND = 45
_MOST_CANDIDATES = 1_500
_SIDE_BY_SIDE = 12  # elements between two amounts that belong together
_OTHER_NAMES = (
    (words.SHIPPING, 3.0),
    (words.UNIT, 3.0),
    (words.SAVING, 2.0),
    (words.PERIOD, 3.0),
    (words.OTHER_AMOUNT, 1.5),
)
_TO = re.compile(r"\s*(?:-|–|—|to|bis|à|až|do|до|~)\s*")
_DECIMALS = re.compile(r"[.,][0-9]{2}\Z")
_FONT_SIZE = re.compile(r"font(?:-size)?\s*:[^;]*?\b([0-9]{1,2})(?:\.[0-9]+)?px")


class Role(Enum):
    """What an amount is, as its words say."""

    PRICE = "price"
    FROM = "from"
    TO = "to"
    WAS = "was"
    UNIT = "unit"
    PERIOD = "period"
    SAVING = "saving"
    SHIPPING = "shipping"


@dataclass(slots=True)
class Candidate:
    """An amount on the page at the element `order`. `score` says how likely it is the price; it means nothing but beside other scores."""

    order: int
    amount: PageAmount
    text: str
    role: Role
    score: float = 0.0
    range_to: Decimal | None = None
    is_net: bool = False  # without tax

    @property
    def value(self) -> Decimal:
        """The likelier reading of its number."""
        return self.amount.amount


def candidates(layout: Layout) -> list[Candidate]:
    """Every amount with a sign of money, and every bare number in an element that is named a price, scored, in the order of the page."""
    found = list(islice(_raw(layout), _MOST_CANDIDATES))
    repeats = Counter(_signature(layout, candidate.order) for candidate in found)
    same = Counter(
        candidate.value
        for candidate in found
        if candidate.role is Role.PRICE and not layout.spots[candidate.order].zone & Zone.RELATED
    )
    for candidate in found:
        candidate.score = _score(layout, candidate)
        if candidate.score > 2.0 and _on_a_card(layout, candidate.order):
            candidate.score -= 3.0
    _mark_the_lesser_of_two(found)
    for candidate in found:
        if repeats[_signature(layout, candidate.order)] >= 4:
            candidate.score -= 1.0
        candidate.score += min(0.9, 0.3 * (same[candidate.value] - 1)) if candidate.role is Role.PRICE else 0.0
    return found


def _on_a_card(layout: Layout, order: int) -> bool:
    """Whether it stands on the card of another product: a box without the name, with a picture and a text that link to one page."""
    for number, above in enumerate(layout.ancestors(order)):
        holds_name = layout.anchor is not None and above.order <= layout.anchor <= above.end
        if number > 6 or holds_name or above.end - above.order > 80:
            return False
        pictured: set[str] = set()
        named: set[str] = set()
        for spot in layout.spots[above.order : above.end + 1]:
            if spot.tag == "a" and spot.zone & Zone.LINK:
                address = spot.element.get("href")
                if any(
                    inner.tag == "img" for inner in layout.spots[spot.order + 1 : min(spot.end, spot.order + 8) + 1]
                ):
                    pictured.add(address)
                if spot.length >= 12 and any(letter.isalpha() for letter in layout.text(spot.order)[:20]):
                    named.add(address)
        if pictured & named:
            return True
    return False


def _mark_the_lesser_of_two(found: list[Candidate]) -> None:
    """Of two prices side by side of which nothing else tells the earlier from the present, the higher one is the earlier; and one
    without tax that stands behind another is said only beside it."""
    shown = [one for one in found if one.role is Role.PRICE and one.amount.is_money]
    for one, other in pairwise(shown):
        apart = abs(one.order - other.order)
        low, high = sorted((one, other), key=lambda candidate: candidate.value)
        if other.is_net and not one.is_net and low is other and 0 < apart <= _SIDE_BY_SIDE:
            other.score -= 2.0
        alike = low.value < high.value < 4 * low.value and abs(low.score - high.score) < 3
        if alike and not low.is_net and 0 < apart <= _SIDE_BY_SIDE and low.range_to is None:
            high.score -= 1.5


def _raw(layout: Layout) -> Iterator[Candidate]:
    """From the innermost elements outwards; what an inner element has said is not said again by those around it."""
    said: dict[int, list[Candidate]] = {}
    for spot in reversed(layout.spots):
        if not spot.digits or spot.length > _LONGEST:
            continue
        text = layout.marked(spot.order)
        inside = [candidate for order in _children(layout, spot) for candidate in said.get(order, [])]
        here = _of_element(layout, spot, text, inside) if text else inside
        if here:
            said[spot.order] = here
    kept: dict[int, Candidate] = {}
    for group in said.values():
        for candidate in group:
            kept[id(candidate)] = candidate
    # An inner candidate that an outer element read in full was replaced there, so only what the outermost lists say counts.
    replaced = {id(old) for spot_order, group in said.items() for old in _replaced(layout, said, spot_order, group)}
    yield from sorted((one for key, one in kept.items() if key not in replaced), key=lambda one: one.order)


def _children(layout: Layout, spot: Spot) -> Iterator[int]:
    order = spot.order + 1
    while order <= spot.end:
        yield order
        order = layout.spots[order].end + 1


def _replaced(
    layout: Layout, said: dict[int, list[Candidate]], order: int, group: list[Candidate]
) -> Iterator[Candidate]:
    here = {id(candidate) for candidate in group}
    for child in _children(layout, layout.spots[order]):
        for candidate in said.get(child, []):
            if id(candidate) not in here:
                yield candidate


def _of_element(layout: Layout, spot: Spot, text: str, inside: list[Candidate]) -> list[Candidate]:
    found = amounts.find(text)
    priced = bool(spot.words & words.PRICE) or spot.element.get("itemprop") in {"price", "lowPrice"}
    # The digits alone in an element without a name, in one that is named a price: "or <b>689,99</b> by transfer".
    inside_price = spot.parent >= 0 and bool(layout.spots[spot.parent].words & words.PRICE) and _DECIMALS.search(text)
    known: dict[Decimal, list[Candidate]] = {}
    for candidate in inside:
        known.setdefault(candidate.value, []).append(candidate)
    group: list[Candidate] = []
    ends: set[Decimal] = set()
    for number, amount in enumerate(found):
        following = found[number + 1] if number + 1 < len(found) else None
        upper = following.amount if following and _TO.fullmatch(text[amount.end : following.start]) else None
        upper = upper if upper is not None and upper > amount.amount else None
        if (
            number
            and found[number - 1].amount < amount.amount
            and _TO.fullmatch(text[found[number - 1].end : amount.start])
        ):
            ends.add(amount.amount)
        same = known.get(amount.amount)
        old = same.pop(0) if same else None
        if old is not None and (old.amount.is_money or not amount.is_money):
            old.range_to = old.range_to or upper
            if old.role is Role.PRICE:  # more of its words are seen here
                old.role = _role(text, amount)
            group.append(old)
            continue
        alone = amount.end - amount.start >= len(text) - 2
        if not amount.is_money and not (alone and (priced or inside_price)) and not _is_called_price(text, amount):
            continue
        if amount.amount <= 0:
            continue
        role = _role(text, amount)
        candidate = Candidate(old.order if old else spot.order, amount, text, role, range_to=upper)
        group.append(candidate)
    for candidate in group:
        if candidate.value in ends and candidate.role is Role.PRICE:
            candidate.role = Role.TO
    # What only an inner element could say (a bare number in a price's element) stays, unless this text reads its digits as part of more.
    for candidate in inside:
        partial = any(str(candidate.value) in str(one.value) and one.value != candidate.value for one in group)
        if candidate not in group and not partial:
            group.append(candidate)
    return group


def _is_called_price(text: str, amount: PageAmount) -> bool:
    """Whether a number without a sign of money is the last word of "Price: 499"."""
    return amount.end >= len(text) - 2 and words.BEFORE_PRICE.search(text[: amount.start]) is not None


def _role(text: str, amount: PageAmount) -> Role:
    before, after = text[max(0, amount.start - _AROUND) : amount.start], text[amount.end : amount.end + _AROUND]
    if words.AFTER_UNIT.match(after):
        return Role.UNIT
    if words.AFTER_PERIOD.match(after) or words.BEFORE_PERIOD.search(before):
        return Role.PERIOD
    if words.AFTER_SAVING.match(after) or words.BEFORE_SAVING.search(before):
        return Role.SAVING
    if words.AFTER_SHIPPING.match(after) or words.BEFORE_SHIPPING.search(before):
        return Role.SHIPPING
    if words.BEFORE_WAS.search(before):
        return Role.WAS
    if words.BEFORE_FROM.search(before) or words.AFTER_FROM.match(after):
        return Role.FROM
    return Role.PRICE


def _score(layout: Layout, candidate: Candidate) -> float:
    spot = layout.spots[candidate.order]
    score = 1.0 if candidate.amount.is_money else 0.0
    names = _names(layout, spot)
    score += _score_of_names(candidate, names)
    if spot.element.get("itemprop") in {"price", "lowPrice"}:
        score += 1.5
    size = _FONT_SIZE.search(spot.element.get("style") or "")
    score += 1.0 if size and int(size[1]) >= 18 else 0.0
    before = re.split("[0-9]", candidate.text[: candidate.amount.start])[-1][-20:]
    after = re.split("[0-9]", candidate.text[candidate.amount.end :])[0][:20]
    candidate.is_net = bool(words.NEAR_NET.search(before) or words.NEAR_NET.search(after) or spot.words & words.NET)
    score -= 2.0 if candidate.is_net else 0.0
    rest = len(candidate.text) - (candidate.amount.end - candidate.amount.start)
    score += 1.5 if rest <= 3 else 0.5 if rest <= 15 else -0.5 if rest <= 60 else -1.5
    if candidate.role in {Role.TO, Role.UNIT, Role.PERIOD, Role.SAVING, Role.SHIPPING}:
        score -= 4.0
    score += _score_of_words_before(layout, candidate)
    zone = spot.zone
    if zone & Zone.STRUCK:
        candidate.role = Role.WAS
    if candidate.role is Role.WAS:
        score -= 4.0
    for bad, points in (
        (Zone.RELATED, 4.0),
        (Zone.CHROME, 3.0),
        (Zone.REVIEW, 2.0),
        (Zone.HIDDEN, 1.5),
        (Zone.LINK, 2.0),
        (Zone.LISTED, 1.5),
    ):
        if zone & bad:
            score -= points
    return score + _score_of_place(layout, candidate.order)


def _names(layout: Layout, spot: Spot) -> list[frozenset[str]]:
    """The names of the element and of those around it that hold little more than it, four at most."""
    near = [spot.words]
    for above in islice(layout.ancestors(spot.order), 4):
        if above.length > max(80, 6 * spot.length):
            break
        near.append(above.words)
    return near


def _score_of_names(candidate: Candidate, names: list[frozenset[str]]) -> float:
    own = names[0]
    score = (
        2.0 if own & words.PRICE else 1.5 if _any(names[:3], words.PRICE) else 0.7 if _any(names, words.PRICE) else 0.0
    )
    for group in names:  # the nearest element that says which price it is decides
        now, was = len(group & words.NOW), len(group & words.WAS)
        if was > now:
            candidate.role = Role.WAS if candidate.role is Role.PRICE else candidate.role
        elif now > was and score:
            score += 1.0
        if now != was:
            break
    for bad, points in _OTHER_NAMES:
        if own & bad:
            score -= points
        elif _any(names, bad):
            score -= points / 2
    return score


def _any(names: list[frozenset[str]], wanted: frozenset[str]) -> bool:
    return any(group & wanted for group in names)


def _score_of_words_before(layout: Layout, candidate: Candidate) -> float:
    """The text of the element right before says much when the amount stands alone: “RRP”, “Shipping”, “Now”."""
    rest = len(candidate.text) - (candidate.amount.end - candidate.amount.start)
    if rest > 15:
        return 0.0
    label = _label_before(layout, candidate.order)
    if not label:
        return 0.0
    if words.BEFORE_WAS.search(label):
        candidate.role = Role.WAS
        return 0.0
    if words.BEFORE_SAVING.search(label) and not label.endswith(("-", "–", "−")):
        return -4.0
    if words.BEFORE_SHIPPING.search(label) or words.BEFORE_PERIOD.search(label):
        return -4.0
    candidate.is_net = candidate.is_net or bool(words.BEFORE_NET.search(label))
    return 1.0 if words.BEFORE_PRICE.search(label) or words.BEFORE_PRESENT_PRICE.search(label) else 0.0


def _label_before(layout: Layout, order: int) -> str:
    spot = layout.spots[order]
    for _ in range(3):
        if spot.parent < 0:
            return ""
        parent = layout.spots[spot.parent]
        before = parent.element.text or ""
        for sibling in parent.element:
            if sibling is spot.element:
                break
            inner = (
                " ".join(sibling.text_content().split())[-60:]
                if isinstance(sibling.tag, str) and len(sibling) < 12
                else ""
            )
            before = (
                f"{before} {inner} {sibling.tail or ''}"[-200:] if inner or (sibling.tail or "").strip() else before
            )
        before = " ".join(before.split())
        if before:
            return before[-60:]
        spot = parent
    return ""


def _score_of_place(layout: Layout, order: int) -> float:
    score = 0.0
    if layout.anchor is not None:
        distance = order - layout.anchor
        score += _nearness(abs(distance), ((25, 3.0), (80, 2.6), (200, 1.8), (450, 0.8), (900, 0.0)), -1.2) - (
            0.6 if distance < 0 else 0.0
        )
    if layout.product_buttons:
        nearest = min(layout.product_buttons, key=lambda button: abs(button.order - order))
        score += _nearness(abs(nearest.order - order), ((30, 2.2), (80, 1.5), (200, 0.7)), 0.0)
    if layout.anchor is None and not layout.product_buttons:
        score += 1.5 - 0.8 * math.log10(1 + order / 50)
    return score


def _nearness(distance: int, steps: tuple[tuple[int, float], ...], otherwise: float) -> float:
    return next((points for limit, points in steps if distance <= limit), otherwise)


def _signature(layout: Layout, order: int) -> tuple[str, str, str]:
    spot = layout.spots[order]
    parent = layout.spots[spot.parent].element if spot.parent >= 0 else spot.element
    return spot.tag, spot.element.get("class") or "", parent.get("class") or ""

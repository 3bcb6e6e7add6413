"""Which of the nearest products count: nothing that was seen on the item itself, and of copies only a few.

Two hundred listings of one thing are hardly more than one opinion, and whoever writes two hundred should not decide what it is
worth; nor may an offer be its own evidence, least of all when a second feed carries it too.
"""

from __future__ import annotations

import math
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, NamedTuple

_OF_A_TITLE: Final = 6
_OF_A_TITLE_AND_SOURCE: Final = 3
_AS_NEAR: Final = 0.01  # two of one source, at one price, and as near to the item as that are copies in other words
_OF_COPIES: Final = 2
# An offer comes back through other feeds within days, at the same price to half a per cent (it may have been converted).
_COMES_BACK_WITHIN: Final = timedelta(days=7)
_SAME_PRICE: Final = 0.005
_SAME_THING: Final = 0.8


@dataclass(frozen=True)
class Own:
    """A deal that is valued: its price in US dollars (None where there is no rate), and from when to when it was seen."""

    deal_id: uuid.UUID
    price_usd: float | None
    since: date
    until: date


class Candidate(NamedTuple):
    """A product near an item, as far as choosing needs it. `deal_id` where its price was seen on a deal of ours."""

    id: uuid.UUID
    similarity: float
    price: float
    title_key: str
    source: str
    deal_id: uuid.UUID | None
    observed_at: date | None
    category: str = ""


def of_others(near: Iterable[Candidate], own: Own) -> list[Candidate]:
    """Those that were not seen on the deal itself, nor on what is the same offer elsewhere."""
    return [
        each for each in near if each.deal_id is None or not (each.deal_id == own.deal_id or _is_same_offer(each, own))
    ]


def _is_same_offer(seen: Candidate, own: Own) -> bool:
    return (
        own.price_usd is not None
        and seen.similarity >= _SAME_THING
        and abs(math.log(seen.price / own.price_usd)) <= _SAME_PRICE
        and seen.observed_at is not None
        and own.since - _COMES_BACK_WITHIN <= seen.observed_at <= own.until + _COMES_BACK_WITHIN
    )


def without_copies(near: Iterable[Candidate]) -> list[Candidate]:
    """The first of each listing, in order: one at each price of a title and source, three of a title and source, six of a
    title, and two of those that say the same in other words."""
    titles: Counter[str] = Counter()
    sources: Counter[tuple[str, str]] = Counter()
    listings: set[tuple[str, str, float]] = set()
    worded: defaultdict[tuple[str, float], list[float]] = defaultdict(list)
    kept = []
    for each in near:
        source, listing = (each.title_key, each.source), (each.title_key, each.source, each.price)
        others = worded[each.source, each.price]
        if (
            listing in listings
            or titles[each.title_key] >= _OF_A_TITLE
            or sources[source] >= _OF_A_TITLE_AND_SOURCE
            or sum(other - each.similarity <= _AS_NEAR for other in others) >= _OF_COPIES
        ):
            continue
        titles[each.title_key] += 1
        sources[source] += 1
        listings.add(listing)
        others.append(each.similarity)
        kept.append(each)
    return kept

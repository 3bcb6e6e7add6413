"""What a digest mail shows: the best five with pictures, one chart of them, and the rest as a list of links."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.speech import spoken_day, spoken_estimate, spoken_money, spoken_percent, spoken_span
from common.text import one_line, shortened
from notifications.channels.base import Message
from notifications.facts import Facts

BEST: Final = 5
_BAR: Final = 20
_LONGEST_LIST: Final = 50


@dataclass(frozen=True, slots=True)
class Shown:
    """One of the best. `paid` is the price in per cent of the worth, and None where that is not known; the bar ends at 100."""

    title: str
    url: str
    picture: str
    price: str
    place: str
    was: str
    worth: str
    span: str
    saving: str
    unsure: bool
    score: int | None
    goal: str
    paid: int | None

    @property
    def label(self) -> str:
        """What its bar is called."""
        return shortened(self.title, 44)

    @property
    def paid_words(self) -> str:
        return "" if self.paid is None else spoken_percent(self.paid)

    @property
    def bar(self) -> int:
        """How long its bar is, in per cent of the whole."""
        return max(1, min(100, self.paid or 0))

    @property
    def rest(self) -> int:
        return 100 - self.bar

    @property
    def text_bar(self) -> str:
        """The bar for the plain-text twin."""
        filled = max(1, round(self.bar * _BAR / 100))
        return "█" * filled + "░" * (_BAR - filled)


@dataclass(frozen=True, slots=True)
class Listed:
    """One of the rest."""

    title: str
    url: str
    figures: str


@dataclass(frozen=True, slots=True)
class Digest:
    """The whole of it. `left` are those that are not even listed."""

    heading: str
    since: str
    best: list[Shown]
    charted: list[Shown]
    others: list[Listed]
    left: int
    url: str

    @property
    def subject(self) -> str:
        """The subject of the mail: how many they are, and the best."""
        return f"{self.heading}: {shortened(self.best[0].title, 60)}" if self.best else self.heading

    @classmethod
    def of(cls, message: Message) -> Digest:
        """Lay out the items of a message's data, the best first."""
        items = [item for item in message.data.get("items") or () if isinstance(item, dict)]
        more = int(message.data.get("more") or 0)
        deals = sorted((item for item in items if item.get("price")), key=_rank, reverse=True)
        best = [_shown(item) for item in deals[:BEST]]
        rest = deals[BEST:] + [item for item in items if not item.get("price")]
        return cls(
            heading=_heading(len(deals), len(items), more),
            since=_since(message.data.get("since")),
            best=best,
            charted=[one for one in best if one.paid is not None],
            others=[_listed(item) for item in rest[:_LONGEST_LIST]],
            left=max(0, len(rest) - _LONGEST_LIST) + more,
            url=settings.PUBLIC_URL + message.data["url"],
        )


def _heading(deals: int, items: int, more: int) -> str:
    count = items + more
    if deals == items:
        return ngettext("{count} deal for you", "{count} deals for you", count).format(count=count)
    return ngettext("{count} alert for you", "{count} alerts for you", count).format(count=count)


def _since(moment: str | None) -> str:
    try:
        return _("Since {day}").format(day=spoken_day(datetime.fromisoformat(moment))) if moment else ""
    except ValueError:
        return ""


def _rank(item: dict[str, Any]) -> tuple[bool, int, Decimal]:
    facts = Facts.of(item)
    return not facts.is_unsure, facts.score or 0, facts.percent or Decimal(0)


def _address(item: dict[str, Any]) -> str:
    links = item.get("links") or {}
    return str(links.get("open") or settings.PUBLIC_URL + item.get("url", "/alerts/"))


def picture_of(url: object) -> str:
    """The address of a picture that a mail may show, or ""."""
    return url if isinstance(url, str) and url.startswith(("https://", "http://")) else ""


def _shown(item: dict[str, Any]) -> Shown:
    facts = Facts.of(item)
    saves = facts.discount is not None and facts.discount.amount > 0 and facts.percent is not None
    name = _("Sample: {title}").format(title=facts.name) if facts.is_sample else facts.name
    return Shown(
        title=shortened(name, 120),
        url=_address(item),
        picture=picture_of(item.get("image_url")),
        price=spoken_money(facts.price.amount, facts.price.currency),
        place=facts.place,
        was="" if facts.was is None else spoken_money(facts.was.amount, facts.was.currency),
        worth=""
        if not facts.is_valued or facts.worth is None
        else spoken_estimate(facts.worth.amount, facts.worth.currency),
        span=_span(facts),
        saving=spoken_percent(facts.percent) if saves and facts.percent is not None else "",
        unsure=facts.is_unsure,
        score=facts.score,
        goal=shortened(facts.goal, 60),
        paid=_paid(facts),
    )


def _span(facts: Facts) -> str:
    if facts.low is None or facts.high is None:
        return ""
    return spoken_span(facts.low.amount, facts.high.amount, facts.low.currency)


def _paid(facts: Facts) -> int | None:
    if facts.worth is None or not facts.worth.amount or facts.worth.currency != facts.price.currency:
        return None
    return round(100 * facts.price.amount / facts.worth.amount)


def _listed(item: dict[str, Any]) -> Listed:
    if not item.get("price"):
        title = one_line(item.get("headline") or item.get("title") or "") or _("An alert")
        return Listed(shortened(title, 120), _address(item), "")
    facts = Facts.of(item)
    figures = _("{price} at {place}").format(
        price=spoken_money(facts.price.amount, facts.price.currency), place=facts.place
    )
    return Listed(shortened(facts.name, 90), _address(item), figures)

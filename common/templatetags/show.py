"""How amounts, times and drawn signs are shown on every page."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from common.money import format_money

register = template.Library()

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def short_money(amount: Decimal, currency: str, *, rough: bool = False) -> str:
    """An amount without empty cents: "$129", "$129.99". A `rough` one of 100 or more, such as a worth, has no cents at all."""
    if rough and abs(amount) >= 100:
        amount = amount.quantize(Decimal(1))
    return format_money(amount, currency).removesuffix(".00")


@register.simple_tag
def money(amount: Decimal | str | None, currency: str = "USD") -> str:
    """An amount for people; a dash for none."""
    if amount is None or amount == "":
        return "–"
    return short_money(Decimal(amount), currency or "USD")


@register.simple_tag
def rough_money(amount: Decimal | str | None, currency: str = "USD") -> str:
    """An amount that is a judgement, such as a worth: no cents from 100 upwards; a dash for none."""
    if amount is None or amount == "":
        return "–"
    return short_money(Decimal(amount), currency or "USD", rough=True)


@register.filter
def ago(moment: datetime | None) -> SafeString:
    """A time in words: relative up to a week, then the date; the exact time stands in the element."""
    if moment is None:
        return SafeString("–")
    local = timezone.localtime(moment)
    return format_html('<time datetime="{}" title="{}">{}</time>', moment.isoformat(), exact(local), time_words(moment))


def exact(moment: datetime) -> str:
    """A date and time of day with its zone: "3 May 2026, 14:05 UTC"."""
    return f"{moment.day} {moment:%b %Y, %H:%M %Z}"


def time_words(moment: datetime) -> str:
    """A time as it is said: "5 min ago", "2 days ago", "12 May", "in 3 h"."""
    local = timezone.localtime(moment)
    seconds = (timezone.now() - moment).total_seconds()
    future = seconds < 0
    seconds = abs(seconds)
    if seconds >= 7 * _DAY:
        year = "" if local.year == timezone.localtime().year else f" {local.year}"
        return f"{local.day} {local:%b}{year}"
    if seconds < _MINUTE:
        return "now"
    for size, unit in ((_DAY, "day"), (_HOUR, "h"), (_MINUTE, "min")):
        if seconds >= size:
            count = int(seconds // size)
            name = f"{unit}s" if unit == "day" and count > 1 else unit
            return f"in {count} {name}" if future else f"{count} {name} ago"
    return "now"


@register.simple_tag
def icon(name: str, style: str = "") -> SafeString:
    """One of the drawn signs; decoration, so the words beside it must say the same."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true"><use href="{}#i-{}"></use></svg>',
        style,
        static("img/symbols.svg"),
        name,
    )


@register.filter
def plural(count: int, forms: str) -> str:
    """The count with its noun: `{{ 3|plural:"deal,deals" }}` gives "3 deals"."""
    one, _, many = forms.partition(",")
    return f"{count:,} {one if count == 1 else many}"


@register.filter
def words_of(code: Any) -> str:
    """A code as words: "best_buy" gives "Best buy"."""
    text = str(code).replace("_", " ").strip()
    return text[:1].upper() + text[1:]


@register.filter
def span(seconds: float) -> str:
    """A length of time in words, of two units at most: "10 min", "1 h 30 min", "2 days"."""
    left = round(seconds)
    said = []
    for size, unit in ((_DAY, "day"), (_HOUR, "h"), (_MINUTE, "min"), (1, "s")):
        count, left = divmod(left, size)
        if count:
            said.append(f"{count} {unit}s" if unit == "day" and count > 1 else f"{count} {unit}")
    return " ".join(said[:2]) or "0 s"


@register.filter
def seconds_between(start: datetime | None, end: datetime | None) -> str:
    """How long something took: "0.4 s", "3 min 10 s"."""
    if start is None or end is None:
        return "–"
    seconds = (end - start).total_seconds()
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{int(seconds // 60)} min {int(seconds % 60)} s"

"""The parts that show a deal: the worth bar, the verdict, the picture."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import template

from common.templatetags.show import short_money, time_words
from deals.models import Deal, Valuation, Verdict
from deals.selectors import name_of, verdict_sentences
from deals.web.glyphs import glyph_of
from deals.web.worth_bar import anchor, bar_of, percent, worth_text

register = template.Library()
register.filter("percent", percent)
register.filter("anchor", anchor)
register.filter("thing", name_of)


@register.inclusion_tag("deals/_worth_bar.html")
def worth_bar(deal: Deal, scale: Decimal | None = None) -> dict[str, Any]:
    """The worth bar as on a card, on the scale of its list."""
    return {"bar": bar_of(deal, scale), "key": deal.pk.hex[-12:]}


@register.inclusion_tag("deals/_worth_bar_large.html")
def worth_bar_large(deal: Deal) -> dict[str, Any]:
    """The worth bar as on a deal's page: larger, with its amounts written on it."""
    valuation = deal.valuation
    rough = dict.fromkeys(("worth", "low", "high"), "")
    if valuation is not None:
        for name in rough:
            amount = getattr(valuation, name)
            rough[name] = "" if amount is None else short_money(amount, deal.currency, rough=True)
    return {
        "bar": bar_of(deal),
        "price": short_money(deal.price, deal.currency),
        "key": f"{deal.pk.hex[-12:]}-l",
    } | rough


@register.simple_tag
def worth_words(deal: Deal) -> str:
    """The worth bar as text, for titles and descriptions."""
    return worth_text(deal.price, deal.currency, deal.valuation)


@dataclass(frozen=True, slots=True)
class Chip:
    """A verdict in a few words, with a tone and a sign: never colour alone."""

    words: str
    tone: str
    sign: str
    unvalued: bool = False


_CHIPS = {
    Verdict.BUY_NOW: ("good", "checks"),
    Verdict.GOOD: ("good", "check"),
    Verdict.FAIR: ("plain", "equal"),
    Verdict.WAIT: ("warn", "clock"),
    Verdict.SUSPICIOUS: ("bad", "warn"),
    Verdict.CANNOT_SAY: ("plain", "question"),
}


def chip_of(valuation: Valuation | None, cheaper_at: datetime | None = None) -> Chip:
    """The chip of a valuation; a deal that waits for one says so, and one to wait for when it was cheaper, if it was."""
    if valuation is None:
        return Chip("Being valued", "plain", "clock", unvalued=True)
    verdict = Verdict(valuation.verdict)
    tone, sign = _CHIPS[verdict]
    words = str(verdict.label)
    if verdict == Verdict.WAIT and cheaper_at is not None:
        words = f"Wait: was cheaper {time_words(cheaper_at)}"
    return Chip(words, tone, sign)


@register.inclusion_tag("deals/_chip.html")
def verdict_chip(deal: Deal, cheaper_at: datetime | None = None) -> dict[str, Any]:
    """The verdict on a deal."""
    return {"chip": chip_of(deal.valuation, cheaper_at)}


@register.inclusion_tag("deals/_badge.html")
def verdict_badge(deal: Deal, cheaper_at: datetime | None = None) -> dict[str, Any]:
    """The verdict on a card, which opens its two sentences."""
    return {
        "chip": chip_of(deal.valuation, cheaper_at),
        "sentences": verdict_sentences(deal.valuation),
        "score": deal.valuation.score if deal.valuation else None,
        "key": deal.pk.hex[-12:],
    }


@register.inclusion_tag("deals/_picture.html")
def deal_picture(deal: Deal, size: int = 96) -> dict[str, Any]:
    """The deal's picture, or the drawn sign of its category where there is none."""
    image = deal.image_url if deal.image_url.startswith(("https://", "http://")) else ""
    return {"image": image, "glyph": glyph_of(deal.category, deal.title), "size": size, "big": size > 96}

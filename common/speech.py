"""The language that a message speaks: its words by gettext, its numbers and dates as people write them there.

The pages are in English; messages are in the language that their reader has chosen. The language is that of gettext, for one thread
and for as long as the block of `speaking` lasts. Translations lie in `locale/`, written and compiled by `manage.py translations`.
"""

from __future__ import annotations

import re
from contextlib import AbstractContextManager
from datetime import datetime
from decimal import Decimal
from typing import Final

from babel.dates import format_date
from babel.numbers import format_currency, format_decimal, get_currency_precision
from django.db import models
from django.utils import timezone, translation

from common.money import format_money


class Language(models.TextChoices):
    """The languages of messages, each under its own name."""

    ENGLISH = "en", "English"
    GERMAN = "de", "Deutsch"


_LOCALES: Final = {Language.ENGLISH.value: "en_US", Language.GERMAN.value: "de_DE"}
HARD_SPACE: Final = "\u00a0"
_ROUGH_FROM: Final = 20


def speaking(language: str) -> AbstractContextManager[object]:
    """Speak this language inside of the block; English where there is no such language."""
    return translation.override(language if language in _LOCALES else Language.ENGLISH.value)


def spoken_language() -> str:
    """The language that is spoken now."""
    current = (translation.get_language() or "").partition("-")[0]
    return current if current in _LOCALES else Language.ENGLISH.value


def spoken_money(amount: Decimal, currency: str) -> str:
    """An exact amount with its cents: "$1,299.00", "1.299,00 $"."""
    if spoken_language() == Language.ENGLISH:
        return format_money(amount, currency)
    return format_currency(amount, currency, locale=_locale())


def spoken_price(amount: Decimal, currency: str) -> str:
    """An exact amount without cents that are none: "$1,299", "$129.90"."""
    text, places = spoken_money(amount, currency), get_currency_precision(currency)
    return re.sub(rf"[.,]0{{{places}}}(?=\D*$)", "", text) if places else text


def spoken_estimate(amount: Decimal, currency: str) -> str:
    """An estimate, in whole units from 20 upward: its cents would claim a precision that it does not have."""
    return spoken_price(amount.quantize(Decimal(1)) if abs(amount) >= _ROUGH_FROM else amount, currency)


def spoken_span(low: Decimal, high: Decimal, currency: str) -> str:
    """From where to where an estimate goes: "$264–$356", "264–356 $"."""
    first, last = spoken_estimate(low, currency), spoken_estimate(high, currency)
    sign = re.search(r"\D+$", last)
    # A sign that follows the number is said once.
    return f"{first.removesuffix(sign[0]) if sign else first}–{last}"


def spoken_percent(share: Decimal | float) -> str:
    """Per cents, rounded to a whole number: "26 %", with a space that does not break."""
    return f"{format_decimal(round(share), locale=_locale())}{HARD_SPACE}%"


def spoken_day(moment: datetime) -> str:
    """A day in the zone that is set: "24 December", "24. Dezember"."""
    form = "d. MMMM" if spoken_language() == Language.GERMAN else "d MMMM"
    return format_date(timezone.localtime(moment).date(), form, locale=_locale())


def _locale() -> str:
    return _LOCALES[spoken_language()]

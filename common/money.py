"""Money: an exact amount and its ISO 4217 currency, how it is shown, and how one currency becomes another."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache
from typing import TypedDict

from babel.numbers import format_currency, get_currency_precision
from currency_converter import SINGLE_DAY_CURRENCY_FILE, CurrencyConverter, RateNotFoundError

from common.money_text import MoneySpan, find_amounts, parse_amount

__all__ = [
    "Converted",
    "Money",
    "MoneyJSON",
    "MoneySpan",
    "UnknownRate",
    "amount_text",
    "convert",
    "find_amounts",
    "format_money",
    "known_currencies",
    "parse_price",
]

# On a holiday the last working day's rate holds; after a longer gap the bank has given the currency up.
_LONGEST_GAP = datetime.timedelta(days=10)


class MoneyJSON(TypedDict):
    """Money in the API and in events: a decimal string and an ISO 4217 code."""

    amount: str
    currency: str


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount in the currency's main unit (dollars, not cents)."""

    amount: Decimal
    currency: str

    def as_json(self) -> MoneyJSON:
        """The shape that the API uses: `{"amount": "129.99", "currency": "USD"}`."""
        return {"amount": amount_text(self.amount, self.currency), "currency": self.currency}

    def __str__(self) -> str:
        return format_money(self.amount, self.currency)


@dataclass(frozen=True, slots=True)
class Converted:
    """Money in another currency, with the rate that was used and the day that it was fixed."""

    money: Money
    rate: Decimal
    rate_date: datetime.date


class UnknownRate(Exception):
    """There is no exchange rate for these currencies on that day."""


def parse_price(text: str, *, default_currency: str) -> Money | None:
    """Read the one price that a text states, such as "1.106,18 €" or "US $129.99".

    A sign of the currency in the text wins over `default_currency`. None where the text states no price, several
    different prices, or one that could be read in two ways.
    """
    found = parse_amount(text, default_currency)
    return Money(*found) if found else None


def amount_text(amount: Decimal, currency: str) -> str:
    """The exact amount as a decimal string, with at least the currency's own decimals: "129.90", "1500" (JPY)."""
    exact = amount.normalize()
    places = max(get_currency_precision(currency), -int(exact.as_tuple().exponent))
    return f"{exact:.{places}f}"


def format_money(amount: Decimal, currency: str) -> str:
    """An amount for people, in English: "$1,299.00", "A$37.00", "¥1,500". Rounded to the currency's decimals."""
    text = format_currency(amount, currency, locale="en_US")
    return text.replace(currency, f"{currency}\u00a0", 1) if currency in text else text


def convert(money: Money, to: str, on: datetime.date | None = None) -> Converted:
    """Convert with the reference rates of the European Central Bank that the CurrencyConverter package carries.

    `on` is the day whose rate is wanted; without it the newest rate is used. The rate used is the last one fixed on or
    before that day, and its date is part of the answer. Raises `UnknownRate` where there is none.
    """
    if money.currency == to:
        return Converted(money, Decimal(1), on or datetime.datetime.now(datetime.UTC).date())
    rate, rate_date = _rate(money.currency, to, on)
    step = Decimal(1).scaleb(-get_currency_precision(to))
    return Converted(Money((money.amount * rate).quantize(step, ROUND_HALF_EVEN), to), rate, rate_date)


def known_currencies() -> frozenset[str]:
    """The currencies that can be converted today, give or take those that the bank has given up."""
    return frozenset(_newest_rates().currencies)


def _rate(source: str, to: str, on: datetime.date | None) -> tuple[Decimal, datetime.date]:
    table = _newest_rates() if on is None else _all_rates()
    for currency in (source, to):
        if currency not in table.currencies:
            raise UnknownRate(f"There is no exchange rate for {currency}.")
    day = min(table.bounds[source].last_date, table.bounds[to].last_date)
    wanted = table.bounds["EUR"].last_date if on is None else on
    day = min(day, wanted)
    if min(wanted, table.bounds["EUR"].last_date) - day > _LONGEST_GAP:
        raise UnknownRate(f"There is no exchange rate from {source} to {to} after {day}.")
    for back in range(_LONGEST_GAP.days):
        fixed = day - datetime.timedelta(days=back)
        try:
            rate: Decimal = table.convert(Decimal(1), source, to, date=fixed)
        except RateNotFoundError:
            continue
        return rate, fixed
    raise UnknownRate(f"There is no exchange rate from {source} to {to} on {wanted}.")


@lru_cache(maxsize=1)
def _newest_rates() -> CurrencyConverter:
    """The rates of one day: small, and enough for almost everything."""
    return CurrencyConverter(SINGLE_DAY_CURRENCY_FILE, decimal=True)


@lru_cache(maxsize=1)
def _all_rates() -> CurrencyConverter:
    """The rates of every day since 1999: some 80 MB once loaded, so only where a day in the past is asked for."""
    return CurrencyConverter(decimal=True)

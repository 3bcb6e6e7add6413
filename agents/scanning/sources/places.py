"""What the address of a place says about the money that is used there."""

from __future__ import annotations

from common.urls import host_of

_DOLLAR_PLACES = {".com.au": "AUD", ".net.au": "AUD", ".ca": "CAD", ".co.nz": "NZD", ".com.sg": "SGD", ".com.hk": "HKD"}
_OTHER_PLACES = {
    ".co.uk": "GBP", ".uk": "GBP", ".de": "EUR", ".fr": "EUR", ".es": "EUR", ".it": "EUR", ".nl": "EUR", ".ie": "EUR", ".at": "EUR",
    ".be": "EUR", ".fi": "EUR", ".pt": "EUR", ".pl": "PLN", ".se": "SEK", ".no": "NOK", ".dk": "DKK", ".ch": "CHF", ".cz": "CZK",
    ".in": "INR", ".co.jp": "JPY", ".jp": "JPY", ".com.br": "BRL", ".com.mx": "MXN",
}  # fmt: skip
_CURRENCIES = {**_DOLLAR_PLACES, **_OTHER_PLACES}
# Two places whose names end like American ones, and where a bare amount is not in dollars.
_HOSTS = {"gumtree.com": "GBP", "london.craigslist.org": "GBP"}


def currency_of_place(url: str, default: str = "USD") -> str:
    """The currency in which a place on the web most likely states its prices, by its name or the end of it."""
    host = host_of(url)
    if host in _HOSTS:
        return _HOSTS[host]
    ends = sorted((end for end in _CURRENCIES if host.endswith(end)), key=len)
    return _CURRENCIES[ends[-1]] if ends else default

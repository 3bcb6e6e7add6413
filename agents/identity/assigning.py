"""Which product an offer is of, as far as it says so itself: by its bar code, its maker's part number, or its title.

For a batch at once, with a number of queries that does not depend on its size. Nothing is guessed here: two offers with the same
number are one product only where they are for the same quantity of the same part.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from agents.identity.names import Name, read_name
from agents.scanning.reading.facts import product_name
from agents.scanning.sources.base import Offer
from common.gtin import normalised_gtin
from common.text import shortened, title_key
from deals.models import Product, ProductNumber

_COMPACT: Final = re.compile(r"[\W_]+")
_STORAGE: Final = re.compile(r"\d+(?:gb|tb)")
_LEAST_MODEL: Final = 5
_BY_GTIN: Final = ("The same bar code.", 0.99)
_BY_MPN: Final = ("The same part number of the same maker.", 0.97)
_BY_MODEL: Final = ("The same model number of the same maker in its title.", 0.95)
_BY_TITLE: Final = ("The same title.", 0.95)


@dataclass(frozen=True, slots=True)
class Number:
    """A number that an offer states: `value` as it is stored, and what it means that another offer states it too."""

    value: str
    reason: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Assignment:
    """The product that an offer names itself (`home`), the one that it is of after merges, and why."""

    home: Product
    product: Product
    reason: str
    confidence: float


def numbers_of(offer: Offer) -> list[Number]:
    """The numbers by which an offer names its product, the surest first."""
    name = read_name(offer.title, offer.brand)
    found = []
    if gtin := normalised_gtin(offer.gtin):
        found.append(Number(f"gtin:{gtin}:{name.variant}", *_BY_GTIN))
    if not name.brand:
        return found
    stated = _COMPACT.sub("", offer.mpn).casefold()[:80]
    if len(stated) >= _LEAST_MODEL and any(map(str.isdigit, stated)):
        found.append(Number(f"mpn:{name.brand[:100]}:{stated}:{name.variant}", *_BY_MPN))
    if model := _only_model(name):
        # One model number may be of several sizes and versions, which are other things.
        versions = "/".join(sorted({*name.versions, *(word for word in name.words if _STORAGE.fullmatch(word))}))
        found.append(Number(f"model:{name.brand[:60]}:{model[:60]}:{versions[:100]}:{name.variant}", *_BY_MODEL))
    return found


def assign(offers: Sequence[Offer]) -> list[Assignment | None]:
    """The product of each offer, in their order, in the caller's transaction; made where it is not there yet. None for an offer
    whose title says nothing and that states no number."""
    numbers = [numbers_of(offer) for offer in offers]
    known = _known({number.value for each in numbers for number in each})
    keys = _keys(offers, numbers, known)
    products = _products(dict(zip(reversed(keys), reversed(offers), strict=True)))
    # A title that another bar code has taken before says too little: such an offer is of a product of its own.
    taken = [bool(key) and not _agrees(offer, products[key]) for key, offer in zip(keys, offers, strict=True)]
    if any(taken):
        keys = [
            _own_key(key, offer) if is_taken else key for key, offer, is_taken in zip(keys, offers, taken, strict=True)
        ]
        products = _products(dict(zip(reversed(keys), reversed(offers), strict=True)))
    rows = list(zip(offers, numbers, keys, strict=True))
    homes = [_home(offer, each, known, products.get(key)) for offer, each, key in rows]
    known |= _learn(offers, numbers, known, [found.home if found else None for found in homes])
    return [
        _home(offer, each, known, found.home) if found else None
        for (offer, each, _), found in zip(rows, homes, strict=True)
    ]


def _known(values: set[str]) -> dict[str, Product]:
    found = ProductNumber.objects.filter(value__in=values).select_related("product__merged_into") if values else []
    return {number.value: number.product for number in found}


def _keys(offers: Sequence[Offer], numbers: list[list[Number]], known: dict[str, Product]) -> list[str]:
    """The key of the title's product of each offer that no known number names, "" for the others. Offers of one batch that share a
    number share the key of the first."""
    keys: list[str] = []
    claimed: dict[str, tuple[str, str]] = {}  # by number: the key, and the bar code of its first offer
    codes: dict[str, str] = {}
    for offer, each in zip(offers, numbers, strict=True):
        if any(_agrees(offer, known[number.value]) for number in each if number.value in known):
            keys.append("")
            continue
        code = normalised_gtin(offer.gtin)
        shared = [claimed[number.value] for number in each if number.value in claimed]
        key = next((key for key, other in shared if code in ("", other) or not other), "")
        if not key:
            key = title_key(product_name(offer.title, offer.currency))[:300]
            if key and code and codes.setdefault(key, code) != code:
                key = _own_key(key, offer)
        keys.append(key)
        for number in each:
            claimed.setdefault(number.value, (key, code))
    return keys


def _own_key(key: str, offer: Offer) -> str:
    return f"{key[:280]} {normalised_gtin(offer.gtin)}"


def _products(wanted: dict[str, Offer]) -> dict[str, Product]:
    """The products of these keys; those that are not there yet are made."""
    wanted = {key: offer for key, offer in wanted.items() if key}
    there = set(Product.objects.filter(key__in=wanted).values_list("key", flat=True))
    Product.objects.bulk_create(
        [
            Product(
                key=key,
                name=shortened(product_name(offer.title, offer.currency), 300),
                brand=offer.brand,
                category=offer.category,
            )
            for key, offer in sorted(wanted.items())
            if key not in there
        ],
        ignore_conflicts=True,
    )
    return {product.key: product for product in Product.objects.filter(key__in=wanted).select_related("merged_into")}


def _agrees(offer: Offer, product: Product) -> bool:
    """Whether nothing speaks against the offer's being of the product: two bar codes that differ are two things."""
    gtin = normalised_gtin(offer.gtin)
    return not gtin or not product.gtin or gtin == product.gtin


def _home(
    offer: Offer, numbers: Sequence[Number], known: dict[str, Product], titled: Product | None
) -> Assignment | None:
    for number in numbers:
        product = known.get(number.value)
        if product is not None and _agrees(offer, product):
            return Assignment(product, product.merged_into or product, number.reason, number.confidence)
    if titled is None:
        return None
    return Assignment(titled, titled.merged_into or titled, *_BY_TITLE)


def _learn(
    offers: Sequence[Offer], numbers: list[list[Number]], known: dict[str, Product], homes: list[Product | None]
) -> dict[str, Product]:
    """Store what numbers these offers state of their products; whoever stored one first decides. Returns the products of the new
    numbers."""
    new: dict[str, Product] = {}
    stated: dict[Product, dict[str, str]] = {}
    for offer, each, home in zip(offers, numbers, homes, strict=True):
        if home is None or not _agrees(offer, home):
            continue
        for number in each:
            if number.value not in known:
                new.setdefault(number.value, home)
        facts = stated.setdefault(home, {})
        for name, value in (("gtin", normalised_gtin(offer.gtin)), ("mpn", offer.mpn[:100]), ("brand", offer.brand)):
            if value and not getattr(home, name):
                facts.setdefault(name, value)
    # In the order of their values, so that two readers wait for each other instead of dying in a deadlock.
    ProductNumber.objects.bulk_create(
        [ProductNumber(value=value, product=new[value]) for value in sorted(new)], ignore_conflicts=True
    )
    changed = [product for product, facts in stated.items() if facts]
    for product in changed:
        for name, value in stated[product].items():
            setattr(product, name, value)
    Product.objects.bulk_update(sorted(changed, key=lambda product: product.pk), ["gtin", "mpn", "brand"])
    return _known(set(new))


def _only_model(name: Name) -> str:
    """The model number of a title that has one alone, of letters and digits; "" elsewhere."""
    mixed = [model for model in name.models if not model.isdigit()]
    return mixed[0] if len(name.models) == 1 and mixed and len(mixed[0]) >= _LEAST_MODEL else ""

"""What a product page offers: read from what it tells machines, held against what it shows people, and completed from that.

`extract_product` is the door. How it decides is told in docs/product-pages.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from lxml import html

from agents.scanning.pages import (
    availability,
    details,
    identifiers,
    jsonld,
    meta,
    microdata,
    prices,
    site_rules,
    state,
    structured,
)
from agents.scanning.pages.address import own_address
from agents.scanning.pages.choice import choose
from agents.scanning.pages.document import parse_page
from agents.scanning.pages.layout import Layout, view
from agents.scanning.pages.site_rules import SiteRule
from agents.scanning.pages.structured import Stated
from common.money import amount_text


@dataclass(frozen=True, slots=True)
class ProductPage:
    """A product as its page states it; what the page does not state is None.

    `price` is exact only where `price_kind` is "exact"; with "from" it is where prices start, with "range" its lower end
    (`price_to` is the upper). Use `exact_price` to make a deal. `availability` is "InStock" (can be ordered, in advance too)
    or "OutOfStock"; `availability_detail` is schema.org's word in full. `method` names what the price, else the name, comes
    from, and `methods` says it for each field: "json-ld", "microdata", "meta", "state", "page" (what visitors see),
    "rule:NAME", "language"; for the availability also "assumed": nothing speaks against it. `gtin` has a right check digit.
    """

    name: str | None = None
    price: Decimal | None = None
    currency: str | None = None
    availability: str | None = None
    sku: str | None = None
    brand: str | None = None
    image: str | None = None
    method: str | None = None
    price_kind: str | None = None
    price_to: Decimal | None = None
    list_price: Decimal | None = None
    shipping: Decimal | None = None
    condition: str | None = None
    gtin: str | None = None
    mpn: str | None = None
    availability_detail: str | None = None
    methods: dict[str, str] = field(default_factory=dict)

    @property
    def exact_price(self) -> Decimal | None:
        """The price where it is one and not where prices start."""
        return self.price if self.price_kind == "exact" else None

    def as_json(self) -> dict[str, Any]:
        """The shape of `manage.py extract`; amounts are decimal strings."""
        found: dict[str, Any] = {name: getattr(self, name) for name in self.__slots__}
        for name in ("price", "price_to", "list_price", "shipping"):
            found[name] = None if found[name] is None else amount_text(found[name], self.currency or "USD")
        return found


def extract_product(
    body: bytes, url: str = "", content_type: str | None = None, *, rules: Sequence[SiteRule] | None = None
) -> ProductPage:
    """Read one page, given as it was sent. `url` is its address (an archive's address is unwrapped), `content_type` its header.

    A rule for the shop (of those that come along, or of `rules`), structured data (JSON-LD, microdata and RDFa, the head,
    embedded state), and what the page shows; each field from the place that is likeliest. Nothing is fetched, and no language
    model is asked (`by_language.read_product` does). Raises `UnreadablePage` when it is no page at all, and nothing else.
    """
    tree = parse_page(body, content_type)
    address = own_address(url or meta.canonical(tree))
    title = meta.properties(tree).get("og:title") or meta.page_title(tree)
    stated = _stated(tree, title, address, rules)
    names = [one.name for one in stated if one.name] + [title, meta.page_title(tree)]
    layout = view(tree, names)
    stated.append(state.product(tree, [*names, layout.name or ""]))
    return _ProductReader(tree, layout, address, stated).read()


def _stated(tree: html.HtmlElement, title: str, address: str, rules: Sequence[SiteRule] | None) -> list[Stated]:
    rule = site_rules.rule_for(address, rules)
    return [
        *([site_rules.read(rule, tree, address)] if rule else []),
        structured.read_nodes("json-ld", jsonld.products(tree), title, address),
        structured.read_nodes("microdata", microdata.products(tree), title, address),
        structured.read_node("meta", meta.product(tree), address),
    ]


class _ProductReader:
    """One page on its way into a `ProductPage`."""

    def __init__(self, tree: html.HtmlElement, layout: Layout, address: str, stated: list[Stated]) -> None:
        self.tree, self.layout, self.address, self.stated = tree, layout, address, stated
        self.fields: dict[str, Any] = {}
        self.methods: dict[str, str] = {}

    def read(self) -> ProductPage:
        seen = prices.candidates(self.layout)
        self._name_and_brand()
        chosen = choose(
            self.layout, seen, self.stated, currency_hint=details.currency_hint(self.tree, self.address, self.stated)
        )
        price_order = None
        if chosen:
            price_order = chosen.order
            self._put("price", chosen.amount, chosen.method)
            self._put("currency", chosen.currency, chosen.method)
            self._put("price_kind", chosen.kind, chosen.method)
            self._put("price_to", chosen.upper, chosen.method)
            self._put("list_price", details.list_price(self.layout, seen, chosen, self.stated), "page")
        self._availability(priced=chosen is not None, price_order=price_order)
        self._numbers()
        for name in ("condition", "shipping"):
            self._first(name)
        self._put("shipping", details.shipping(self.layout, seen, chosen), "page")
        self._put("condition", details.condition(self.layout), "page")
        self._put("image", details.picture(self.layout, self.address), "page")
        method = self.methods.get("price") or self.methods.get("name")
        return ProductPage(**self.fields, method=method, methods=self.methods)

    def _put(self, name: str, value: Any, method: str) -> None:
        if value is not None and name not in self.fields:
            self.fields[name] = value
            self.methods[name] = method

    def _first(self, name: str) -> None:
        for stated in self.stated:
            self._put(name, getattr(stated, name), stated.method)

    def _name_and_brand(self) -> None:
        for stated in self.stated:
            if stated.method not in {"meta", "state"}:
                self._put("name", stated.name, stated.method)
        anchor = self.layout.anchor
        if anchor is not None and self.layout.spots[anchor].tag == "h1":
            self._put("name", self.layout.name or None, "page")
        self._first("name")
        self._first("brand")
        self._put("brand", details.brand(self.layout), "page")
        self._first("image")

    def _availability(self, *, priced: bool, price_order: int | None) -> None:
        stated = [(one.method, one.details) for one in self.stated]
        found = availability.judge(self.layout, stated, priced=priced, price_order=price_order)
        if found:
            self._put("availability", found.value, found.method)
            self._put("availability_detail", found.detail, found.method)

    def _numbers(self) -> None:
        numbers, named = identifiers.collect(self.tree, self.layout, self.address)
        for stated in self.stated:
            certain = stated.method != "state"
            if stated.sku:
                weight = 5.0 if certain else 2.0
                numbers.add(
                    stated.sku,
                    30.0 if stated.method.startswith("rule:") else weight,
                    stated.method if certain else "state of it",
                )
            if stated.product_id:
                numbers.add(stated.product_id, 3.5 if certain else 1.5, f"{stated.method} id")
            if stated.gtin:
                numbers.add(stated.gtin, 1.2, "gtin")
                self._put("gtin", stated.gtin, stated.method)
            self._put("mpn", stated.mpn, stated.method)
        self._put("gtin", identifiers.gtin(named.get("gtin")), "page")
        self._put("mpn", named.get("mpn"), "page")
        best = numbers.best(unlikely=[self.fields["mpn"]] if "mpn" in self.fields else [])
        if best:
            self._put("sku", *best)

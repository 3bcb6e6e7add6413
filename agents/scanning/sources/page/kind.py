"""The kind of source that is a page of any shop."""

from __future__ import annotations

from agents.scanning.pages.address import own_address as unwrapped
from agents.scanning.pages.by_language import read_product
from agents.scanning.pages.document import UnreadablePage
from agents.scanning.sources.base import Offer, RawEntry, Skip, SourceConfig, SourceKind, UnreadableSource
from agents.scanning.sources.listing import Listing, read_listing, unique
from agents.scanning.sources.page.addresses import own_address
from agents.scanning.sources.page.cards import is_listing, listings_of
from agents.scanning.sources.page.config import PageConfig
from agents.scanning.sources.walls import nothing_listed, page_of, raise_for_wall
from common.text import shortened
from common.urls import canonical_url, host_of, is_web_url


class PageSource(SourceKind):
    """One product's page, or a page that lists several."""

    kind = "page"
    label = "Page of a shop"
    summary = "Any product by the address of its page, or a page that lists products."
    config_class = PageConfig
    is_one_thing = True
    accept = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"

    def parse(self, body: bytes, content_type: str, url: str, config: SourceConfig | None = None) -> list[RawEntry]:
        """One entry for a product's page, one for each product of a list."""
        tree = page_of(body, content_type, "a page of a shop")
        base = url if is_web_url(url) else own_address(tree)
        wanted = config.reading if isinstance(config, PageConfig) else "auto"
        if wanted == "listing" or (wanted == "auto" and is_listing(tree, base)):
            if listings := listings_of(tree, base):
                return unique(listings)
            nothing_listed(tree, host_of(base) or "the page")
            return []
        product = product_listing(body, content_type, base)
        if not product.title or not product.price:
            raise_for_wall(tree)
        if not product.title:
            raise UnreadableSource("No product was found on this web page: it has no name that could be one.")
        return [product.as_entry()]

    def read(self, entry: RawEntry, config: SourceConfig) -> Offer | Skip:
        """Read one product."""
        return read_listing(entry, config)


def product_listing(body: bytes, content_type: str, url: str) -> Listing:
    """The one product of a page, by whatever the page states of it. Raises `UnreadableSource`."""
    try:
        found = read_product(body, url, content_type or None)
    except UnreadablePage as error:
        raise UnreadableSource(str(error)) from error
    said = {name: value or "" for name, value in found.as_json().items() if isinstance(value, str | None)}
    own = unwrapped(url)
    address = canonical_url(own)
    # A price that only begins there is written so, and is then no price to the reader of listings.
    price = said["price"] if found.price_kind in {None, "exact"} else f"from {said['price']} {said['currency']}"
    is_assumed = found.methods.get("availability") == "assumed"
    return Listing(
        external_id=address if len(address) <= 400 else shortened(address, 400),
        url=own,
        title=said["name"],
        price=price,
        currency=said["currency"],
        list_price=said["list_price"],
        image_url=said["image"],
        availability="" if is_assumed else said["availability_detail"] or said["availability"],
        condition=said["condition"],
        shipping=said["shipping"],
        brand=said["brand"],
        sku=said["sku"],
        gtin=said["gtin"],
        mpn=said["mpn"],
    )

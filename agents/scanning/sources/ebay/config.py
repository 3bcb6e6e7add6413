"""What a search through eBay's Browse API is made of.

Names of parameters and filters: https://developer.ebay.com/api-docs/buy/browse/resources/item_summary/methods/search and
https://developer.ebay.com/api-docs/buy/ref-buy-browse-filters.html.
"""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlencode

from pydantic import Field, SecretStr, model_validator

from agents.scanning.sources.base import SourceConfig

HOSTS = {"production": "https://api.ebay.com", "sandbox": "https://api.sandbox.ebay.com"}
SEARCH_PATH = "/buy/browse/v1/item_summary/search"
LARGEST_PAGE = 200
"""Items that one answer of the API has at most."""
_CONDITION_IDS = {
    "new": "1000|1500|1750",
    "refurbished": "2000|2010|2020|2030|2500",
    "used": "2750|2990|3000|3010|4000|5000|6000",
}
_CURRENCIES = {
    "EBAY_US": "USD", "EBAY_GB": "GBP", "EBAY_AU": "AUD", "EBAY_CA": "CAD", "EBAY_DE": "EUR", "EBAY_FR": "EUR", "EBAY_IT": "EUR",
    "EBAY_ES": "EUR", "EBAY_NL": "EUR", "EBAY_IE": "EUR", "EBAY_AT": "EUR", "EBAY_BE": "EUR", "EBAY_PL": "PLN", "EBAY_CH": "CHF",
}  # fmt: skip
Site = Literal[
    "EBAY_US", "EBAY_GB", "EBAY_AU", "EBAY_CA", "EBAY_DE", "EBAY_FR", "EBAY_IT", "EBAY_ES", "EBAY_NL", "EBAY_IE", "EBAY_AT", "EBAY_BE",
    "EBAY_PL", "EBAY_CH",
]  # fmt: skip


class EbayConfig(SourceConfig):
    """A search. Without a client ID nothing is asked, and only saved pages can be read."""

    client_id: str = Field(
        "",
        max_length=200,
        title="Client ID",
        description="Also called App ID, from developer.ebay.com. Without one only saved pages are read.",
    )
    client_secret: SecretStr = Field(
        SecretStr(""),
        max_length=200,
        title="Client secret",
        description="Also called Cert ID. It is stored sealed and never shown again.",
    )
    environment: Literal["production", "sandbox"] = Field(
        "production", title="Environment", description="The sandbox has invented listings, and keys of its own."
    )
    site: Site = Field("EBAY_US", title="eBay site")
    query: str = Field(
        "", max_length=100, title="Words", description="What is searched for. Words or a category are needed."
    )
    category_ids: str = Field(
        "",
        pattern=r"^([0-9]{1,10}(,[0-9]{1,10}){0,4})?$",
        title="Categories",
        description="Numbers of eBay's categories, with commas between.",
    )
    gtin: str = Field(
        "", pattern=r"^([0-9]{8,14})?$", title="GTIN", description="The number of a bar code. It may be empty."
    )
    min_price: int | None = Field(None, ge=0, title="Lowest price")
    max_price: int | None = Field(None, ge=0, title="Highest price")
    condition: Literal["any", "new", "refurbished", "used"] = Field("any", title="Condition")
    free_shipping: bool = Field(False, title="Only with free shipping")
    most_items: int = Field(
        200,
        ge=1,
        le=1000,
        title="Most listings",
        description="Of one scan. Each 200 cost one request of the 5,000 that eBay grants in a day.",
    )
    sort: Literal["newlyListed", "price", "-price", "best"] = Field(
        "newlyListed", title="Order", description="Newest first finds new listings soonest."
    )

    @model_validator(mode="after")
    def _searchable(self) -> EbayConfig:
        if self.client_id and not (self.query.strip() or self.category_ids or self.gtin):
            raise ValueError("A search wants words, a category or a GTIN.")
        if self.min_price is not None and self.max_price is not None and self.min_price > self.max_price:
            raise ValueError("The lowest price is above the highest.")
        return self

    @property
    def host(self) -> str:
        """Where the API is."""
        return HOSTS[self.environment]

    @property
    def address(self) -> str:
        """The address of the first page of the search, "" without a client ID."""
        if not self.client_id:
            return ""
        asked = {
            "q": " ".join(self.query.split()), "category_ids": self.category_ids, "gtin": self.gtin, "filter": self._filter(),
            "sort": "" if self.sort == "best" else self.sort, "limit": str(min(self.most_items, LARGEST_PAGE)),
        }  # fmt: skip
        return f"{self.host}{SEARCH_PATH}?{urlencode({name: value for name, value in asked.items() if value})}"

    def _filter(self) -> str:
        filters = ["buyingOptions:{FIXED_PRICE}"]
        if self.min_price is not None or self.max_price is not None:
            low = "" if self.min_price is None else self.min_price
            high = "" if self.max_price is None else f"..{self.max_price}"
            filters += [f"price:[{low}{high}]", f"priceCurrency:{_CURRENCIES[self.site]}"]
        if self.condition != "any":
            filters.append(f"conditionIds:{{{_CONDITION_IDS[self.condition]}}}")
        if self.free_shipping:
            filters.append("maxDeliveryCost:0")
        return ",".join(filters)

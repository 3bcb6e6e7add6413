"""What a search on Gumtree is made of."""

from __future__ import annotations

from typing import Literal
from urllib.parse import quote, urlencode

from pydantic import Field

from agents.scanning.sources.base import SourceConfig

_SLUG = r"^[a-z0-9-]{0,60}$"


class GumtreeConfig(SourceConfig):
    """A search on one of the sites. The address of the source is made of it where words are given, else it states it itself."""

    site: Literal["uk", "au"] = Field(
        "uk", title="Site", description="gumtree.com (United Kingdom) or gumtree.com.au (Australia)."
    )
    query: str = Field(
        "", max_length=200, title="Words", description="What is searched for. Empty: the address above holds."
    )
    location: str = Field(
        "",
        pattern=_SLUG,
        title="Place",
        description="As in the site's own addresses: london, manchester. UK only; it may be empty.",
    )
    category: str = Field(
        "",
        pattern=_SLUG,
        title="Category",
        description="As in the site's own addresses: for-sale, phones. UK only; it may be empty.",
    )
    min_price: int | None = Field(None, ge=0, title="Lowest price")
    max_price: int | None = Field(None, ge=0, title="Highest price")

    @property
    def address(self) -> str:
        """The address of the search, "" without words."""
        words = " ".join(self.query.split())
        if not words:
            return ""
        if self.site == "au":
            path = f"s-{quote('+'.join(words.split()), safe='+')}/k0"
            bounds = (
                ""
                if self.min_price is None and self.max_price is None
                else f"?price={self.min_price or ''}__{self.max_price or ''}"
            )
            return f"https://www.gumtree.com.au/{path}{bounds}"
        asked = {
            "search_category": self.category or "all", "search_location": self.location, "q": words, "min_price": self.min_price,
            "max_price": self.max_price, "sort": "date",
        }  # fmt: skip
        return f"https://www.gumtree.com/search?{urlencode({name: value for name, value in asked.items() if value not in (None, '')})}"

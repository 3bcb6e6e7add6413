"""What a search on Craigslist is made of."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlencode

from pydantic import Field, field_validator

from agents.scanning.sources.base import SourceConfig

_NAME = r"[a-z0-9-]{1,40}"


class CraigslistConfig(SourceConfig):
    """A search in one city. The address of the source is made of it, unless the city is left empty."""

    city: str = Field(
        "",
        pattern=rf"^({_NAME})?$",
        title="City",
        description="As in the address: newyork, sfbay, toronto. Empty: the address above holds.",
    )
    area: str = Field(
        "",
        pattern=r"^[a-z]{0,4}$",
        title="Part of the city",
        description="As in the address: brk for Brooklyn. It may be empty.",
    )
    category: str = Field(
        "sss",
        pattern=r"^[a-z]{3}$",
        title="Category",
        description="Three letters, as in the address: sss for everything, ela electronics, fua furniture.",
    )
    query: str = Field("", max_length=200, title="Words", description="What is searched for. It may be empty.")
    min_price: int | None = Field(None, ge=0, title="Lowest price")
    max_price: int | None = Field(None, ge=0, title="Highest price")
    has_picture: bool = Field(False, title="Only with a picture")
    sort: Literal["date", "rel", "priceasc", "pricedsc"] = Field(
        "date", title="Order", description="Newest first finds new listings soonest."
    )

    @field_validator("query")
    @classmethod
    def _one_line(cls, value: str) -> str:
        return " ".join(value.split())

    @property
    def address(self) -> str:
        """The address of the search, "" without a city."""
        if not self.city:
            return ""
        path = "/".join(part for part in ("search", self.area, self.category) if part)
        asked = {
            "query": self.query, "min_price": self.min_price, "max_price": self.max_price, "hasPic": 1 if self.has_picture else None,
            "sort": self.sort,
        }  # fmt: skip
        given = {name: value for name, value in asked.items() if value not in (None, "")}
        return f"https://{self.city}.craigslist.org/{path}?{urlencode(given)}"

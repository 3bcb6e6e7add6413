"""How a page of a shop is read."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from agents.scanning.sources.base import SourceConfig


class PageConfig(SourceConfig):
    """One product's page, or a page that lists several."""

    reading: Literal["auto", "product", "listing"] = Field(
        "auto",
        title="What the page is",
        description="One product, a list of products, or found out from the page each time.",
    )

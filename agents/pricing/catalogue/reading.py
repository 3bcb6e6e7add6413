"""What comparing needs of a product's words, kept beside it.

Reading the 32 neighbours of an item took longer than all models together, and their words do not change. The rules that read
them do: what was kept by other rules is of another version, is read again when it is needed, and in time by `read_again`.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from agents.pricing import caution, quantities, sameness, text, wording
from agents.pricing.catalogue import compared
from agents.pricing.catalogue.compared import Compared
from agents.pricing.text import Prepared, prepare
from common import text as common_text


@lru_cache(maxsize=1)
def version() -> str:
    """A digest of the rules themselves, so that nobody has to remember to count one up."""
    modules = (text, caution, quantities, common_text, sameness, wording, compared)
    rules = [Path(module.__file__ or "") for module in modules]
    rules += sorted((Path(caution.__file__).parent / "cautions").glob("*.py"))
    return hashlib.sha256(b"\0".join(rule.read_bytes() for rule in rules)).hexdigest()[:16]


def packed(item: Prepared) -> dict[str, Any]:
    """What is kept of a prepared product, as JSON."""
    return {"version": version(), "compared": Compared.of(item).packed()}


def unpacked(kept: dict[str, Any] | None) -> Compared | None:
    """What was kept of a product, None where the rules have changed since."""
    if kept is None or kept["version"] != version():
        return None
    return Compared.unpacked(kept["compared"])


def read_again(limit: int) -> int:
    """Read products anew that were read by other rules, up to `limit`; returns how many there were."""
    from deals.models import CatalogueItem

    stale = CatalogueItem.objects.exclude(reading__version=version()).defer("embedding")[:limit]
    items = list(stale)
    for item in items:
        item.reading = packed(prepare(item.title, item.text))
    CatalogueItem.objects.bulk_update(items, ["reading"], batch_size=500)
    return len(items)

"""What is read from each saved page of a marketplace, where they lie beside the project: listings, and how many of them show what."""

from __future__ import annotations

import gzip
import time
from pathlib import Path

from agents.scanning.sources.base import Offer
from agents.scanning.sources.guessing import guess_kind
from agents.scanning.sources.registry import get_kind
from benchmarks.measurement import Measurement

FOLDER = Path(__file__).resolve().parent.parent.parent / "shared" / "data" / "pages" / "marketplaces"


def run() -> list[Measurement]:
    """For each page its listings, those that are offers, and of these how many have a picture, a condition, a place; and the seconds."""
    if not FOLDER.is_dir():
        return [Measurement("pages found", 0, "pages")]
    return [one for path in sorted(FOLDER.glob("*.html.gz")) for one in _page(path)]


def _page(path: Path) -> list[Measurement]:
    body = gzip.decompress(path.read_bytes())
    name = path.name.removesuffix(".html.gz")
    began = time.process_time()
    kind = get_kind(guess_kind(body))
    config = kind.config_class()
    entries = kind.parse(body, "", "", config)
    answers = [kind.read(entry, config) for entry in entries]
    seconds = time.process_time() - began
    offers = [answer for answer in answers if isinstance(answer, Offer)]
    counts = {
        "listings": len(entries),
        "offers": len(offers),
        "with a picture": sum(bool(offer.image_url) for offer in offers),
        "with a condition": sum(offer.condition != "unknown" for offer in offers),
        "with a place": sum(bool(offer.location) for offer in offers),
        "sold or sold out": sum(offer.availability in {"SoldOut", "OutOfStock"} for offer in offers),
    }
    measured = [Measurement(f"{name} ({kind.kind}), {what}", count, "") for what, count in counts.items()]
    return [*measured, Measurement(f"{name} ({kind.kind}), CPU", seconds, "s")]

"""Every entry of the real deal feeds, against labels that were made by hand from the texts."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from agents.scanning.reading.facts import product_name
from agents.scanning.sources.base import Offer, Skip, SourceConfig
from agents.scanning.sources.registry import get_kind

FEEDS = Path(settings.BASE_DIR).parent / "shared" / "data" / "feeds"
LABELS = [json.loads(path.read_text()) for path in sorted((Path(__file__).parent / "labels").glob("*.json"))]

pytestmark = pytest.mark.skipif(not FEEDS.is_dir(), reason="the real feeds of ../shared/data are not here")


def _read(name: str) -> list[Offer | Skip]:
    kind = get_kind("feed")
    config = SourceConfig(default_currency="AUD" if name.startswith("ozbargain") else "USD")
    return [kind.read(entry, config) for entry in kind.parse((FEEDS / name).read_bytes(), "", "")]


@pytest.mark.parametrize("feed", LABELS, ids=[label["feed"] for label in LABELS])
def test_every_entry_is_read_as_labelled(feed: dict[str, Any]) -> None:
    results = _read(feed["feed"])
    assert len(results) == len(feed["entries"])
    wrong = [
        (label, result) for label, result in zip(feed["entries"], results, strict=True) if not _agrees(label, result)
    ]
    assert not wrong


def _agrees(label: dict[str, Any], result: Offer | Skip) -> bool:
    if not result.title.startswith(label["title_starts"]):
        return False
    if isinstance(result, Skip):
        return label["price"] is None and bool(result.reason)
    list_price = Decimal(label["list_price"]) if label["list_price"] else None
    return (
        label["price"] is not None
        and (result.price, result.currency, result.list_price)
        == (Decimal(label["price"]), label["currency"], list_price)
        and result.canonical_url == label["url"]
        and result.merchant == label["merchant"]
    )


def test_what_else_an_entry_says() -> None:
    first = _read("ozbargain-rss.xml")[0]
    assert isinstance(first, Offer)
    assert (first.brand, first.category, first.condition) == ("Razer", "Computing", "unknown")
    assert first.image_url.startswith("https://files.ozbargain.com.au/")
    assert first.expires_at is not None
    assert first.expires_at.isoformat() == "2023-01-29T12:59:00+00:00"
    assert first.published_at is not None
    assert first.published_at.isoformat() == "2023-01-16T22:45:13+00:00"


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Razer DeathAdder V2 Gaming Mouse $37 @ eBay with Code", "Razer DeathAdder V2 Gaming Mouse"),
        ("Apple AirPods Pro 2 for $189 + free shipping", "Apple AirPods Pro 2"),
        ("Air fryer was $179, now $129", "Air fryer"),
        ("Save $40: Ninja grill $119.99", "Ninja grill"),
        ("$84.99*: 4-Piece Luggage Set", "4-Piece Luggage Set"),
        ("Tesla Model S $20", "Tesla Model S"),
        ("Lamp", "Lamp"),
    ],
)
def test_the_name_of_the_thing_is_the_title_without_its_price(title: str, name: str) -> None:
    assert product_name(title, "USD") == name


def test_a_picture_in_the_text_is_found_and_a_counting_pixel_is_not() -> None:
    results = [one for one in _read("slickdeals-frontpage-2016-11-18.xml") if isinstance(one, Offer)]
    assert all(one.image_url.startswith("https://static.slickdealscdn.com/") for one in results)
    assert next(one for one in results if "Refurbished" in one.title).condition == "refurbished"
    assert not any("Thumb Score" in one.description or "utm_" in one.url for one in results)

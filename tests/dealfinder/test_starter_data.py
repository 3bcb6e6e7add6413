"""The two files of samples say what they claim: bargains are bargains, and nothing in them leads to a real shop."""

import csv
import re
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest

import dealfinder.starter

FOLDER = Path(dealfinder.starter.__file__).parent
SAMPLE = "{https://samples.dealfinder.example/ns/1}"

# What each offer was written to be, by its number.
BARGAINS = {1, 4, 6, 9, 12, 15, 17, 20, 22, 26, 29, 31, 34, 38, 41, 44, 46, 49, 53, 56, 59, 62}
ORDINARY = {2, 5, 8, 11, 14, 18, 21, 24, 27, 30, 33, 36, 39, 42, 45, 47, 51, 54, 57, 60}
OVERPRICED = {7, 16, 25, 32, 40, 48, 55, 61}
INFLATED_WAS = {10, 23, 37, 50}
WITHOUT_PRICE = {3, 13, 19, 28, 35, 43, 52, 58}


@pytest.fixture(scope="module")
def catalogue() -> dict[str, tuple[Decimal, str]]:
    with (FOLDER / "catalogue.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    entries = {row["title"]: (Decimal(row["price"]), row["category"]) for row in rows}
    assert len(entries) == len(rows), "a title is there twice"
    return entries


@pytest.fixture(scope="module")
def offers() -> dict[int, ElementTree.Element]:
    items = ElementTree.parse(FOLDER / "offers.xml").getroot().findall("channel/item")
    numbered = {int(item.findtext("guid", "").removeprefix("sample-")): item for item in items}
    assert len(numbered) == len(items), "a guid is there twice"
    return numbered


def price_and_worth(item: ElementTree.Element, catalogue: dict[str, tuple[Decimal, str]]) -> tuple[Decimal, Decimal]:
    name, _, rest = item.findtext("title", "").partition(" $")
    typical, category = catalogue[name.removeprefix("Refurbished ")]
    assert item.findtext("category") == category
    # Refurbished things usually cost a quarter less than new ones.
    worth = typical * Decimal("0.75") if name.startswith("Refurbished ") else typical
    return Decimal(rest.split()[0]), worth


def test_catalogue_rows_are_complete_and_plausible(catalogue: dict[str, tuple[Decimal, str]]) -> None:
    assert 300 <= len(catalogue) <= 420
    assert all(Decimal(5) <= price <= Decimal(1500) for price, _ in catalogue.values())
    with (FOLDER / "catalogue.csv").open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        assert reader.fieldnames == ["title", "category", "price"]
        for row in reader:
            assert row["title"] == row["title"].strip() and len(row["title"]) > 3 and row["category"], row


def test_every_category_has_neighbours(catalogue: dict[str, tuple[Decimal, str]]) -> None:
    counts: dict[str, int] = {}
    for _, category in catalogue.values():
        counts[category] = counts.get(category, 0) + 1
    assert len(counts) == 13
    assert min(counts.values()) >= 8


def test_each_offer_has_one_kind(offers: dict[int, ElementTree.Element]) -> None:
    kinds = [BARGAINS, ORDINARY, OVERPRICED, INFLATED_WAS, WITHOUT_PRICE]
    assert set(offers) == set.union(*kinds)
    assert sum(map(len, kinds)) == len(offers)


def test_bargains_are_25_to_55_percent_under(
    offers: dict[int, ElementTree.Element], catalogue: dict[str, tuple[Decimal, str]]
) -> None:
    big = 0
    for number in BARGAINS:
        price, worth = price_and_worth(offers[number], catalogue)
        assert Decimal("0.45") <= price / worth <= Decimal("0.75"), number
        big += worth - price >= 50
    assert big >= 12


def test_the_others_are_no_bargains(
    offers: dict[int, ElementTree.Element], catalogue: dict[str, tuple[Decimal, str]]
) -> None:
    for number in ORDINARY | INFLATED_WAS:
        price, worth = price_and_worth(offers[number], catalogue)
        assert Decimal("0.85") <= price / worth <= Decimal("1.02"), number
    for number in OVERPRICED:
        price, worth = price_and_worth(offers[number], catalogue)
        assert price >= worth * Decimal("1.2"), number


def test_inflated_list_prices_are_far_above_the_typical_price(
    offers: dict[int, ElementTree.Element], catalogue: dict[str, tuple[Decimal, str]]
) -> None:
    for number in INFLATED_WAS:
        was = re.search(r"List price \$([\d.]+)\.$", offers[number].findtext("description", ""))
        assert was is not None
        assert Decimal(was[1]) >= Decimal("1.8") * price_and_worth(offers[number], catalogue)[1], number


def test_every_offer_is_marked_and_leads_nowhere(offers: dict[int, ElementTree.Element]) -> None:
    for number, item in offers.items():
        assert item.findtext("description", "").startswith("Sample offer. "), number
        assert urlsplit(item.findtext("link", "")).hostname == "samples.dealfinder.example", number
        assert item.find("pubDate") is None, "dates are computed when the offers are loaded"
        assert int(item.get(f"{SAMPLE}age-minutes", "")) < 60 * 48, number
        merchant = item.findtext("title", "").rpartition(" @ ")[2]
        assert merchant in {"Amazon", "Best Buy", "Walmart", "Target", "eBay"}, number


def test_the_files_hold_no_pictures() -> None:
    text = (FOLDER / "offers.xml").read_text(encoding="utf-8")
    assert not re.search(r"<img|enclosure|media:|\.(jpe?g|png|webp)", text)
    assert "Sample offers" in text

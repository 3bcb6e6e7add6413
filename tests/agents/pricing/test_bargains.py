"""False bargains stay false, and true ones are called, with the shipped model beside the sample catalogue."""

from __future__ import annotations

from decimal import Decimal
from html import escape
from pathlib import Path
from xml.etree import ElementTree

import pytest

from agents.pricing.actions import value_pending
from agents.pricing.catalogue.memory import MemoryCatalogue
from agents.pricing.importing import import_rows
from agents.pricing.model import PricingModel, active_folder, load
from agents.scanning.actions.scans import scan_body
from agents.training.bargains import Called, Offer, call, compared_with, read_offers
from agents.training.data import Row, read_all
from agents.training.pipeline import read_rows
from dealfinder.starter.feed import OFFERS
from dealfinder.starter.loading import CATALOGUE
from deals.models import Deal, Entry, EntryState
from tests.dealfinder.test_starter_data import BARGAINS
from tests.deals.making import make_source

FALSE = read_offers(Path(__file__).with_name("false_bargains.jsonl"))
WELL_KNOWN = [
    "Sony PlayStation 5 Slim Disc Console",
    "Apple MacBook Air 13-inch M3 16GB 256GB",
    "Dyson V15 Detect Cordless Vacuum",
    "Bose QuietComfort Ultra Wireless Noise Cancelling Headphones",
    "LG 55-inch C4 OLED evo 4K Smart TV",
    "Canon EOS R50 Mirrorless Camera with 18-45mm Lens",
    "Meta Quest 3 512GB",
    "KitchenAid Artisan 5-Quart Stand Mixer",
    "Breville Barista Express Espresso Machine",
    "Samsung 990 PRO 4TB NVMe SSD",
    "LEGO Icons Titanic 10294",
    "Herman Miller Sayl Office Chair",
    "Nintendo Switch OLED Console",
]


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> PricingModel:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.MODELS_DIR", tmp_path_factory.mktemp("no-models"))
        return load(active_folder())


@pytest.fixture(scope="module")
def shop(shipped: PricingModel) -> MemoryCatalogue:
    samples, _ = read_all([CATALOGUE])
    return read_rows([*samples, *compared_with(FALSE)]).catalogue(shipped.wording)


@pytest.fixture(scope="module")
def called(shipped: PricingModel, shop: MemoryCatalogue) -> dict[str, Called]:
    return {one.offer.title: one for one in call(FALSE, shop, shipped)}


def test_there_are_at_least_sixty_and_each_says_why_it_is_false(shop: MemoryCatalogue) -> None:
    known = {product.title for product in shop.table.products}
    assert len({offer.title for offer in FALSE}) == len(FALSE) >= 60
    assert all(offer.why and offer.against in known for offer in FALSE)


@pytest.mark.parametrize("offer", FALSE, ids=lambda offer: offer.title)
def test_a_false_bargain_stays_false(offer: Offer, called: dict[str, Called]) -> None:
    one = called[offer.title]
    assert not one.opportunity, (one.worth.verdict, one.worth.low, one.worth.reasons)
    assert one.worth.reasons


def test_true_bargains_among_the_samples_are_called(shipped: PricingModel, shop: MemoryCatalogue) -> None:
    items = ElementTree.parse(OFFERS).getroot().findall("channel/item")
    numbered = {int(item.findtext("guid", "").removeprefix("sample-")): item for item in items}
    offers = []
    for number in sorted(BARGAINS):
        title = numbered[number].findtext("title", "")
        price = Decimal(title.partition(" $")[2].split()[0])
        offers.append(Offer(title, price, text=numbered[number].findtext("description", "")))
    assert len(offers) == 22
    assert sum(one.opportunity for one in call(offers, shop, shipped)) >= 12


def test_well_known_products_at_45_percent_of_their_price_are_called(
    shipped: PricingModel, shop: MemoryCatalogue
) -> None:
    prices = {product.title: product.price for product in shop.table.products}
    offers = [
        Offer(f"{title} (black) ${price} @ Target", price)
        for title in WELL_KNOWN
        for price in [Decimal(str(round(prices[title] * 0.45, 2)))]
    ]
    assert [one.offer.title for one in call(offers, shop, shipped) if not one.opportunity] == []


def feed_of(offers: list[Offer]) -> bytes:
    items = "".join(
        f"<item><title>{escape(offer.title)}</title><link>https://shop.example/offer/{number}</link>"
        f"<guid>offer-{number}</guid><description>{escape(offer.text)}</description></item>"
        for number, offer in enumerate(offers)
    )
    feed = f'<rss version="2.0"><channel><title>Shop</title><link>https://shop.example/</link>{items}</channel></rss>'
    return feed.encode()


@pytest.mark.django_db
def test_the_whole_way_from_a_feed_makes_no_opportunity_of_them(shop: MemoryCatalogue) -> None:
    import_rows(Row(product, "", number) for number, product in enumerate(shop.table.products))

    scan_body(make_source("shop"), feed_of(FALSE), content_type="application/rss+xml")
    value_pending()

    skipped = Entry.objects.filter(state=EntryState.SKIPPED)
    assert skipped.count() + Deal.objects.count() == len(FALSE)
    assert all(skipped.values_list("skip_reason", flat=True))
    assert skipped.filter(skip_reason__contains="discount").exists()
    assert Deal.objects.filter(valuation__isnull=True).count() == 0
    assert list(Deal.objects.filter(valuation__is_opportunity=True).values_list("title", "price")) == []

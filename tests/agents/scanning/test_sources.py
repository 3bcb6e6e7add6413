"""The sources that Deal Finder comes with, and those that are made for files and addresses."""

from __future__ import annotations

import pytest

from agents.scanning.actions.sources import (
    DEFAULT_SOURCES,
    BadSource,
    currency_of_place,
    install_default_sources,
    kind_and_config,
    source_for_file,
    source_for_url,
)
from deals.models import Source, SourceState

pytestmark = pytest.mark.django_db


def test_five_feeds_are_there_from_the_start() -> None:
    assert install_default_sources() == 5
    assert dict(Source.objects.values_list("name", "default_currency")) == {
        "dealnews-electronics": "USD",
        "dealnews-computers": "USD",
        "dealnews-smart-home": "USD",
        "slickdeals-frontpage": "USD",
        "ozbargain": "AUD",
    }
    for source in Source.objects.all():
        assert source.url.startswith("https://")
        assert source.interval_seconds == 300
        kind_and_config(source)


def test_a_restart_leaves_what_an_operator_did() -> None:
    install_default_sources()
    Source.objects.filter(name="ozbargain").update(interval_seconds=900, state=SourceState.PAUSED, title="Mine")
    Source.objects.filter(name="slickdeals-frontpage").delete()
    assert install_default_sources() == 0
    changed = Source.objects.get(name="ozbargain")
    assert (changed.interval_seconds, changed.state, changed.title) == (900, SourceState.PAUSED, "Mine")
    assert Source.objects.count() == len(DEFAULT_SOURCES) - 1


@pytest.mark.parametrize(
    ("url", "currency"),
    [
        ("https://www.ozbargain.com.au/node/1", "AUD"),
        ("https://slickdeals.net/f/1", "USD"),
        ("https://www.hotukdeals.co.uk/", "GBP"),
        ("https://www.mydealz.de/", "EUR"),
        ("https://www.pepper.pl/", "PLN"),
        ("nonsense", "USD"),
    ],
)
def test_the_currency_of_a_place(url: str, currency: str) -> None:
    assert currency_of_place(url) == currency


def test_a_source_for_a_file_is_made_once_and_never_scheduled() -> None:
    first = source_for_file(
        ["https://shop.example/", "https://www.ozbargain.com.au/node/1", "https://ozbargain.com.au/node/2"]
    )
    again = source_for_file(["https://www.ozbargain.com.au/node/3"])
    assert first.pk == again.pk
    assert (first.name, first.marketplace, first.default_currency) == ("file-ozbargain", "ozbargain", "AUD")
    assert first.state == SourceState.PAUSED
    assert source_for_file([]).name == "file-unknown"


def test_an_address_has_one_source() -> None:
    install_default_sources()
    known = Source.objects.get(name="ozbargain")
    assert source_for_url(known.url) == known
    other = source_for_url("https://deals.example.co.uk/feed?x=1")
    assert other == source_for_url("https://deals.example.co.uk/feed?x=1")
    assert other != source_for_url("https://deals.example.co.uk/feed?x=2")
    assert (other.default_currency, other.state, other.marketplace) == ("GBP", SourceState.PAUSED, "example.co.uk")


def test_a_configuration_that_cannot_be_used_gives_a_sentence() -> None:
    with pytest.raises(BadSource, match="carrier-pigeon"):
        kind_and_config(Source(kind="carrier-pigeon", title="x", marketplace="x"))
    with pytest.raises(BadSource, match="configuration"):
        kind_and_config(Source(title="x", marketplace="x", config={"surprise": 1}))

"""Adding, changing and deleting sources on the pages of operators."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from agents.scanning.actions.sources import kind_and_config
from agents.scanning.fetching.access import Access, access_of
from agents.scanning.sources.ebay.config import EbayConfig
from agents.scanning.sources.registry import get_kind, kinds
from deals.models import Deal, Source, SourceAccess
from tests.deals.making import make_deal

pytestmark = pytest.mark.django_db
EBAY = {"config_client_id": "app-id", "config_client_secret": "cert-id", "config_query": "sony camera",
        "config_environment": "sandbox", "config_site": "EBAY_GB", "config_condition": "used", "config_most_items": "100",
        "config_sort": "newlyListed", "interval_seconds": "3600"}  # fmt: skip


@pytest.fixture
def client(operator: Any, signed_in: Callable[[Any], Client]) -> Client:
    return signed_in(operator)


@pytest.mark.parametrize("name", sorted(set(kinds()) - {"facebook", "submitted"}))
def test_every_kind_has_a_form_that_explains_its_settings(client: Client, name: str) -> None:
    assert get_kind(name).label in client.get("/operations/sources/new/").content.decode()
    text = client.get(f"/operations/sources/new/{name}/").content.decode()
    own = set(get_kind(name).config_class.model_fields) - {"default_currency", "marketplace"}
    assert set(re.findall(r'name="config_([a-z_]+)"', text)) == own
    for field in own:
        assert str(get_kind(name).config_class.model_fields[field].title).replace("'", "&#x27;") in text


def test_sites_of_ebay_are_called_by_their_countries(client: Client) -> None:
    text = client.get("/operations/sources/new/ebay/").content.decode()
    assert '<option value="EBAY_GB">eBay United Kingdom</option>' in text


def test_what_only_people_send_cannot_be_added(client: Client) -> None:
    for name in ("facebook", "submitted", "oracle"):
        assert client.get(f"/operations/sources/new/{name}/").status_code == 404


def test_a_search_is_added_by_its_settings(client: Client) -> None:
    answer = client.post(
        "/operations/sources/new/craigslist/",
        {
            "config_city": "newyork",
            "config_category": "fua",
            "config_query": "ligne roset",
            "config_sort": "date",
            "interval_seconds": "3600",
        },
    )
    source = Source.objects.get()
    assert answer["Location"] == f"/operations/sources/{source.pk}/"
    assert source.url == "https://newyork.craigslist.org/search/fua?query=ligne+roset&sort=date"
    assert (source.marketplace, source.default_currency, source.name, source.state) == (
        "craigslist",
        "USD",
        "craigslist-craigslist",
        "active",
    )
    client.post(
        f"/operations/sources/{source.pk}/edit/",
        {
            "title": "Roset",
            "config_city": "sfbay",
            "config_category": "sss",
            "config_sort": "date",
            "interval_seconds": "600",
        },
    )
    source.refresh_from_db()
    assert (source.title, source.url, source.interval_seconds) == (
        "Roset",
        "https://sfbay.craigslist.org/search/sss?sort=date",
        600,
    )


def test_a_secret_is_sealed_never_shown_and_kept_when_it_is_not_entered_again(client: Client) -> None:
    client.post("/operations/sources/new/ebay/", EBAY)
    source = Source.objects.get()
    assert "cert-id" not in str(source.config) and source.marketplace == "ebay"
    for place in ("edit/", ""):
        text = client.get(f"/operations/sources/{source.pk}/{place}").content.decode()
        assert "cert-id" not in text and "sealed:" not in text
    answer = client.post(
        f"/operations/sources/{source.pk}/edit/", EBAY | {"config_client_secret": "", "config_query": "lens"}
    )
    assert answer.status_code == 302
    source.refresh_from_db()
    _, config = kind_and_config(source)
    assert isinstance(config, EbayConfig)
    assert (config.client_secret.get_secret_value(), config.query) == ("cert-id", "lens")


FEED = {"url": "http://feeds.example/feed", "interval_seconds": "3600"}
ASKING = {"access_headers": "X-Api-Key: s3cret-key\r\nAccept-Language: de", "access_cookies": "session=s3cret-one; theme=dark",
          "access_user_agents": "Reader/1\r\n\r\nReader/2", "access_proxy": "http://me:s3cret-proxy@203.0.113.9:8080"}  # fmt: skip


def test_the_page_of_a_search_without_a_key_says_why_it_is_not_asked(client: Client) -> None:
    client.post("/operations/sources/new/ebay/", EBAY | {"config_client_id": "", "config_client_secret": ""})
    source = Source.objects.get()
    text = client.get(f"/operations/sources/{source.pk}/").content.decode()
    assert source.state == "paused" and "It is not asked, because it has no client ID." in text
    assert "<dd>eBay</dd>" in text and "1 h</dd>" in text


def test_how_a_source_is_asked_is_set_kept_and_taken_away_without_being_shown(client: Client) -> None:
    client.post("/operations/sources/new/feed/", FEED)
    source = Source.objects.get()
    assert not SourceAccess.objects.exists(), "nothing was set"
    edit = f"/operations/sources/{source.pk}/edit/"
    assert client.post(edit, FEED | ASKING).status_code == 302
    set_before = access_of(Source.objects.get())
    assert set_before.headers == {"X-Api-Key": "s3cret-key", "Accept-Language": "de"}
    assert set_before.user_agents == ("Reader/1", "Reader/2")
    assert [cookie["value"] for cookie in set_before.cookies] == ["s3cret-one", "dark"]
    assert set_before.proxy is not None
    page = client.get(edit).content.decode()
    assert "Set: Accept-Language, X-Api-Key." in page and "Set: session, theme." in page and "203.0.113.9:8080" in page
    assert "Reader/1\nReader/2" in page and "s3cret" not in page
    assert client.post(edit, FEED | {"access_user_agents": "Reader/1\r\nReader/2"}).status_code == 302
    assert access_of(Source.objects.get()) == set_before, "what was left empty is kept"
    taken = {"access_forget": ["cookies", "proxy"], "access_user_agents": "", "access_headers": "X-Other: 1"}
    assert client.post(edit, FEED | taken).status_code == 302
    assert access_of(Source.objects.get()) == Access({"X-Other": "1"})


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"access_headers": "s3cret without a colon"}, "a colon and its value"),
        ({"access_headers": "Host: s3cret.example"}, "is set by Deal Finder itself"),
        ({"access_cookies": "s3cret"}, "name=value; other=value"),
        ({"access_proxy": "socks5://s3cret@host"}, "proxy"),
        ({"access_user_agents": "x" * 401}, "at most 400 characters"),
    ],
)
def test_what_cannot_be_set_for_its_requests_changes_nothing_and_is_not_said_again(
    client: Client, values: Any, words: str
) -> None:
    answer = client.post("/operations/sources/new/feed/", FEED | values)
    text = answer.content.decode()
    assert answer.status_code == 422 and words in text and "field-bad" in text
    assert "s3cret" not in text
    assert not Source.objects.exists()


@pytest.mark.parametrize(
    ("kind", "values", "words"),
    [
        (
            "craigslist",
            {"config_city": "new york", "config_category": "sss", "config_sort": "date"},
            "characters that it may not have",
        ),
        ("craigslist", {"config_category": "sss", "config_sort": "date"}, "wants an address"),
        ("feed", {"url": "ftp://x.example/"}, "begins with http://"),
        ("feed", {"url": "http://169.254.169.254/latest/meta-data/"}, "not on the public internet"),
        ("feed", {"url": "http://[::1]:8000/feed"}, "not on the public internet"),
        ("page", {"url": "", "config_reading": "auto"}, "wants an address"),
        ("ebay", EBAY | {"config_query": ""}, "wants words"),
        ("gumtree", {"config_site": "moon", "config_query": "x"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(client: Client, kind: str, values: Any, words: str) -> None:
    answer = client.post(f"/operations/sources/new/{kind}/", {"interval_seconds": "3600"} | values)
    assert answer.status_code == 422 and words in answer.content.decode()
    assert not Source.objects.exists()


def test_a_source_is_deleted_after_a_question(client: Client) -> None:
    deal = make_deal()
    place = f"/operations/sources/{deal.source_id}/delete/"
    assert "Deals that came from it stay" in client.get(place).content.decode() and Source.objects.exists()
    assert "Its deals stay" in client.post(place, follow=True).content.decode()
    assert not Source.objects.exists() and Deal.objects.filter(pk=deal.pk).exists()
    assert client.get(place).status_code == 404


def test_the_pages_are_for_operators_and_reached_by_links(
    client: Client, owner: Any, signed_in: Callable[[Any], Client]
) -> None:
    source = make_deal().source
    assert source is not None
    places = [
        "/operations/sources/new/", "/operations/sources/new/feed/", "/operations/sources/exchange/", "/operations/sources/export/csv/",
        f"/operations/sources/{source.pk}/edit/", f"/operations/sources/{source.pk}/delete/",
    ]  # fmt: skip
    for place in places:
        assert signed_in(owner).get(place).status_code == 403
        assert Client().get(place).status_code == 302
        assert client.get(place).status_code == 200
    assert signed_in(owner).post(places[-1]).status_code == 403 and Source.objects.exists()
    links = client.get("/operations/").content.decode() + client.get("/operations/sources/new/").content.decode()
    links += (
        client.get("/operations/sources/exchange/").content.decode()
        + client.get(f"/operations/sources/{source.pk}/").content.decode()
    )
    assert all(f'href="{place}"' in links for place in places)

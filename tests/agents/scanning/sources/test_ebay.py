"""eBay's Browse API, played at the wire: tokens, pages, limits and errors as eBay gives them."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import ValidationError

from agents.scanning.actions.scans import ScanError, scan_source
from agents.scanning.sources.base import UnreadableSource
from agents.scanning.sources.ebay import config as ebay
from agents.scanning.sources.ebay.config import EbayConfig
from agents.scanning.sources.ebay.token import application_token
from agents.scanning.sources.registry import get_kind
from common.sealing import seal
from deals.models import Deal, Fetch, Source
from tests.agents.scanning.sources import bodies
from tests.agents.scanning.sources.reading import read
from tests.wire_server import Reply, Request, WireServer, said, wire_server

TOKEN = {"access_token": "v^1.1#i^1#first", "expires_in": 7200, "token_type": "Application Access Token"}
BAD_TOKEN = {
    "errors": [
        {
            "errorId": 1001,
            "domain": "OAuth",
            "category": "REQUEST",
            "message": "Invalid access token",
            "longMessage": "Invalid access token.",
        }
    ]
}
TOO_MANY = {
    "errors": [
        {
            "errorId": 2001,
            "domain": "ACCESS",
            "category": "REQUEST",
            "message": "Too many requests.",
            "longMessage": "The request limit has been reached for the resource.",
        }
    ]
}
BAD_CLIENT = {"error": "invalid_client", "error_description": "client authentication failed"}


class Ebay:
    """What eBay would answer: tokens that it knows, and a search of so many items in pages."""

    def __init__(self) -> None:
        self.tokens: list[str] = []
        self.good: set[str] = set()
        self.count = 3

    def __call__(self, server: WireServer, handler: Any, request: Request) -> Reply:
        where = urlsplit(request.path)
        if where.path == "/identity/v1/oauth2/token":
            assert request.method == "POST"
            assert request.headers["authorization"] == "Basic " + base64.b64encode(b"app-id:cert-id").decode()
            assert parse_qs(request.body.decode()) == {
                "grant_type": ["client_credentials"],
                "scope": ["https://api.ebay.com/oauth/api_scope"],
            }
            self.tokens.append(f"token-{len(self.tokens) + 1}")
            self.good.add(self.tokens[-1])
            return self._json(TOKEN | {"access_token": self.tokens[-1]})
        if where.path == "/robots.txt":
            return Reply(200, b"User-agent: *\nDisallow: /\n")
        assert where.path == "/buy/browse/v1/item_summary/search"
        assert request.headers["x-ebay-c-marketplace-id"] == "EBAY_US"
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in self.good:
            return self._json(BAD_TOKEN, 401)
        query = {name: values[0] for name, values in parse_qs(where.query).items()}
        offset, limit = int(query.get("offset", 0)), int(query["limit"])
        items = [bodies.ebay_item(254321987000 + n) for n in range(offset, min(offset + limit, self.count))]
        answer: dict[str, Any] = {"href": "x", "total": self.count, "limit": limit, "offset": offset}
        if items:
            answer["itemSummaries"] = items
        if offset + limit < self.count:
            answer["next"] = "https://attacker.example/steal-the-token"
        return self._json(answer)

    def _json(self, body: Any, status: int = 200) -> Reply:
        reply = said(body, status)(None, None, None)  # type: ignore[arg-type]
        assert reply is not None
        return reply


@pytest.fixture
def world() -> Ebay:
    return Ebay()


@pytest.fixture
def server(world: Ebay, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[WireServer]:
    settings.EGRESS_ALLOW_CIDRS = ["127.0.0.0/8"]
    with wire_server(world) as running:
        monkeypatch.setitem(ebay.HOSTS, "sandbox", running.url)
        yield running


@pytest.fixture
def source(db: None, server: WireServer) -> Source:
    config = {"client_id": "app-id", "client_secret": seal("cert-id"), "environment": "sandbox", "query": "camera"}
    address = EbayConfig(**(config | {"client_secret": "cert-id"})).address  # type: ignore[arg-type]
    return Source.objects.create(
        name="ebay-cameras", title="Cameras", kind="ebay", url=address, marketplace="ebay", config=config
    )


def test_a_search_becomes_deals(source: Source, world: Ebay, server: WireServer) -> None:
    scan_source(source.pk)
    deal = Deal.objects.order_by("external_id").first()
    assert deal is not None and Deal.objects.count() == 3
    assert (deal.price, deal.currency, deal.condition, deal.list_price) == (
        Decimal("129.99"),
        "USD",
        "used",
        Decimal("199.99"),
    )
    assert deal.canonical_url == "https://www.ebay.com/itm/254321987000"
    assert deal.external_id == "254321987000"
    scan_source(source.pk)
    assert Deal.objects.count() == 3 and len(world.tokens) == 1


def test_a_token_is_kept_sealed_and_renewed_once_when_it_is_refused(source: Source, world: Ebay, valkey: Any) -> None:
    scan_source(source.pk)
    assert not any(b"token-1" in (valkey.get(key) or b"") for key in valkey.keys("*ebay-token*"))
    world.good.clear()
    scan_source(source.pk)
    assert world.tokens == ["token-1", "token-2"]


def test_a_token_that_is_refused_twice_is_said(source: Source, world: Ebay, server: WireServer) -> None:
    server.next = [said(TOKEN), said(BAD_TOKEN, 401), said(TOKEN), said(BAD_TOKEN, 401)]
    with pytest.raises(ScanError, match="refuses a token"):
        scan_source(source.pk)


def test_pages_are_taken_up_to_the_limit_and_only_from_where_the_first_came(
    source: Source, world: Ebay, server: WireServer
) -> None:
    world.count = 450
    source.config["most_items"] = 420
    source.save()
    scan_source(source.pk)
    assert Fetch.objects.get().entries == 420
    asked = [
        parse_qs(urlsplit(request.path).query).get("offset", ["0"])[0]
        for request in server.requests
        if "search" in request.path
    ]
    assert asked == ["0", "200", "400"]


def test_refused_credentials_are_said_without_the_secret(source: Source, server: WireServer) -> None:
    server.next = [said(BAD_CLIENT, 401)]
    with pytest.raises(ScanError, match="client secret") as caught:
        scan_source(source.pk)
    source.refresh_from_db()
    assert "cert-id" not in str(caught.value) + source.last_error and source.consecutive_failures == 1


def test_too_many_requests_wait_as_long_as_ebay_says(source: Source, server: WireServer) -> None:
    server.next = [said(TOKEN), said(TOO_MANY, 429, Retry_After="7200")]
    with pytest.raises(ScanError, match="429"):
        scan_source(source.pk)
    source.refresh_from_db()
    assert source.last_attempt_at is not None
    assert (source.next_run_at - source.last_attempt_at).total_seconds() > 7000


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b"<html><head><title>Access Denied</title></head><body>You have been blocked</body></html>", "no JSON"),
        (b'{"total": 5}', "neither"),
        (b'{"errors": [{"errorId": 12001, "message": "The call must have a valid q."}]}', "must have a valid q"),
        (b'{"itemSummaries": [', "breaks off"),
        (b"[]", "not a search"),
    ],
)
def test_an_answer_that_is_none_is_said(source: Source, server: WireServer, body: bytes, word: str) -> None:
    server.next = [said(TOKEN), said(body)]
    with pytest.raises(ScanError, match=word):
        scan_source(source.pk)
    assert not Deal.objects.exists()


def test_an_honest_nothing_is_no_failure(source: Source, world: Ebay) -> None:
    world.count = 0
    scan_source(source.pk)
    assert Fetch.objects.get().outcome == "ok"


def test_without_a_client_id_nothing_is_asked(db: None) -> None:
    with pytest.raises(UnreadableSource, match="client ID"):
        get_kind("ebay").collect(
            "https://api.ebay.com/x", EbayConfig(), lambda url, headers=None: pytest.fail("it was asked")
        )


def test_a_token_that_was_sealed_with_another_key_is_fetched_anew(source: Source, world: Ebay, settings: Any) -> None:
    config = EbayConfig(client_id="app-id", client_secret="cert-id", environment="sandbox", query="x")  # type: ignore[arg-type]
    assert application_token(config) == "token-1"
    settings.SECRET_KEY = "another"
    assert application_token(config) == "token-2"


def test_an_auction_and_a_group_of_variants_state_no_price() -> None:
    items = [
        bodies.ebay_item(
            254321987001, buyingOptions=["AUCTION"], bidCount=4, currentBidPrice={"value": "3.00", "currency": "USD"}
        ),
        bodies.ebay_item(254321987002, itemGroupType="SELLER_DEFINED_VARIATIONS"),
        bodies.ebay_item(254321987003, itemId="v1|254321987003|552", itemGroupType="SELLER_DEFINED_VARIATIONS"),
        bodies.ebay_item(254321987004, price={"value": "12.00", "currency": "CAD"}),
    ]
    body = b'{"total": 4, "itemSummaries": ' + json.dumps(items).encode() + b"}"
    [variant, canadian], [auction, group] = read("ebay", body)
    assert auction.reason == "it is an auction: a bid is not a price" and "begin" in group.reason
    assert (variant.external_id, variant.canonical_url) == (
        "254321987003-552",
        "https://www.ebay.com/itm/254321987003?var=552",
    )
    assert (canadian.price, canadian.currency, canadian.list_price) == (Decimal("12.00"), "CAD", None)


def test_the_cards_of_a_saved_search() -> None:
    [lens], [auction] = read("ebay", bodies.EBAY_CARDS, "https://www.ebay.com/sch/i.html?_nkw=lens")
    assert (lens.title, lens.price, lens.shipping, lens.location, lens.condition) == (
        "Lens 50mm",
        Decimal("85.50"),
        Decimal("4.50"),
        "Japan",
        "new",
    )
    assert "auction" in auction.reason


def test_the_search_is_written_as_ebay_wants_it() -> None:
    config = EbayConfig(
        client_id="a",
        query="sony  camera",
        category_ids="31388",
        min_price=50,
        max_price=300,
        condition="used",
        free_shipping=True,
    )
    query = {name: values[0] for name, values in parse_qs(urlsplit(config.address).query).items()}
    assert query == {
        "q": "sony camera", "category_ids": "31388", "sort": "newlyListed", "limit": "200",
        "filter": "buyingOptions:{FIXED_PRICE},price:[50..300],priceCurrency:USD"
        ",conditionIds:{2750|2990|3000|3010|4000|5000|6000},maxDeliveryCost:0",
    }  # fmt: skip
    assert config.address.startswith("https://api.ebay.com/buy/browse/v1/item_summary/search?")


@pytest.mark.parametrize(
    "wrong",
    [
        {"query": ""},
        {"min_price": 5, "max_price": 4},
        {"category_ids": "1;2"},
        {"site": "EBAY_MOON"},
        {"most_items": 10_001},
    ],
)
def test_a_search_that_cannot_be_is_refused(wrong: Any) -> None:
    with pytest.raises(ValidationError):
        EbayConfig(**({"client_id": "a", "query": "x"} | wrong))

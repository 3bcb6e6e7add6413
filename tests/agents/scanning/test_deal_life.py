"""The life of a deal: sold out, back, expired, withdrawn, offered again; each written and told once."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from agents.scanning.actions.deals import write_offers
from agents.scanning.actions.life import MISSES, expire_deals
from agents.scanning.actions.scans import ScanError, scan_source
from agents.scanning.sources.base import Coverage, Offer
from agents.scanning.sources.feed.kind import FeedSource
from common.models import OutboxEvent
from deals.life import move_deals, timeline_of
from deals.models import Deal, DealChange, DealEvent, DealState, Entry, PricePoint, Source, StageState, Valuation
from deals.selectors import live_deals
from tests.agents.scanning.feeds import item, rss
from tests.agents.scanning.local_server import LocalServer
from tests.deals.making import make_deal, make_source
from tests.matching_factories import value_deal
from tests.notifications.test_concurrency import at_once

pytestmark = pytest.mark.django_db

LAMP = Offer("1", "https://shop.example/1", "https://shop.example/1", "Desk lamp", Decimal(12), "USD")


def offer(source: Source, **fields: Any) -> Deal:
    with transaction.atomic():
        (deal,) = write_offers([(source, replace(LAMP, **fields))]).deals
    deal.refresh_from_db()
    return deal


def told() -> list[tuple[str, str]]:
    """The changes that were told, in their order, each with the state that came of it."""
    events = OutboxEvent.objects.filter(type="deal.updated").order_by("id")
    return [(event.data["change"], event.data["state"]) for event in events]


def written() -> list[str]:
    return list(DealEvent.objects.order_by("at", "id").values_list("change", flat=True))


def test_sold_out_and_back_are_told_once_each_and_it_is_valued_again() -> None:
    source = make_source()
    deal = offer(source, availability="InStock")
    value_deal(deal, "20")
    Valuation.objects.update(matched_at=timezone.now())
    Deal.objects.update(value_state=StageState.DONE)
    for _ in range(2):
        deal = offer(source, availability="OutOfStock")
        assert (deal.state, deal.availability) == (DealState.SOLD_OUT, "OutOfStock")
    assert not live_deals().exists()
    assert deal.value_state == StageState.DONE, "what is sold out is not valued again"
    for _ in range(2):
        deal = offer(source, availability="LimitedAvailability")
        assert deal.state == DealState.ACTIVE
    assert (deal.value_state, deal.valuation) == (StageState.PENDING, None)
    assert live_deals().get() == deal
    assert told() == [("sold_out", "sold_out"), ("back_in_stock", "active")]
    assert written() == ["sold_out", "back_in_stock"]
    assert PricePoint.objects.count() == 1


def test_silence_about_stock_is_no_news() -> None:
    source = make_source()
    offer(source, availability="SoldOut", shipping=Decimal(4), location="Leeds", gtin="4006381333931")
    deal = offer(source)
    assert (deal.state, deal.availability, deal.shipping, deal.location) == ("sold_out", "SoldOut", 4, "Leeds")
    assert deal.gtin == "04006381333931"
    assert told() == [], "it was found sold out, and has not become so"


def test_a_new_price_of_what_returns_is_two_events_with_the_old_price() -> None:
    source = make_source()
    offer(source, availability="SoldOut")
    offer(source, availability="InStock", price=Decimal(9))
    assert told() == [("price", "active"), ("back_in_stock", "active")]
    prices = [
        event.data["old_price"]["amount"] for event in OutboxEvent.objects.filter(type="deal.updated").order_by("id")
    ]
    assert prices == ["12.00", "9.00"], "clients find an old price on each"


def test_time_over_ends_a_deal_with_an_event_and_a_later_end_revives_it() -> None:
    source, now = make_source(), timezone.now()
    deal = offer(source, expires_at=now + datetime.timedelta(hours=1))
    assert expire_deals() == 0
    Deal.objects.update(expires_at=now)
    assert (expire_deals(), expire_deals()) == (1, 0)
    deal = offer(source, expires_at=now)
    assert deal.state == DealState.EXPIRED
    deal = offer(source, expires_at=now + datetime.timedelta(days=1))
    assert deal.state == DealState.ACTIVE
    assert told() == [("expired", "expired"), ("reappeared", "active")]
    kinds = [moment.kind for moment in timeline_of(deal)]
    assert kinds == ["reappeared", "expired", "found"]


@pytest.mark.django_db(transaction=True)
def test_many_that_expire_deals_at_once_end_each_once() -> None:
    past = timezone.now() - datetime.timedelta(minutes=1)
    for _ in range(20):
        make_deal(expires_at=past)
    assert sum(at_once([expire_deals] * 4)) == 20
    assert len(told()) == DealEvent.objects.count() == 20


@pytest.mark.django_db(transaction=True)
def test_two_that_read_the_same_news_at_once_tell_it_once() -> None:
    source = make_source()
    offer(source, availability="InStock")
    at_once([lambda: offer(source, availability="OutOfStock")] * 4)
    assert told() == [("sold_out", "sold_out")]
    assert written() == ["sold_out"]


def test_an_interrupted_change_leaves_nothing() -> None:
    deal = make_deal()
    with pytest.raises(KeyboardInterrupt), transaction.atomic():
        move_deals([deal], DealState.WITHDRAWN, timezone.now(), "")
        raise KeyboardInterrupt
    deal.refresh_from_db()
    assert (deal.state, written(), told()) == (DealState.ACTIVE, [], [])


def test_a_change_is_not_written_outside_of_a_transaction(transactional_db: None) -> None:
    with pytest.raises(RuntimeError, match="one transaction"):
        move_deals([make_deal()], DealState.WITHDRAWN, timezone.now(), "")


class Listing:
    """A place on a local server; each look is one scan of it, which finds these numbers."""

    def __init__(self, server: LocalServer, name: str = "market") -> None:
        self.server, self.name = server, name
        self.source = make_source(name, url=f"{server.url}/{name}")

    def look(self, *numbers: int) -> None:
        self.server.serve(
            f"/{self.name}", rss([item(number, f"Thing number {number} ${number}.50") for number in numbers])
        )
        scan_source(self.source.pk)

    def states(self) -> dict[str, str]:
        return dict(Deal.objects.values_list("external_id", "state"))


@pytest.fixture
def lists_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """Feeds are places that list all that they offer."""
    monkeypatch.setattr(FeedSource, "coverage", lambda *_: Coverage.EVERYTHING)


def test_what_is_missing_three_times_is_withdrawn_and_returns_when_it_is_there_again(
    server: LocalServer, lists_everything: None
) -> None:
    market = Listing(server)
    market.look(1, 2)
    for _ in range(MISSES - 1):
        market.look(1)
    assert market.states() == {"item-1": "active", "item-2": "active"}
    market.look(1)
    market.look(1)
    assert market.states() == {"item-1": "active", "item-2": "withdrawn"}
    assert told() == [("withdrawn", "withdrawn")]
    market.look(1, 2)
    market.look(1, 2)
    assert market.states() == {"item-1": "active", "item-2": "active"}
    assert told() == [("withdrawn", "withdrawn"), ("reappeared", "active")]
    market.look(1)
    assert Entry.objects.get(external_id="item-2").missed == 1, "it is counted from the beginning"


def test_old_entries_that_scroll_out_of_a_feed_are_not_withdrawn(server: LocalServer) -> None:
    feed = Listing(server)
    for number in range(2, 8):
        feed.look(number, number + 1)
    assert set(feed.states().values()) == {"active"}
    assert told() == []


def test_from_a_list_of_the_newest_only_what_older_ones_outlast_is_gone(
    server: LocalServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FeedSource, "coverage", lambda *_: Coverage.NEWEST)
    market = Listing(server)
    for number in range(1, 11):
        market.look(*range(number, max(0, number - 9), -1))
    for _ in range(MISSES + 1):
        market.look(*(number for number in range(10, 2, -1) if number != 9))  # 1 and 2 have scrolled out, 9 is gone
    over = {number for number, state in market.states().items() if state != "active"}
    assert over == {"item-9"}


def test_a_listing_that_shrinks_to_less_than_half_is_not_believed_at_once(
    server: LocalServer, lists_everything: None
) -> None:
    market = Listing(server)
    market.look(1, 2, 3, 4, 5)
    market.look(1)
    assert not Entry.objects.filter(missed__gt=0).exists()
    market.look(1)
    assert Entry.objects.filter(missed=1).count() == 4


def test_what_another_source_has_seen_since_is_not_withdrawn(server: LocalServer, lists_everything: None) -> None:
    market, other = Listing(server), Listing(server, "other")
    market.look(1, 2)
    for _ in range(MISSES):
        market.look(1)
        other.look(2)
    assert set(market.states().values()) == {"active"}


def test_what_is_seen_again_is_noted_once_an_hour(server: LocalServer) -> None:
    market = Listing(server)
    market.look(1, 2)
    market.look(1, 2)
    assert not OutboxEvent.objects.filter(type="deals.seen").exists()
    Deal.objects.update(last_seen_at=timezone.now() - datetime.timedelta(hours=2))
    market.look(1)
    market.look(1)
    (event,) = OutboxEvent.objects.filter(type="deals.seen")
    assert event.internal
    assert event.data["deal_ids"] == [str(Deal.objects.get(external_id="item-1").pk)]


@pytest.mark.parametrize(
    ("status", "state"), [(404, "withdrawn"), (410, "withdrawn"), (403, "active"), (503, "active")]
)
def test_a_page_that_is_gone_withdraws_its_offer(
    source: Source, server: LocalServer, monkeypatch: pytest.MonkeyPatch, status: int, state: str
) -> None:
    monkeypatch.setattr(FeedSource, "is_one_thing", True)
    server.serve("/feed", rss([item(1, "Lamp $12")]))
    scan_source(source.pk)
    server.serve("/feed", b"", status=status)
    for _ in range(2):
        with pytest.raises(ScanError):
            scan_source(source.pk)
    assert Deal.objects.get().state == state
    assert len(told()) == (1 if state == "withdrawn" else 0)
    server.serve("/feed", rss([item(1, "Lamp $12")]))
    scan_source(source.pk)
    assert Deal.objects.get().state == "active"


def test_a_list_that_is_gone_withdraws_nothing(
    source: Source, server: LocalServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FeedSource, "is_one_thing", True)
    server.serve("/feed", rss([item(1, "Lamp $12"), item(2, "Desk $90")]))
    scan_source(source.pk)
    server.serve("/feed", b"", status=404)
    with pytest.raises(ScanError):
        scan_source(source.pk)
    assert not Deal.objects.exclude(state="active").exists()


def test_a_feed_that_is_gone_withdraws_nothing(source: Source, server: LocalServer) -> None:
    server.serve("/feed", rss([item(1, "Lamp $12")]))
    scan_source(source.pk)
    server.serve("/feed", b"", status=410)
    with pytest.raises(ScanError):
        scan_source(source.pk)
    assert Deal.objects.get().state == "active"


@pytest.mark.parametrize("state", [DealState.SOLD_OUT, DealState.EXPIRED, DealState.WITHDRAWN])
def test_what_is_over_leaves_the_lists_and_keeps_its_page(
    state: DealState, client: Any, api: Callable[..., Any], owner: Any
) -> None:
    deal = make_deal("Sony headphones")
    value_deal(deal, "200")
    with transaction.atomic():
        move_deals([deal], state, timezone.now(), "Because.")
    for path in ("/api/v1/deals", "/api/v1/deals?search=sony", "/api/v1/opportunities"):
        assert api().get(path).json()["results"] == []
    assert "Sony headphones" not in client.get("/").content.decode().split('id="live"')[-1]
    page = client.get(f"/deals/{deal.pk}/").content.decode()
    label = str(DealChange(state).label)
    assert f"{label} since" in page
    assert "Because." in page
    assert "See it at" not in page


def test_a_list_price_that_changes_alone_is_kept_once_and_is_no_news_of_the_price() -> None:
    source = make_source()
    for claimed in (None, 30, None, 30, 45, None, 45):
        deal = offer(source, list_price=None if claimed is None else Decimal(claimed))
    points = list(deal.price_points.order_by("observed_at").values_list("price", "list_price"))
    assert points == [(12, None), (12, 30), (12, 45)]
    assert deal.price_points.filter(catalogued_at=None).count() == 1
    assert (told(), deal.price_changed_at) == ([], None)
    assert offer(source, price=Decimal(10)).price_points.latest("observed_at").list_price is None

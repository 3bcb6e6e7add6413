"""The archive is read again after a parser was mended: twice is once, and what is old never takes the place of what is new."""

from __future__ import annotations

import datetime
import io
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command

from agents.models import Run
from agents.scanning.actions.scans import ScanError, scan_source
from agents.scanning.archive.replaying import replay
from agents.scanning.tasks import replay_source
from common.models import OutboxEvent
from deals.models import Deal, DealState, Entry, EntryState, Fetch, PricePoint, Source
from deals.source_actions import update_source
from tests.agents.scanning.feeds import item, rss
from tests.agents.scanning.local_server import LocalServer

pytestmark = pytest.mark.django_db

AT = datetime.datetime(2026, 11, 20, 10, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)
SINCE = AT - DAY


@pytest.fixture(autouse=True)
def clock(settings: Any, tmp_path: Path) -> Iterator[time_machine.Traveller]:
    settings.ARCHIVE_DIR = tmp_path / "archive"
    with time_machine.travel(AT, tick=False) as traveller:
        yield traveller


def _scan(source: Source, server: LocalServer, clock: Any, day: int, *items: str) -> None:
    clock.move_to(AT + day * DAY, tick=False)
    server.serve("/feed", rss(items))
    scan_source(source.pk)


def _history(title: str) -> list[tuple[int, Decimal]]:
    points = PricePoint.objects.filter(deal__title__startswith=title).order_by("observed_at")
    return [((point.observed_at - AT).days, point.price.normalize()) for point in points]


def _everything() -> dict[str, Any]:
    deal_fields = [field.name for field in Deal._meta.concrete_fields if field.name != "search"]
    return {
        "deals": sorted(Deal.objects.values_list(*deal_fields), key=str),
        "points": sorted(PricePoint.objects.values_list(), key=str),
        "entries": sorted(Entry.objects.values_list(), key=str),
        "events": OutboxEvent.objects.exclude(type__startswith="scan.").count(),
    }


def test_a_replay_without_a_mended_parser_changes_nothing(source: Source, server: LocalServer, clock: Any) -> None:
    _scan(source, server, clock, 0, item(1, "Lamp $12"), item(2, "25% off everything"))
    _scan(source, server, clock, 1, item(1, "Lamp $11"), item(3, "Desk $90"))
    _scan(source, server, clock, 2, item(1, "Lamp $12"), item(3, "Desk $90"))
    before = _everything()
    done = replay(source, SINCE)
    assert (done.bodies, done.entries, done.changes, done.unusable) == (3, 6, [], [])
    assert _everything() == before


def test_what_a_mended_parser_can_read_is_found_and_what_is_gone_is_history(
    source: Source, server: LocalServer, clock: Any
) -> None:
    """A feed that the parser took for something else for three days, as after a change of its layout."""
    for day, items in enumerate(
        [[item(1, "Lamp $12"), item(2, "Desk $90")], [item(1, "Lamp $11")], [item(1, "Lamp $10"), item(3, "Chair $50")]]
    ):
        clock.move_to(AT + day * DAY, tick=False)
        server.serve("/feed", rss(items))
        Source.objects.update(kind="page")
        with pytest.raises(ScanError):
            scan_source(source.pk)
    assert Deal.objects.count() == 0
    update_source(Source.objects.get(), kind="feed")
    source.refresh_from_db()
    clock.move_to(AT + 2 * DAY + datetime.timedelta(hours=2), tick=False)
    done = replay(source, SINCE)
    assert (done.bodies, done.deals_found, done.new_entries, done.unusable) == (3, 3, 3, [])
    assert _history("Lamp") == [(0, 12), (1, 11), (2, 10)]
    states = dict(Deal.objects.values_list("external_id", "state"))
    assert states == {"item-1": "active", "item-2": "expired", "item-3": "active"}
    lamp = Deal.objects.get(external_id="item-1")
    assert (lamp.price, lamp.state, lamp.first_seen_at) == (10, DealState.ACTIVE, AT)
    assert lamp.last_seen_at == AT + 2 * DAY
    told = OutboxEvent.objects.filter(type="deal.found").values_list("data__title", flat=True)
    assert sorted(told) == ["Chair $50", "Lamp $12"]
    before = _everything()
    assert replay(source, SINCE).changes == []
    assert _everything() == before


def test_a_price_that_was_read_wrongly_is_mended_where_it_was_and_the_newest_stays(
    source: Source, server: LocalServer, clock: Any
) -> None:
    _scan(source, server, clock, 0, item(1, "Lamp $12"), item(2, "Desk $90"))
    _scan(source, server, clock, 1, item(1, "Lamp $11"), item(2, "Desk $90"))
    _scan(source, server, clock, 2, item(1, "Lamp $20"), item(2, "Desk $90"))
    # What was read wrongly, as a parser would have that was mended since.
    Deal.objects.filter(external_id="item-2").update(price=9, valuation=None, value_state="done")
    PricePoint.objects.filter(deal__external_id="item-2").update(price=9)
    PricePoint.objects.filter(deal__external_id="item-1", price=11).update(price=111)
    done = replay(source, SINCE)
    assert (done.prices_changed, done.prices_mended, done.prices_added) == (1, 2, 0)
    assert _history("Lamp") == [(0, 12), (1, 11), (2, 20)]
    assert _history("Desk") == [(0, 90)]
    assert Deal.objects.get(external_id="item-1").price == 20
    desk = Deal.objects.get(external_id="item-2")
    assert (desk.price, desk.value_state) == (90, "pending")
    (event,) = OutboxEvent.objects.filter(type="deal.updated", data__title="Desk $90")
    assert event.data["old_price"]["amount"] == "9.00"
    before = _everything()
    assert replay(source, SINCE).changes == []
    assert _everything() == before


def test_an_old_price_goes_into_the_history_and_never_over_a_newer_one(
    source: Source, server: LocalServer, clock: Any
) -> None:
    """Another place told of the same deal later, and its price holds."""
    _scan(source, server, clock, 0, item(1, "Lamp $12"))
    lamp = Deal.objects.get()
    lamp.price_points.all().delete()
    Deal.objects.update(price=8, last_seen_at=AT + 5 * DAY, value_state="done")
    PricePoint.objects.create(deal=lamp, price=8, currency="USD", observed_at=AT + 5 * DAY)
    done = replay(source, SINCE)
    assert (done.prices_added, done.prices_changed) == (1, 0)
    lamp.refresh_from_db()
    assert (lamp.price, lamp.value_state, lamp.last_seen_at) == (8, "done", AT + 5 * DAY)
    assert _history("Lamp") == [(0, 12), (5, 8)]
    assert replay(source, SINCE).changes == []


def test_a_replay_leaves_states_to_scans(source: Source, server: LocalServer, clock: Any) -> None:
    ends = "<expirationDate>Sat, 21 Nov 2026 10:00:00 GMT</expirationDate>"
    _scan(source, server, clock, 0, item(1, "Lamp $12", "", ends), item(2, "Desk $90"))
    Deal.objects.filter(external_id="item-1").update(state=DealState.EXPIRED)
    Deal.objects.filter(external_id="item-2").update(state=DealState.SOLD_OUT)
    clock.move_to(AT + 3 * DAY, tick=False)
    before = _everything()
    replay(source, SINCE)
    assert _everything() == before


def test_what_is_no_offer_any_more_is_said(source: Source, server: LocalServer, clock: Any) -> None:
    _scan(source, server, clock, 0, item(1, "Lamp $12"), item(2, "$350 off with trade-in"))
    deal = Deal.objects.get()
    Entry.objects.filter(external_id="item-2").update(state=EntryState.READ, skip_reason="", deal=deal)
    Entry.objects.filter(external_id="item-1").update(state=EntryState.FAILED, error="It broke.", deal=None, attempts=3)
    done = replay(source, SINCE)
    assert (done.read_now, done.skipped_now) == (1, 1)
    assert any(line.startswith("no offer any more: $350 off") for line in done.changes)
    entry = Entry.objects.get(external_id="item-1")
    assert (entry.state, entry.deal, entry.error, entry.attempts) == (EntryState.READ, deal, "", 0)


def test_a_body_that_is_gone_or_damaged_costs_no_other(
    source: Source, server: LocalServer, clock: Any, tmp_path: Path
) -> None:
    for day in range(3):
        _scan(source, server, clock, day, item(1, f"Lamp ${12 + day}"))
    first, second, _ = Fetch.objects.order_by("started_at")
    (tmp_path / "archive" / first.archive_key).unlink()
    (tmp_path / "archive" / second.archive_key).write_bytes(b"x")
    done = replay(source, SINCE)
    assert done.bodies == 1
    assert ["is not in the folder" in done.unusable[0]["error"], "damaged" in done.unusable[1]["error"]] == [True, True]


def test_the_command_says_what_changed_and_begins_where_it_is_told(
    source: Source, server: LocalServer, clock: Any
) -> None:
    _scan(source, server, clock, 0, item(1, "Lamp $12"))
    _scan(source, server, clock, 2, item(1, "Lamp $11"))
    Deal.objects.update(price=5)
    PricePoint.objects.update(price=5)

    def run(*arguments: str) -> str:
        out = io.StringIO()
        call_command("replay", *arguments, stdout=out)
        return out.getvalue()

    said = json.loads(run("--since", "2026-11-21", "--json"))
    (one,) = said["sources"]
    assert (said["since"], one["source"], one["bodies"]) == ("2026-11-21T00:00:00+00:00", "local", 1)
    assert (one["prices_changed"], one["prices_mended"]) == (1, 1)
    text = run("--since", "2026-11-01", "--source", "local")
    assert "local: 2 bodies with 2 entries" in text
    assert "history of Lamp $11: $5.00 was $12.00 at 2026-11-20 10:00" in text
    assert "has nothing since 2026-11-30" in run("--since", "2026-11-30")
    with pytest.raises(CommandError, match="no source"):
        run("--since", "2026-11-01", "--source", "nobody")
    with pytest.raises(CommandError):
        run("--since", "yesterday")


def test_the_task_leaves_a_run(source: Source, server: LocalServer, clock: Any) -> None:
    _scan(source, server, clock, 0, item(1, "Lamp $12"))
    Run.objects.all().delete()
    assert replay_source(str(source.pk), SINCE.isoformat())["bodies"] == 1
    run = Run.objects.get()
    assert (run.trigger, run.state, run.summary["bodies"]) == ("operator", "done", 1)

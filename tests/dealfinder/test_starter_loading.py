"""Samples come once, through the stages of real offers, and go without a trace when they are not wanted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from accounts.models import Goal
from common.models import Marker
from dealfinder.celery import app
from dealfinder.starter import feed, loading
from dealfinder.starter.feed import dated_offers
from dealfinder.starter.loading import load_starter_data
from dealfinder.starter.removal import remove_starter_data
from dealfinder.starter.state import SamplesState, remember, samples_state
from deals.models import CatalogueItem, Deal, Entry, EntryState, Fetch, Match, PricePoint, Product, Source, Valuation
from notifications.models import Notification
from tests.dealfinder.test_starter_data import BARGAINS, INFLATED_WAS, ORDINARY, OVERPRICED, WITHOUT_PRICE
from tests.deals.making import make_deal, make_source, make_valuation

EVERYTHING = (CatalogueItem, Deal, Entry, Match, Notification, PricePoint, Product, Source, Valuation)


def counts() -> dict[str, int]:
    return {model.__name__: model._default_manager.count() for model in EVERYTHING}


def numbers(deals: Any) -> set[int]:
    return {int(name.removeprefix("sample-")) for name in deals.values_list("external_id", flat=True)}


def test_ages_become_dates_before_now_and_hours_left_become_dates_after_it() -> None:
    now = datetime(2031, 5, 4, 12, 0, tzinfo=UTC)
    items = ElementTree.fromstring(dated_offers(now)).findall("channel/item")
    published = [parsedate_to_datetime(item.findtext("pubDate", "")) for item in items]
    assert published[0] == now - timedelta(minutes=4)
    assert published == sorted(published, reverse=True)
    assert now - timedelta(days=2) < min(published)
    expiring = [parsedate_to_datetime(found) for item in items if (found := item.findtext("expirationDate"))]
    assert len(expiring) == 9
    assert all(now + timedelta(hours=12) <= end <= now + timedelta(hours=96) for end in expiring)
    assert not any("age-minutes" in name for item in items for name in item.attrib)


@pytest.mark.django_db
def test_samples_show_what_deal_finder_does_and_leave_without_a_trace(owner: Any) -> None:
    goal = Goal.objects.create(user=owner, title="Headphones", keywords=["headphones"])
    nothing = counts()

    report = load_starter_data()

    assert (report.products, report.deals, report.skipped) == (398, 54, 8)
    assert report.loaded_now
    assert report.sentence.startswith("Loaded 54 sample offers (")
    deals = Deal.objects.filter(is_sample=True)
    assert deals.filter(valuation__worth__isnull=True).count() == 0
    opportunities = numbers(deals.filter(valuation__is_opportunity=True))
    assert len(opportunities & BARGAINS) >= 12
    assert not opportunities & (ORDINARY | OVERPRICED | INFLATED_WAS)
    skipped = Entry.objects.filter(state=EntryState.SKIPPED)
    assert numbers(skipped) == WITHOUT_PRICE
    assert all(skipped.values_list("skip_reason", flat=True))
    assert report.matches == goal.matches.count() >= 1
    assert Notification.objects.filter(user=owner, deal__is_sample=True).count() == report.matches

    source = Source.objects.get(is_sample=True)
    assert (source.name, source.state, source.url) == ("samples", "paused", "")
    newest = deals.order_by("-first_seen_at").first()
    assert newest is not None and newest.external_id == "sample-01"
    assert timedelta(minutes=4) <= timezone.now() - newest.first_seen_at < timedelta(minutes=10)
    assert all(point.observed_at == point.deal.published_at for point in PricePoint.objects.select_related("deal"))

    there = counts()
    second = load_starter_data()
    assert not second.loaded_now
    assert second.sentence.startswith("The samples are there already: 54 sample offers")
    remember(SamplesState.LOADING)  # as a killed process leaves it
    assert load_starter_data().loaded_now
    assert counts() == there

    gone = remove_starter_data()

    assert (gone.products, gone.deals) == (398, 54)
    assert counts() == nothing
    goal.refresh_from_db()
    assert goal.match_count == 0
    assert load_starter_data().sentence.startswith("The samples were removed before")
    assert counts() == nothing


@pytest.mark.django_db
def test_removal_leaves_what_is_no_sample(owner: Any) -> None:
    sample_source = make_source("samples", is_sample=True)
    real = make_deal("Real headphones")
    shared = Product.objects.create(key="headphones", name="Headphones")
    sample = make_deal("Sample headphones", source=sample_source, is_sample=True, product=shared)
    only = make_deal(
        "Sample lamp", source=sample_source, is_sample=True, product=Product.objects.create(key="lamp", name="Lamp")
    )
    Deal.objects.filter(pk=real.pk).update(product=shared)
    goal = Goal.objects.create(user=owner, title="Headphones", match_count=3)
    for deal in (real, sample):
        Match.objects.create(goal=goal, deal=deal, valuation=make_valuation(deal))
        Notification.objects.create(user=owner, deal=deal, reason="match", reason_text="It fits.", title="t", body="b")
    CatalogueItem.objects.create(
        fingerprint="f", title="Theirs", title_key="theirs", text="Theirs", price=Decimal(1), embedding=[0.1] * 384
    )

    report = remove_starter_data()

    assert report.deals == 2
    assert not Deal.objects.filter(pk__in=[sample.pk, only.pk]).exists()
    assert list(Deal.objects.all()) == [real]
    assert list(Product.objects.values_list("key", flat=True)) == ["headphones"]
    assert [match.deal_id for match in Match.objects.all()] == [real.pk]
    assert [notification.deal_id for notification in Notification.objects.all()] == [real.pk]
    assert CatalogueItem.objects.count() == 1
    assert not Source.objects.filter(is_sample=True).exists()
    goal.refresh_from_db()
    assert goal.match_count == 2
    assert samples_state() == SamplesState.REMOVED


@pytest.mark.django_db
def test_removal_before_loading_keeps_samples_away(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("remove_samples")
    call_command("load_samples")
    said = capsys.readouterr().out.splitlines()
    assert said == [
        "There were no samples to remove; they will not be loaded by themselves.",
        "The samples were removed before, so they were not loaded. Use --again to have them back.",
    ]
    assert not Deal.objects.exists()
    assert not CatalogueItem.objects.exists()


@pytest.mark.django_db
def test_a_feed_that_cannot_be_read_is_a_sentence_and_is_tried_again_later(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "offers.xml").write_text("<page/>")
    (tmp_path / "catalogue.csv").write_text("title,category,price,text\n")
    monkeypatch.setattr(feed, "OFFERS", tmp_path / "offers.xml")
    monkeypatch.setattr(loading, "CATALOGUE", tmp_path / "catalogue.csv")
    with pytest.raises(CommandError, match="The samples could not be loaded: The answer is XML, but not a feed"):
        call_command("load_samples")
    assert samples_state() == SamplesState.LOADING
    assert Fetch.objects.get().outcome == "failed"
    assert not Deal.objects.exists()


def test_the_pricing_worker_loads_the_samples() -> None:
    app.loader.import_default_modules()
    assert "starter.load" in app.tasks
    assert app.amqp.router.route({}, "starter.load")["queue"].name == "pricing"


@pytest.mark.django_db
def test_the_lock_is_given_back() -> None:
    remove_starter_data()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()")
        assert cursor.fetchone()[0] == 0
    assert Marker.objects.get(name="samples").data == {"state": "removed"}

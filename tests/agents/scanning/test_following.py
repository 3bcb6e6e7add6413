"""The pages of followed prices are read again, by a source that their followers share."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from agents.planning.tracking import judge_tracking
from agents.scanning.actions.scans import scan_source
from agents.scanning.actions.submissions import read_submission
from agents.scanning.following import OUT_OF_SIGHT, TRIES, see_to_followed
from common.urls import canonical_url
from deals.models import Deal, Source, Submission, Tracking
from deals.tracking_actions import follow_address, follow_deal, pause, unfollow
from notifications.models import Notification
from tests.agents.scanning.local_server import LocalServer
from tests.deals.making import make_deal, make_source

pytestmark = pytest.mark.django_db


def _page(price: str, availability: str = "InStock") -> bytes:
    offer = (
        f'"@type":"Offer","price":"{price}","priceCurrency":"USD","availability":"https://schema.org/{availability}"'
    )
    data = f'{{"@context":"https://schema.org","@type":"Product","name":"Brass desk lamp L9","offers":{{{offer}}}}}'
    head = f'<title>Brass desk lamp L9</title><script type="application/ld+json">{data}</script>'
    return f"<html><head>{head}</head><body><h1>Brass desk lamp L9</h1></body></html>".encode()


def test_from_an_unknown_address_to_the_alert(owner: Any, server: LocalServer) -> None:
    headers = {"content_type": "text/html"}
    url = server.serve("/lamp", _page("100.00"), **headers)
    tracking = follow_address(owner, url, target_price=Decimal(90))
    assert read_submission(Submission.objects.get().pk) == "read"
    assert see_to_followed().begun == 1
    tracking.refresh_from_db()
    assert (tracking.state, tracking.base_price) == ("active", Decimal(100))
    assert tracking.source is not None and tracking.source.interval_seconds == 6 * 3600
    judge_tracking()
    assert not Notification.objects.exists()
    server.serve("/lamp", _page("85.00"), **headers)
    scan_source(tracking.source.pk)
    assert Deal.objects.get().price == Decimal(85)
    Deal.objects.update(value_state="done")
    judge_tracking()
    assert Notification.objects.get().data["reasons"] == ["$85.00 is under your $90.00"]


def test_followers_share_a_source_that_is_paused_when_the_last_has_gone(owner: Any, stranger: Any) -> None:
    deal = make_deal(source=make_source("asked-shop", state="paused", url=""))
    first, second = (follow_deal(user, deal, drop_percent=10) for user in (owner, stranger))
    assert see_to_followed().begun == 2
    assert see_to_followed().begun == 0
    source = Source.objects.get(name__startswith="followed-")
    unfollow(first)
    assert see_to_followed().ended == 0
    pause(second)
    assert see_to_followed().ended == 1
    follow_deal(owner, deal, drop_percent=10)
    see_to_followed()
    source.refresh_from_db()
    assert source.state == "active"
    Source.objects.filter(pk=source.pk).update(state="paused")  # by an operator
    follower = Tracking.objects.get(pk=second.pk)
    follower.state = "active"
    follower.save()
    see_to_followed()
    source.refresh_from_db()
    assert source.state == "paused"


def test_a_deal_that_its_own_source_reads_gets_none(owner: Any) -> None:
    follow_deal(owner, make_deal(), drop_percent=10)
    assert see_to_followed().begun == 0
    follow_deal(owner, make_deal("Sample", is_sample=True, source=None), drop_percent=10)
    facebook = "https://www.facebook.com/marketplace/item/1"
    follow_deal(owner, make_deal("Ad", url=facebook, canonical_url=facebook, source=None), drop_percent=10)
    assert see_to_followed().begun == 0


def test_a_deal_that_scrolled_out_of_its_feed_is_read_from_its_page(owner: Any, server: LocalServer) -> None:
    url = server.serve("/lamp", _page("85.00"), content_type="text/html")
    feed = make_source("feed-of-lamps")
    deal = make_deal("Brass desk lamp L9", "100.00", source=feed, url=url, canonical_url=canonical_url(url))
    follow_deal(owner, deal, target_price=Decimal(90))
    Source.objects.filter(pk=feed.pk).update(body_read_at=deal.last_seen_at + OUT_OF_SIGHT)
    assert see_to_followed().begun == 0, "it may have been shown that long"
    Source.objects.filter(pk=feed.pk).update(body_read_at=deal.last_seen_at + OUT_OF_SIGHT + timedelta(minutes=1))
    assert see_to_followed().begun == 1
    own = Source.objects.get(name__startswith="followed-")
    scan_source(own.pk)
    assert Deal.objects.get().price == Decimal(85)
    Source.objects.filter(pk=own.pk).update(consecutive_failures=TRIES, last_error="The server answered 403.")
    assert see_to_followed().stuck == 0 and not Notification.objects.exists()
    tracking = Tracking.objects.get()
    assert (tracking.state, tracking.source, tracking.reason) == ("active", None, "The server answered 403.")
    assert see_to_followed().begun == 0, "its feed may still show it again"


def test_a_page_that_cannot_be_read_any_more_is_told_to_its_followers_and_to_no_operator(
    owner: Any, operator: Any, api: Any
) -> None:
    follow_deal(owner, make_deal(source=None), drop_percent=10)
    see_to_followed()
    source = Source.objects.get(name__startswith="followed-")
    Source.objects.filter(pk=source.pk).update(consecutive_failures=TRIES, last_error="The server answered 403.")
    assert see_to_followed().stuck == 1
    assert [row.user for row in Notification.objects.all()] == [owner]
    assert Tracking.objects.get().reason == "The server answered 403."
    source.refresh_from_db()
    assert source.state == "paused"
    assert source.name not in api(operator).get("/api/v1/sources").content.decode()
    assert api().get(f"/api/v1/sources/{source.pk}").status_code == 404
    assert api(operator).get(f"/api/v1/sources/{source.pk}").status_code == 200

"""How the pictures of deals are looked at: which, how often, with what manners, and what is kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone

from agents.identity.looking import Looked, look_at_pictures
from agents.identity.pictures import look_at
from agents.scanning.fetching.robots import forget_rules
from agents.scanning.tasks import pictures
from common.egress.counting import request_counts
from deals.models import Deal, DealPicture
from tests.agents.identity.drawing import drawn, packed
from tests.agents.scanning.local_server import LocalServer, local_server
from tests.deals.making import make_deal

pytestmark = pytest.mark.django_db

BODY = packed(drawn(7), "JPEG")


@pytest.fixture
def server(settings: Any) -> Iterator[LocalServer]:
    """A shop on this machine that may be asked, as an operator would allow it."""
    settings.EGRESS_ALLOW_CIDRS = ["127.0.0.0/8"]
    cache.clear()
    forget_rules()
    with local_server() as running:
        yield running


def asked(server: LocalServer) -> list[str]:
    return [path for path, _ in server.requests]


def later(deal: Deal, hours: int = 24) -> None:
    DealPicture.objects.filter(deal=deal).update(retry_at=timezone.now() - timedelta(hours=hours))


def test_a_picture_is_looked_at_once_and_64_bits_are_kept(server: LocalServer) -> None:
    deal = make_deal(image_url=server.serve("/a.jpg", BODY))
    assert pictures() == {"known": 1, "useless": 0, "again": 0}
    kept = DealPicture.objects.get()
    assert (kept.deal, kept.url, kept.error) == (deal, deal.image_url, "")
    assert kept.hash == look_at(BODY).hash
    assert kept.looked_at is not None
    assert look_at_pictures() == Looked()
    assert asked(server) == ["/a.jpg"]
    assert "image/" in server.requests[0][1]["accept"]
    assert any(count.role == "picture" and count.bytes == len(BODY) for count in request_counts())


def test_samples_offers_without_a_picture_and_ended_ones_cost_nothing(server: LocalServer) -> None:
    address = server.serve("/a.jpg", BODY)
    make_deal(image_url=address, is_sample=True)
    make_deal(image_url=address, state="expired")
    make_deal()
    make_deal(image_url="data:image/png;base64,AAAA")
    assert look_at_pictures() == Looked()
    assert asked(server) == []
    assert not DealPicture.objects.exists()


def test_nothing_is_asked_where_the_setting_forbids_it(server: LocalServer, settings: Any) -> None:
    settings.PICTURE_FINGERPRINTS = False
    make_deal(image_url=server.serve("/a.jpg", BODY))
    assert look_at_pictures() == Looked()
    assert asked(server) == []


def test_one_address_is_asked_for_once_for_all_its_deals(server: LocalServer) -> None:
    address = server.serve("/a.jpg", BODY)
    for _ in range(3):
        make_deal(image_url=address)
    assert look_at_pictures() == Looked(known=3)
    assert asked(server) == ["/a.jpg"]
    assert set(DealPicture.objects.values_list("hash", flat=True)) == {look_at(BODY).hash}


def test_a_new_picture_of_a_deal_is_looked_at(server: LocalServer) -> None:
    deal = make_deal(image_url=server.serve("/a.jpg", BODY))
    look_at_pictures()
    other = packed(drawn(8))
    deal.image_url = server.serve("/b.png", other)
    deal.save()
    assert look_at_pictures() == Looked(known=1)
    assert DealPicture.objects.get().hash == look_at(other).hash


def test_one_that_cannot_be_had_is_tried_three_times_and_not_at_once(server: LocalServer) -> None:
    deal = make_deal(image_url=server.serve("/gone.jpg", b"", 404))
    assert look_at_pictures() == Looked(again=1)
    assert look_at_pictures() == Looked()
    later(deal)
    assert look_at_pictures() == Looked(again=1)
    later(deal)
    assert look_at_pictures() == Looked(useless=1)
    later(deal)
    assert look_at_pictures() == Looked()
    assert asked(server) == ["/gone.jpg"] * 3
    kept = DealPicture.objects.get()
    assert kept.hash is None
    assert "404" in kept.error


def test_one_that_comes_back_after_a_failure_is_known_then(server: LocalServer) -> None:
    deal = make_deal(image_url=server.serve("/a.jpg", b"", 500))
    look_at_pictures()
    server.serve("/a.jpg", BODY)
    later(deal)
    assert look_at_pictures() == Looked(known=1)
    assert DealPicture.objects.get().error == ""


def test_what_is_no_picture_is_not_asked_for_again(server: LocalServer) -> None:
    deal = make_deal(image_url=server.serve("/a.jpg", b"<html>Log in</html>"))
    assert look_at_pictures() == Looked(useless=1)
    later(deal)
    assert look_at_pictures() == Looked()
    assert "no picture" in DealPicture.objects.get().error


def test_more_than_3_mb_are_not_fetched(server: LocalServer) -> None:
    make_deal(image_url=server.serve("/a.jpg", BODY + bytes(3_000_000)))
    assert look_at_pictures() == Looked(again=1)
    assert DealPicture.objects.get().hash is None


def test_robots_txt_is_heeded(server: LocalServer) -> None:
    server.serve("/robots.txt", b"User-agent: *\nDisallow: /pictures/\n")
    make_deal(image_url=server.serve("/pictures/a.jpg", BODY))
    assert look_at_pictures() == Looked(again=1)
    assert asked(server) == ["/robots.txt"]
    assert "robots.txt" in DealPicture.objects.get().error


def test_a_host_that_wants_to_be_left_alone_is_and_that_is_no_try(server: LocalServer) -> None:
    make_deal(image_url=server.serve("/b.jpg", BODY))
    newest = make_deal(image_url=server.serve("/a.jpg", b"", 429, Retry_After="900"))
    assert look_at_pictures() == Looked(again=2)
    assert asked(server) == ["/a.jpg"]
    assert dict(DealPicture.objects.values_list("url", "tries")) == {newest.image_url: 1, f"{server.url}/b.jpg": 0}
    assert look_at_pictures() == Looked()


def test_a_private_address_is_never_asked(server: LocalServer, settings: Any) -> None:
    settings.EGRESS_ALLOW_CIDRS, settings.SCAN_PACE = [], 0.0
    make_deal(image_url=server.serve("/a.jpg", BODY))
    assert look_at_pictures() == Looked(again=1)
    assert asked(server) == []


def test_ten_pictures_of_one_host_at_most_in_one_round(server: LocalServer) -> None:
    for number in range(12):
        make_deal(image_url=server.serve(f"/{number}.jpg", BODY))
    assert look_at_pictures() == Looked(known=10)
    assert look_at_pictures() == Looked(known=2)

"""Following a price from its page, and the list of what is followed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from deals.models import Submission, Tracking
from deals.tracking_actions import follow_deal
from tests.deals.making import make_deal, make_valuation

pytestmark = pytest.mark.django_db


def test_a_price_is_followed_from_its_deal(owner: Any, signed_in: Any) -> None:
    deal = make_deal("Brass lamp", "100.00", brand="Lumo")  # of no product
    make_valuation(deal)
    client = signed_in(owner)
    address = f"/tracking/new/?deal={deal.pk}"
    assert address in client.get(f"/deals/{deal.pk}/").content.decode()
    refused = client.post(address, {"currency": "USD"})
    assert refused.status_code == 422 and "Say when you want to be told" in refused.content.decode()
    words = {"currency": "USD", "target_price": "cheap", "drop_percent": "200"}
    refused = client.post(address, words).content.decode()
    assert "Enter an amount, for example 250." in refused and "Enter 95 or less." in refused
    assert client.post(address, {"currency": "USD", "target_price": "90"}).headers["Location"] == "/tracking/"
    assert Tracking.objects.get().target_price == Decimal(90)
    assert "Price followed" in client.get(f"/deals/{deal.pk}/").content.decode()
    page = client.get("/tracking/").content.decode()
    assert (
        "Brass lamp" in page
        and "at $90 or less" in page
        and "Its source is read every 5 minutes; seen there last now." in page
    )
    again = client.post(address, {"currency": "USD", "target_price": "80"})
    assert again.headers["Location"] == f"/tracking/{Tracking.objects.get().pk}/"


def test_an_unknown_page_is_sent_and_followed(owner: Any, signed_in: Any) -> None:
    client = signed_in(owner)
    on = client.post("/submit/", {"url": "https://shop.example/lamp", "follow": "1"}).headers["Location"]
    assert not Submission.objects.exists()
    assert "https://shop.example/lamp" in client.get(on).content.decode()
    client.post(on, {"url": "https://shop.example/lamp", "currency": "USD", "drop_percent": "15"})
    assert Submission.objects.get().user == owner
    assert "Waiting" in client.get("/tracking/").content.decode()


def test_a_followed_price_that_is_over_or_met_says_so(owner: Any, signed_in: Any) -> None:
    deal = make_deal(state="sold_out")
    tracking = follow_deal(owner, deal, back_in_stock=True)
    client = signed_in(owner)
    assert "in case it is offered again" in client.get("/tracking/").content.decode()
    client.post(f"/tracking/{tracking.pk}/stop/")
    assert not Tracking.objects.exists()
    assert "You follow no price yet" in client.get("/tracking/").content.decode()


def test_the_api_says_what_it_cannot_do(owner: Any, api: Any) -> None:
    deal = make_deal()
    client = api(owner)
    both = {"deal": str(deal.pk), "url": "https://shop.example/x", "drop_percent": 10}
    assert client.post("/api/v1/tracking", both).json()["errors"] == {
        "deal": ["Name either a deal or the url of a page."]
    }
    assert client.post("/api/v1/tracking", {"deal": str(deal.pk)}).status_code == 400
    wanted = {"deal": str(deal.pk), "target_price": {"amount": "90", "currency": "EUR"}}
    made = client.post("/api/v1/tracking", wanted)
    assert made.status_code == 201, made.content
    body = made.json()
    assert (body["target_price"], body["currency"], body["deal"]["id"]) == ("90.00", "EUR", str(deal.pk))
    assert client.post("/api/v1/tracking", wanted).status_code == 409
    address = f"/api/v1/tracking/{body['id']}"
    assert client.patch(address, {"state": "unreadable"}).status_code == 400
    assert client.patch(address, {"target_price": None}).status_code == 400
    assert client.patch(address, {"state": "paused", "lowest_in_days": 30}).json()["state"] == "paused"

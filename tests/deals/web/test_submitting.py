"""The pages for sending offers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from deals.models import Submission
from tests.deals.making import make_deal

pytestmark = pytest.mark.django_db
KETTLE = "https://shop.example/kettle"


@pytest.fixture
def client(owner: Any, signed_in: Callable[[Any], Client]) -> Client:
    return signed_in(owner)


def test_an_address_is_sent_and_its_fate_shown_to_its_sender_alone(
    client: Client, stranger: Any, signed_in: Callable[[Any], Client]
) -> None:
    answer = client.post("/submit/", {"url": KETTLE}, follow=True)
    assert "It is being read" in answer.content.decode() and "hx-get" in answer.content.decode()
    place = f"/submit/{Submission.objects.get().pk}/"
    assert signed_in(stranger).get(place).status_code == 404
    Submission.objects.update(state="refused", reason="The site forbids robots.")
    assert "The site forbids robots." in client.get(place, headers={"HX-Request": "true"}).content.decode()
    assert "The site forbids robots." in client.get("/settings/sending/").content.decode()
    assert KETTLE not in signed_in(stranger).get("/settings/sending/").content.decode()


def test_a_known_offer_is_opened(client: Client) -> None:
    deal = make_deal(canonical_url=KETTLE)
    assert client.post("/submit/", {"url": KETTLE})["Location"] == f"/deals/{deal.pk}/"


def test_what_is_no_address_is_said(client: Client) -> None:
    answer = client.post("/submit/", {"url": "ftp://x"})
    assert answer.status_code == 422 and "beginning with https://" in answer.content.decode()


def test_a_visitor_signs_in_first(client: Client) -> None:
    assert Client().get("/submit/")["Location"].startswith("/accounts/login/")
    assert Client().get("/settings/sending/").status_code == 302


def test_the_window_keeps_its_link_to_the_page_that_opened_it_and_the_others_do_not(client: Client) -> None:
    assert client.get("/submit/")["Cross-Origin-Opener-Policy"] == "unsafe-none"
    assert client.get("/settings/sending/")["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "frame-ancestors 'none'" in client.get("/submit/")["Content-Security-Policy"]


def test_the_bookmark_holds_our_address_and_no_secret(client: Client, settings: Any) -> None:
    settings.PUBLIC_URL = "https://deals.example"
    text = client.get("/settings/sending/").content.decode()
    assert "https://deals.example" in text and "javascript:" in text
    assert client.cookies["sessionid"].value not in text

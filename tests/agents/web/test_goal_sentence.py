"""A new goal from one sentence, with and without JavaScript."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import Goal
from tests.matching_factories import make_deal

SENTENCE = "Sony or Bose headphones on eBay, under 150 dollars, not refurbished, near Berlin"


@pytest.fixture
def client(owner: Any, signed_in: Callable[[Any], Client]) -> Client:
    return signed_in(owner)


def test_what_was_understood_stands_in_the_form_and_can_be_saved(client: Client) -> None:
    make_deal("Sony headphones", "120", marketplace="ebay")
    answer = client.post("/goals/understand/", {"text": SENTENCE})
    page = answer.content.decode()
    assert "<h1>New goal</h1>" in page and not Goal.objects.exists()
    for shown in (
        "Sony or Bose",
        "$150",
        "“not refurbished” rules an offer out.",
        "How far from Berlin may it be?",
        "the best was $120",
    ):
        assert shown in page
    form = answer.context["form"]
    sent = {name: form[name].value() for name in form.fields if form[name].value() not in (None, "", [])}
    sent |= {"keywords": "headphones", "excluded_keywords": "refurbished", "brands": "Sony, Bose"}
    saved = client.post("/goals/new/", sent)
    assert saved.status_code == 302
    goal = Goal.objects.get()
    assert (goal.brands, goal.marketplaces, goal.max_price, goal.location) == (
        ["Sony", "Bose"],
        ["ebay"],
        150,
        "Berlin",
    )
    assert "would have matched" in client.get(f"/goals/{goal.pk}/").content.decode()


def test_htmx_gets_the_part_alone(client: Client) -> None:
    part = client.post("/goals/understand/", {"text": SENTENCE}, headers={"HX-Request": "true"}).content.decode()
    assert "<h1>" not in part and "This is what was understood" in part
    preview = client.post(
        "/goals/preview/",
        {"title": "Lamp", "currency": "USD", "condition": "any", "priority": "3", "check_interval_minutes": "60"},
        headers={"HX-Request": "true"},
    ).content.decode()
    assert "No offer of the last 30 days would have matched." in preview and "<form" not in preview


@pytest.mark.parametrize(
    ("text", "shown"), [("", "Say what you are looking for."), ("???", "Nothing was understood yet")]
)
def test_nothing_understood_is_said(client: Client, text: str, shown: str) -> None:
    assert shown in client.post("/goals/understand/", {"text": text}).content.decode()


def test_what_a_sentence_says_is_shown_as_text(client: Client) -> None:
    page = client.post(
        "/goals/understand/", {"text": "sofa <img src=x onerror=alert(1)> by <b>me</b> under $50"}
    ).content.decode()
    assert "<img src=x" not in page and "<b>me</b>" not in page

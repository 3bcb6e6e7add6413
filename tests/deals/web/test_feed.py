"""The lists of deals: what they show, to whom, in how many queries, and what happens to unusable questions."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from deals.actions import record_interaction
from deals.models import DealMark, InteractionKind, PricePoint, Product
from tests.deals.making import make_deal, make_source, make_valuation

pytestmark = pytest.mark.django_db


def _valued(title: str, price: str = "129.00", **fields: Any) -> Any:
    deal = make_deal(title, price, **fields)
    make_valuation(deal)
    return deal


def _titles(answer: Any) -> list[str]:
    page = answer.context["page"]
    return [card.deal.title for card in page.cards]


def test_a_visitor_sees_what_it_is_and_live_deals() -> None:
    _valued("Sony headphones")
    text = Client().get("/").content.decode()
    assert "Know what an offer is worth before you buy" in text
    assert "$129 · worth $200 ($170–$230)" in text
    assert "/accounts/signup/" in text
    assert "dismiss" not in text


def test_a_user_sees_the_feed_without_the_landing_part(owner: Any, signed_in: Callable[[Any], Client]) -> None:
    _valued("Sony headphones")
    text = signed_in(owner).get("/").content.decode()
    assert "Know what an offer" not in text
    assert "<h1>Feed</h1>" in text


def test_the_bar_is_explained_with_a_live_deal_below_its_worth_or_an_invented_one() -> None:
    make_valuation(make_deal("Dear thing", "300"))
    assert Client().get("/").context["example"].title.startswith("An example")
    _valued("Good thing")
    assert Client().get("/").context["example"].title == "Good thing"


def test_without_deals_the_feed_says_what_will_happen() -> None:
    assert "No deals yet" in Client().get("/").content.decode()


def test_text_from_a_source_is_never_markup() -> None:
    deal = _valued(
        "<script>alert(1)</script>", merchant='"><img src=x onerror=alert(1)>', image_url="javascript:alert(1)"
    )
    for address in ("/", f"/deals/{deal.pk}/", "/opportunities/"):
        text = Client().get(address).content.decode()
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert "javascript:" not in text


def test_the_filters_choose_and_order() -> None:
    _valued("Sony headphones", "100", category="Audio")
    _valued("Bose headphones", "150", category="Audio", marketplace="bay", source=make_source("bay"))
    _valued("Dyson vacuum", "50", category="Home")
    ask = Client().get
    assert _titles(ask("/?search=headphones&ordering=price")) == ["Sony headphones", "Bose headphones"]
    assert _titles(ask("/?marketplace=bay")) == ["Bose headphones"]
    assert _titles(ask("/?category=Home")) == ["Dyson vacuum"]
    assert _titles(ask("/?min_price=60&max_price=120")) == ["Sony headphones"]
    assert _titles(ask("/?min_discount=100&ordering=-discount")) == ["Dyson vacuum", "Sony headphones"]


def test_a_filter_that_cannot_be_used_is_said_and_the_rest_counts() -> None:
    _valued("Sony headphones")
    _valued("Dyson vacuum")
    answer = Client().get("/?search=sony&max_price=cheap&ordering=magic&marketplace=%00")
    assert answer.status_code == 200
    assert "Enter an amount, for example 250." in answer.content.decode()
    assert _titles(answer) == ["Sony headphones"]


@pytest.mark.parametrize(
    "query",
    [
        "page=0",
        "page=-1",
        "page=x",
        "page=99999999999",
        "scale=NaN",
        "scale=-1",
        "scale=1e400",
        "page=2&scale=",
        "search=%27%3B--",
    ],
)
def test_odd_questions_get_a_page(query: str) -> None:
    _valued("Sony headphones")
    assert Client().get(f"/?{query}").status_code == 200


def test_more_deals_come_page_by_page_on_one_scale() -> None:
    for number in range(23):
        _valued(f"Thing {number}", str(100 + number))
    first = Client().get("/")
    assert len(first.context["page"].cards) == 20
    scale = first.context["page"].scale
    link = f"page=2&amp;scale={scale}"
    assert link in first.content.decode()
    rest = Client().get(f"/?page=2&scale={scale}", headers={"HX-Request": "true"})
    assert len(rest.context["page"].cards) == 3
    assert rest.context["page"].scale == scale
    assert "<html" not in rest.content.decode()
    assert "More deals" not in rest.content.decode()


def test_the_number_of_queries_does_not_grow_with_the_list(
    owner: Any, signed_in: Callable[[Any], Client], django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        product = Product.objects.create(key=f"sony {number}", name=f"Sony headphones {number}")
        deal = _valued(f"Sony headphones {number} $129 @ Shop", product=product)
        if number % 2:
            record_interaction(owner, deal, InteractionKind.SAVE)
    client = signed_in(owner)
    client.get("/")
    for address, most in (("/", 15), ("/opportunities/", 14), ("/saved/", 10)):
        with django_assert_max_num_queries(most):
            answer = client.get(address)
        assert len(answer.context["page"].cards) >= 10
    with django_assert_max_num_queries(6):
        Client().get("/")
    client.get(f"/deals/{deal.pk}/")
    with django_assert_max_num_queries(14):
        client.get(f"/deals/{deal.pk}/")


def test_a_card_says_that_a_person_sent_its_deal() -> None:
    _valued("Sent headphones", source=make_source("sent", kind="submitted"))
    _valued("Scanned headphones")
    sent, scanned = sorted(
        Client().get("/").content.decode().split('<li class="deal-card')[1:],
        key=lambda card: "Scanned headphones</a>" in card,
    )
    assert "Sent by a person" in sent
    assert "Sent by a person" not in scanned


def test_opportunities_follow_the_reader_s_threshold(owner: Any, signed_in: Callable[[Any], Client]) -> None:
    _valued("Large discount", "100")
    _valued("Small discount", "160")
    assert _titles(Client().get("/opportunities/")) == ["Large discount"]
    client = signed_in(owner)
    client.post("/settings/", _settings(opportunity_threshold="30"))
    assert set(_titles(client.get("/opportunities/"))) == {"Large discount", "Small discount"}


def _settings(**fields: str) -> dict[str, str]:
    usual = {"name": "", "time_zone": "UTC", "currency": "USD", "opportunity_threshold": "50", "theme": "system"}
    return usual | fields


def test_new_cards_come_for_the_ids_that_were_heard_of_and_meet_the_filters() -> None:
    sony, dyson = _valued("Sony headphones"), _valued("Dyson vacuum")
    asked = f"ids={sony.pk},{dyson.pk},nonsense,{uuid.uuid4()}"
    text = Client().get(f"/feed/new/?{asked}&search=sony&scale=500").content.decode()
    assert "Sony headphones" in text
    assert "Dyson vacuum" not in text
    assert "<html" not in text
    assert Client().get("/feed/new/").content.decode().strip() == ""


def test_what_was_missed_are_the_deals_valued_since() -> None:
    old, new = _valued("Old"), _valued("New")
    old.valuation.created_at = timezone.now() - timedelta(hours=1)
    old.valuation.save(update_fields=["created_at"])
    since = (timezone.now() - timedelta(minutes=5)).isoformat()
    assert Client().get("/feed/missed/", {"since": since}).json() == {"ids": [str(new.pk)]}
    new.valuation.low = 1
    new.valuation.save(update_fields=["low"])
    assert Client().get("/feed/missed/", {"since": since, "only": "opportunities"}).json() == {"ids": []}
    for unusable in ("", "yesterday", "2026-13-45T00:00:00Z"):
        assert Client().get("/feed/missed/", {"since": unusable}).json() == {"ids": []}


def test_a_saved_deal_is_marked_and_a_dismissed_one_leaves(owner: Any, signed_in: Callable[[Any], Client]) -> None:
    saved, dismissed = _valued("Saved thing"), _valued("Dismissed thing")
    client = signed_in(owner)
    client.post(f"/deals/{saved.pk}/save/")
    client.post(f"/deals/{dismissed.pk}/dismiss/")
    answer = client.get("/")
    assert _titles(answer) == ["Saved thing"]
    assert "Take Saved thing off your saved deals" in answer.content.decode()
    assert "Dismissed thing" in Client().get("/").content.decode()


def test_what_is_new_since_the_last_visit_is_marked(owner: Any, signed_in: Callable[[Any], Client]) -> None:
    client = signed_in(owner)
    session = client.session
    session["feed_latest"] = (timezone.now() - timedelta(hours=2)).isoformat()
    session.save()
    _valued("Known", first_seen_at=timezone.now() - timedelta(hours=5))
    _valued("Fresh", first_seen_at=timezone.now() - timedelta(hours=1))
    _valued(
        "Changed",
        first_seen_at=timezone.now() - timedelta(hours=5),
        price_changed_at=timezone.now() - timedelta(minutes=9),
    )
    cards = {card.deal.title: card for card in client.get("/").context["page"].cards}
    assert (cards["Fresh"].is_new, cards["Changed"].is_changed) == (True, True)
    assert not cards["Known"].is_new
    assert not cards["Known"].is_changed


def test_a_deal_to_wait_for_says_when_it_was_cheaper() -> None:
    dear, never = make_deal("Dear", "300"), make_deal("Never cheaper", "300")
    for deal in (dear, never):
        make_valuation(deal, verdict="wait")
    for days, price in ((30, "100"), (3, "250"), (1, "320")):
        PricePoint.objects.create(
            deal=dear, price=price, currency="USD", observed_at=timezone.now() - timedelta(days=days)
        )
    text = Client().get("/").content.decode()
    assert text.count("Wait: was cheaper 3 days ago") == 1


def test_forms_want_their_token(owner: Any) -> None:
    deal = _valued("Thing")
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner, backend="allauth.account.auth_backends.AuthenticationBackend")
    answer = client.post(f"/deals/{deal.pk}/save/")
    assert answer.status_code == 403
    assert "The form was too old" in answer.content.decode()
    assert not DealMark.objects.exists()

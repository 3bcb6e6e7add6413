"""The pages of goals: made, changed, paused, deleted, and every unusable entry."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Goal, GoalStatus
from deals.models import Match, Product
from tests.deals.making import make_deal, make_source, make_valuation

pytestmark = pytest.mark.django_db

USUAL = {
    "title": "Noise cancelling headphones",
    "currency": "USD",
    "condition": "any",
    "priority": "3",
    "check_interval_minutes": "60",
}


@pytest.fixture
def client(owner: Any, signed_in: Callable[[Any], Client]) -> Client:
    return signed_in(owner)


def test_a_title_alone_makes_a_goal(client: Client, owner: Any) -> None:
    answer = client.post(
        "/goals/new/",
        {"title": "Headphones", "currency": "USD", "condition": "any", "priority": "3", "check_interval_minutes": "60"},
    )
    goal = Goal.objects.get()
    assert answer.headers["Location"] == f"/goals/{goal.pk}/"
    assert (goal.user, goal.title, goal.status, goal.keywords, goal.max_price) == (
        owner,
        "Headphones",
        "active",
        [],
        None,
    )


def test_every_field_is_kept(client: Client) -> None:
    make_deal(source=make_source("bay"), marketplace="bay")
    deadline = (timezone.now() + timedelta(days=9)).strftime("%Y-%m-%dT%H:%M")
    client.post(
        "/goals/new/",
        USUAL
        | {
            "keywords": "Sony, Bose, Sony", "excluded_keywords": "case\nrefurbished", "brands": "Sony", "category": "Audio",
            "marketplaces": ["bay"], "condition": "new", "min_price": "50", "max_price": "249.99", "currency": "EUR",
            "min_discount": "40", "min_discount_percent": "20", "min_score": "60", "location": "Berlin", "radius_km": "25",
            "deadline": deadline, "priority": "5", "check_interval_minutes": "15", "max_matches": "3", "quantity": "2", "budget": "300",
            "min_similarity": "0.7", "channels": "in_app",
            "description": "For Ada.",
        },
    )  # fmt: skip
    goal = Goal.objects.get()
    assert (goal.keywords, goal.excluded_keywords, goal.brands) == (["Sony", "Bose"], ["case", "refurbished"], ["Sony"])
    assert (goal.category, goal.marketplaces, goal.condition) == ("Audio", ["bay"], "new")
    assert (goal.min_price, goal.max_price, goal.currency) == (Decimal(50), Decimal("249.99"), "EUR")
    assert (goal.min_discount, goal.min_discount_percent, goal.min_score) == (Decimal(40), 20, 60)
    assert (goal.location, goal.radius_km, goal.priority, goal.check_interval_minutes) == ("Berlin", 25, 5, 15)
    assert (goal.max_matches, goal.channels, goal.description) == (3, ["in_app"], "For Ada.")
    assert (goal.quantity, goal.budget, goal.min_similarity) == (2, Decimal(300), 0.7)
    assert goal.deadline is not None
    page = client.get(f"/goals/{goal.pk}/").content.decode()
    assert "until you have bought 2, until you have spent €300" in page and "the 25 km cannot be measured" in page
    edit = client.get(f"/goals/{goal.pk}/edit/").content.decode()
    assert '<option value="0.7" selected>' in edit and 'name="budget" value="300"' in edit


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"title": " "}, "Say what you are looking for."),
        ({"title": "x" * 201}, "at most 200 characters"),
        ({"max_price": "cheap"}, "Enter an amount, for example 250."),
        ({"max_price": "-1"}, "Enter 0 or more."),
        ({"min_price": "300", "max_price": "200"}, "above the most that you want to pay"),
        ({"min_discount_percent": "101"}, "Enter 100 or less."),
        ({"min_score": "1.5"}, "Enter a whole number."),
        ({"radius_km": "501", "location": "Berlin"}, "Enter 500 or less."),
        ({"radius_km": "5"}, "Say the place"),
        ({"deadline": "soon"}, "Enter a date and a time"),
        ({"deadline": "2020-01-01T10:00"}, "has passed already"),
        ({"currency": "XYZ1"}, "Select a valid choice"),
        ({"priority": "9"}, "Select a valid choice"),
        ({"keywords": "w" * 101}, "longer than 100"),
        ({"keywords": ",".join(f"word{n}" for n in range(31))}, "Enter 30 at most"),
        ({"title": "nul\x00"}, "Null characters are not allowed"),
    ],
)
def test_an_unusable_entry_is_said_beside_its_field_and_nothing_is_stored(
    entry: dict[str, str], words: str, client: Client
) -> None:
    answer = client.post("/goals/new/", USUAL | entry)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "There is a problem" in text
    assert words in text
    assert "<title>Error: " in text
    assert not Goal.objects.exists()


def test_a_folded_field_with_an_error_is_unfolded(client: Client) -> None:
    assert "<details open>" in client.post("/goals/new/", USUAL | {"min_score": "500"}).content.decode()
    assert "<details open>" not in client.get("/goals/new/").content.decode()


def test_over_the_limit_the_form_says_which_limit(client: Client) -> None:
    for number in range(2):
        client.post("/goals/new/", USUAL | {"title": f"Goal {number}"})
    assert "You use all 2 active goals" in client.get("/goals/new/").content.decode()
    answer = client.post("/goals/new/", USUAL)
    assert "Free allows 2 active goals; pause or delete one first." in answer.content.decode()
    assert Goal.objects.count() == 2


def test_too_many_marketplaces_are_said_beside_them(client: Client) -> None:
    for name in ("bay", "river"):
        make_deal(source=make_source(name), marketplace=name)
    answer = client.post("/goals/new/", USUAL | {"marketplaces": ["bay", "river"]})
    assert "Free allows 1 marketplace a goal" in answer.content.decode()
    assert not Goal.objects.exists()


def test_a_deal_s_page_fills_the_form_in(client: Client) -> None:
    text = client.get("/goals/new/?title=Sony%20XM5&max_price=228&brands=Sony&currency=EUR").content.decode()
    for value in ('value="Sony XM5"', 'value="228"', 'value="Sony"', '<option value="EUR" selected>'):
        assert value in text


def test_editing_shows_and_keeps_what_is_there(client: Client, owner: Any) -> None:
    goal = Goal.objects.create(
        user=owner, title="Old", keywords=["Sony", "Bose"], max_price=Decimal("250.00"), check_interval_minutes=45
    )
    text = client.get(f"/goals/{goal.pk}/edit/").content.decode()
    for value in ('value="Old"', 'value="Sony, Bose"', 'value="250"', "Every 45 minutes"):
        assert value in text
    client.post(f"/goals/{goal.pk}/edit/", USUAL | {"title": "New", "keywords": "Sony", "check_interval_minutes": "45"})
    goal.refresh_from_db()
    assert (goal.title, goal.keywords, goal.max_price, goal.check_interval_minutes) == ("New", ["Sony"], None, 45)


def test_pausing_and_resuming(client: Client, owner: Any) -> None:
    goal = Goal.objects.create(user=owner, title="Goal")
    client.post(f"/goals/{goal.pk}/paused/")
    goal.refresh_from_db()
    assert goal.status == GoalStatus.PAUSED
    assert "Resume" in client.get("/goals/").content.decode()
    client.post(f"/goals/{goal.pk}/active/")
    goal.refresh_from_db()
    assert goal.status == GoalStatus.ACTIVE
    assert client.post(f"/goals/{goal.pk}/archived/").status_code == 404


def test_resuming_one_too_many_says_why(client: Client, owner: Any) -> None:
    for number in range(2):
        Goal.objects.create(user=owner, title=f"Goal {number}")
    paused = Goal.objects.create(user=owner, title="Third", status="paused")
    answer = client.post(f"/goals/{paused.pk}/active/", follow=True)
    assert "Free allows 2 active goals" in answer.content.decode()
    paused.refresh_from_db()
    assert paused.status == GoalStatus.PAUSED


def test_deleting_asks_first(client: Client, owner: Any) -> None:
    goal = Goal.objects.create(user=owner, title="Goal")
    assert "Delete “Goal”?" in client.get(f"/goals/{goal.pk}/delete/").content.decode()
    assert Goal.objects.exists()
    client.post(f"/goals/{goal.pk}/delete/")
    assert not Goal.objects.exists()


def test_the_page_of_a_goal_shows_its_matches_and_why(
    client: Client, owner: Any, django_assert_max_num_queries: Any
) -> None:
    goal = Goal.objects.create(user=owner, title="Goal", match_count=9)
    for number in range(9):
        product = Product.objects.create(key=f"sony {number}", name=f"Sony {number}")
        deal = make_deal(f"Sony {number} $129 @ Shop", product=product)
        Match.objects.create(goal=goal, deal=deal, valuation=make_valuation(deal), reasons=["Its title has “Sony”."])
    client.get(f"/goals/{goal.pk}/")
    with django_assert_max_num_queries(18):
        text = client.get(f"/goals/{goal.pk}/").content.decode()
    assert text.count("Its title has “Sony”.") == 9
    assert "9 matches" in text


def test_without_goals_the_page_teaches(client: Client) -> None:
    assert "Set your first goal" in client.get("/goals/").content.decode()

from __future__ import annotations

import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from accounts.actions.preferences import update_preferences
from accounts.models import Goal, User
from deals import counting
from deals.actions import record_interaction
from deals.models import Deal, Estimate, Interaction, InteractionKind, Match, PricePoint, Product
from deals.search.words import count_words
from tests.deals.making import make_deal, make_source, make_valuation

pytestmark = pytest.mark.django_db

OPEN = ["", "/price-history", "/similar", "/valuation"]


def titles(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [row["title"] for row in answer.json()["results"]]


@pytest.fixture
def headphones(db: None) -> Deal:
    deal = make_deal(
        "Sony headphones", "129.00", marketplace="amazon", category="Electronics > Audio", merchant="Sony", condition="new",
        list_price=Decimal("199.9"), image_url="https://img.example/1.jpg",
    )  # fmt: skip
    valuation = make_valuation(
        deal, reasons=["It is cheaper than five like it."], comparables=[{"title": "Sony", "price": "200.00"}]
    )
    Estimate.objects.create(
        valuation=valuation, estimator="neural", version="1", value_usd=Decimal("201.5"), weight=0.5
    )
    return deal


def test_a_deal_says_its_price_and_worth(api: Any, headphones: Deal) -> None:
    answer = api().get("/api/v1/deals")
    page = answer.json()
    assert (page["count"], page["next"], page["previous"]) == (1, None, None)
    deal = page["results"][0]
    assert deal["price"] == {"amount": "129.00", "currency": "USD"}
    assert deal["list_price"] == {"amount": "199.90", "currency": "USD"}
    assert deal["worth"] == {"amount": "200.00", "currency": "USD"}
    assert deal["discount"] == {"amount": "71.00", "currency": "USD"}
    assert (deal["discount_percent"], deal["score"], deal["verdict"]) == (35.5, 70, "good")
    assert deal["source"] == {"name": "shop", "title": "Shop"}
    assert deal["mark"] is None
    assert deal["first_seen_at"].endswith("Z")
    assert "value_error" not in deal and "external_id" not in deal
    assert answer["X-Request-ID"] and answer["X-RateLimit-Limit"]


def test_a_price_in_yen_has_no_decimals(api: Any) -> None:
    make_deal("Camera", "15000", currency="JPY")
    assert api().get("/api/v1/deals").json()["results"][0]["price"] == {"amount": "15000", "currency": "JPY"}


def test_the_evidence_is_shown_with_the_deal_and_alone(api: Any, headphones: Deal) -> None:
    whole = api().get(f"/api/v1/deals/{headphones.pk}").json()
    alone = api().get(f"/api/v1/deals/{headphones.pk}/valuation/").json()
    assert whole["valuation"] == alone
    assert alone["reasons"] == ["It is cheaper than five like it."]
    [estimate] = alone["estimates"]
    assert (estimate["estimator"], estimate["value"]) == ("neural", {"amount": "201.50", "currency": "USD"})
    assert alone["is_opportunity"] is True
    assert alone["low"] == {"amount": "170.00", "currency": "USD"}


def test_a_deal_that_is_not_valued_yet(api: Any) -> None:
    deal = make_deal()
    shown = api().get(f"/api/v1/deals/{deal.pk}").json()
    assert shown["valuation"] is None and shown["worth"] is None and shown["score"] is None
    answer = api().get(f"/api/v1/deals/{deal.pk}/valuation")
    assert answer.status_code == 404 and "not valued yet" in answer.json()["detail"]


@pytest.mark.parametrize(
    "query",
    [
        "search=headphones", "search=sony", "source=shop", "marketplace=amazon", "category=audio", "condition=new",
        "min_price=100&max_price=129", "min_discount=70", "min_discount_percent=35.5", "min_score=70", "search=sony&min_score=",
        "max_price=110&currency=EUR&min_price=1",
    ],
)  # fmt: skip
def test_filters_keep_what_is_asked_for(api: Any, headphones: Deal, query: str) -> None:
    make_deal("Garden chair", "500", source=make_source("garden"), condition="used", category="Garden")
    if "currency" in query:
        Deal.objects.filter(pk=headphones.pk).update(price=Decimal("100.00"))
    assert titles(api().get(f"/api/v1/deals?{query}")) == ["Sony headphones"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("min_price=cheap", "min_price"), ("min_price=-1", "min_price"), ("max_price=NaN", "max_price"),
        ("min_price=10&max_price=5", "min_price"), ("min_score=101", "min_score"), ("min_score=x", "min_score"),
        ("min_discount_percent=200", "min_discount_percent"), ("condition=broken", "condition"), ("since=soon", "since"),
        ("ordering=luck", "ordering"), ("colour=red", "colour"), ("search=%00", "search"), ("search=" + "x" * 201, "search"),
        ("page=0", "page"), ("page=x", "page"), ("page_size=101", "page_size"), ("currency=dollars", "currency"),
        ("max_price=99999999999999999999999", "max_price"),
    ],
)  # fmt: skip
def test_filters_that_mean_nothing_are_refused_by_field(api: Any, query: str, field: str) -> None:
    answer = api().get(f"/api/v1/deals?{query}")
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [field]
    assert answer.json()["type"] and answer.json()["title"] == "Bad Request" and answer.json()["status"] == 400


def test_a_search_shows_of_a_deal_what_the_list_shows(api: Any, owner: User, headphones: Deal) -> None:
    """Both are written down from other things: the one from columns, the other from objects."""
    bare = make_deal("Headphones that are not valued", source=None)
    record_interaction(owner, headphones, InteractionKind.SAVE)
    signed = api(owner)
    listed = {row["id"]: row for row in signed.get("/api/v1/deals").json()["results"]}
    found = {row["id"]: row for row in signed.get("/api/v1/deals?search=headphones").json()["results"]}
    assert found.keys() == listed.keys() == {str(headphones.pk), str(bare.pk)}
    assert found[str(headphones.pk)]["mark"] == {"saved": True, "dismissed": False}
    for pk, row in listed.items():
        assert "<mark>" in found[pk].pop("highlight")
        assert row.pop("highlight") is None
        assert found[pk] == row
        assert found[pk].keys() <= signed.get(f"/api/v1/deals/{pk}").json().keys()


def test_a_search_may_hold_anything_that_people_type(api: Any, headphones: Deal) -> None:
    for text in ["'", '"', "%", "\\", "a & | ! b", "(", ":*", "<b>", "日本", "-sony"]:
        assert api().get("/api/v1/deals", {"search": text}).status_code == 200


def test_since_and_ordering(api: Any) -> None:
    now = timezone.now()
    for number, price in enumerate(("30", "10", "20")):
        make_deal(f"{number}", price, first_seen_at=now - timedelta(hours=number))
    assert titles(api().get("/api/v1/deals")) == ["0", "1", "2"]
    assert titles(api().get("/api/v1/deals?ordering=price")) == ["1", "2", "0"]
    assert titles(api().get("/api/v1/deals?ordering=-price")) == ["0", "2", "1"]
    since = (now - timedelta(minutes=90)).isoformat()
    assert titles(api().get("/api/v1/deals", {"since": since})) == ["0", "1"]


def test_past_deals_are_not_listed_but_can_be_read(api: Any) -> None:
    sold = make_deal("Sold", state="sold_out")
    over = make_deal("Over", expires_at=timezone.now() - timedelta(minutes=1))
    assert titles(api().get("/api/v1/deals")) == []
    for deal in (sold, over):
        assert api().get(f"/api/v1/deals/{deal.pk}").status_code == 200


def test_pages_have_twenty_and_cost_a_fixed_number_of_queries(
    api: Any, owner: User, django_assert_num_queries: Any
) -> None:
    for number in range(23):
        make_valuation(make_deal(f"Deal {number}", f"{number + 1}"), worth="300", low="290", high="310")
    with django_assert_num_queries(2):
        first = api().get("/api/v1/deals").json()
    assert (first["count"], len(first["results"])) == (23, 20)
    assert len(api().get(first["next"]).json()["results"]) == 3
    assert api().get("/api/v1/deals?page=9").status_code == 404
    api(owner).get("/api/v1/me")
    with django_assert_num_queries(3):
        api(owner).get("/api/v1/deals")
    with django_assert_num_queries(2):
        api().get("/api/v1/opportunities")


def test_a_long_list_tells_its_number_of_a_moment_ago_and_each_list_its_own(
    api: Any, owner: User, stranger: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Signed in, because what is kept of a visitor's list would be told to the visitors of other tests, too.
    monkeypatch.setattr(counting, "MANY", 3)
    for number in range(2):
        make_deal(f"Deal {number}", marketplace="amazon")
    assert api(owner).get("/api/v1/deals").json()["count"] == 2
    for number in (2, 3):
        make_deal(f"Deal {number}", marketplace="ebay")
    assert api(owner).get("/api/v1/deals").json()["count"] == 4  # a short list was counted anew
    make_deal("Deal 4", marketplace="ebay")
    assert api(owner).get("/api/v1/deals").json()["count"] == 4  # the number of a moment ago
    assert api(owner).get("/api/v1/deals?marketplace=ebay").json()["count"] == 3
    assert api(stranger).get("/api/v1/deals").json()["count"] == 5


def test_opportunities_are_the_callers_own_and_the_best_come_first(api: Any, owner: User, stranger: User) -> None:
    make_valuation(make_deal("small", "100"), worth="160", low="150", score=90)
    make_valuation(make_deal("large", "100"), worth="300", low="250", score=80)
    make_valuation(make_deal("unsure", "100"), worth="300", low="99", score=99)
    make_deal("not valued", "1")
    update_preferences(owner, opportunity_threshold=150)
    update_preferences(stranger, opportunity_threshold=10)
    assert titles(api().get("/api/v1/opportunities/")) == ["small", "large"]
    assert titles(api(owner).get("/api/v1/opportunities")) == ["large"]
    assert titles(api(stranger).get("/api/v1/opportunities")) == ["small", "large"]
    assert api().get("/api/v1/opportunities?search=x").status_code == 400


def test_everybody_reads_deals_and_only_users_mark_them(
    api: Any, owner: User, stranger: User, headphones: Deal
) -> None:
    address = f"/api/v1/deals/{headphones.pk}"
    for reader in (None, owner, stranger):
        assert [api(reader).get(address + part).status_code for part in OPEN] == [200, 200, 200, 200]
    refused = api().post(f"{address}/interactions", {"kind": "save"})
    assert refused.status_code == 401 and not Interaction.objects.exists()


def test_marks_are_their_makers_own(api: Any, owner: User, stranger: User, operator: User, headphones: Deal) -> None:
    address = f"/api/v1/deals/{headphones.pk}/interactions"
    done = api(owner).post(address, {"kind": "save"})
    assert done.status_code == 201
    assert done.json() == {"deal_id": str(headphones.pk), "kind": "save", "saved": True, "dismissed": False}
    assert api(owner).get("/api/v1/deals").json()["results"][0]["mark"] == {"saved": True, "dismissed": False}
    for other in (stranger, operator):
        assert api(other).get("/api/v1/deals").json()["results"][0]["mark"] == {"saved": False, "dismissed": False}
    api(owner).post(address, {"kind": "dismiss"})
    assert titles(api(owner).get("/api/v1/deals")) == [] == titles(api(owner).get("/api/v1/opportunities"))
    assert titles(api(stranger).get("/api/v1/deals")) == ["Sony headphones"]
    for kind in ("view", "click", "unsave", "bought", "too_high", "too_low"):
        assert api(owner).post(address + "/", {"kind": kind}).status_code == 201
    assert api(owner).post(address, {"kind": "stare"}).json()["errors"].keys() == {"kind"}
    assert api(owner).post(address, {}).status_code == 400
    assert Interaction.objects.filter(user=owner).count() == 8
    assert api(owner).post(f"/api/v1/deals/{uuid.uuid4()}/interactions", {"kind": "save"}).status_code == 404


def test_prices_are_told_oldest_first(api: Any, headphones: Deal) -> None:
    now = timezone.now()
    for days, price in [(0, "129"), (2, "150.5"), (1, "140")]:
        PricePoint.objects.create(
            deal=headphones, price=Decimal(price), currency="USD", observed_at=now - timedelta(days=days)
        )
    rows = api().get(f"/api/v1/deals/{headphones.pk}/price-history").json()["results"]
    assert [row["price"]["amount"] for row in rows] == ["150.50", "140.00", "129.00"]


def test_prices_come_with_what_they_tell(api: Any, headphones: Deal) -> None:
    headphones.product = Product.objects.create(key="sony", name="Sony headphones")
    headphones.list_price = Decimal(180)
    headphones.save()
    now = timezone.now()
    for days, price in [(60, "129"), (12, "180"), (1, "129")]:
        PricePoint.objects.create(
            deal=headphones,
            price=Decimal(price),
            list_price=180,
            currency="USD",
            observed_at=now - timedelta(days=days),
        )
    found = api().get(f"/api/v1/deals/{headphones.pk}/price-history").json()
    assert found["results"][0]["list_price"] == {"amount": "180.00", "currency": "USD"}
    tells = found["intelligence"]
    assert (tells["points"], tells["confidence"], tells["next_drop"]["drops"]) == (3, "low", 1)
    assert [window["lowest"]["amount"] for window in tells["windows"]] == ["129.00"] * 3
    assert (tells["claim"]["verdict"], tells["claim"]["is_fake"]) == ("inflated_before_sale", True)
    assert tells["claim"]["lowest_30"] == {"amount": "129.00", "currency": "USD"}
    assert tells["seasonality"] is None
    assert any("confidence is low" in sentence for sentence in tells["sentences"])
    assert found["product_intelligence"]["points"] == 3
    assert found["product_intelligence"]["claim"] is None


def test_a_deal_without_prices_tells_that_there_are_none(api: Any) -> None:
    found = api().get(f"/api/v1/deals/{make_deal().pk}/price-history").json()
    assert (found["results"], found["product_intelligence"]) == ([], None)
    assert found["intelligence"]["sentences"] == ["We have seen no price of it yet."]


def test_similar_deals_are_live_and_not_the_deal_itself(api: Any, headphones: Deal) -> None:
    make_deal("Sony headphones black")
    make_deal("Sony headphones gone", state="expired")
    make_deal("Garden chair")
    assert titles(api().get(f"/api/v1/deals/{headphones.pk}/similar")) == ["Sony headphones black"]


def test_deals_are_compared_in_the_order_asked_for(api: Any, headphones: Deal, django_assert_num_queries: Any) -> None:
    other = make_deal("Garden chair 4 kg", "90")
    ids = f"{other.pk},{headphones.pk},{other.pk}"
    with django_assert_num_queries(3):
        answer = api().get(f"/api/v1/deals/compare?ids={ids}")
    assert titles(answer) == ["Garden chair 4 kg", "Sony headphones"]
    unvalued, valued = answer.json()["results"]
    assert unvalued["valuation"] is None and valued["valuation"]["is_opportunity"] is True
    rows = {row["name"]: row for row in answer.json()["rows"]}
    assert rows["Price"]["values"] == ["$90", "$129"] and rows["Price"]["best"] == [str(other.pk)]
    assert rows["Worth"]["values"] == ["–", "$200 ($170–$230)"] and rows["Worth"]["best"] == []
    assert rows["Weight"]["values"] == ["4 kg", "–"] and "Power" not in rows


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("", "Name two to four deals"), ("ids=", "Name two to four deals"), ("ids=1", "not identifiers of deals"),
        ("ids=" + ",".join(f"0196e2b0-0000-7000-8000-00000000000{number}" for number in range(5)), "these are 5"),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_said(api: Any, query: str, sentence: str) -> None:
    answer = api().get(f"/api/v1/deals/compare?{query}")
    assert answer.status_code == 400 and sentence in answer.json()["errors"]["ids"][0]


def test_an_unknown_deal_is_not_compared(api: Any, headphones: Deal) -> None:
    assert api().get(f"/api/v1/deals/compare?ids={headphones.pk},{uuid.uuid4()}").status_code == 404
    assert "One deal alone" in api().get(f"/api/v1/deals/compare?ids={headphones.pk}").json()["note"]


def test_a_search_says_how_it_was_done_and_marks_the_words(api: Any, headphones: Deal, without_model: None) -> None:
    make_deal("Garden chair")
    count_words()
    page = api().get("/api/v1/deals?search=sony hedphones").json()
    assert [deal["highlight"] for deal in page["results"]] == ["<mark>Sony</mark> <mark>headphones</mark>"]
    assert page["search"]["meant"] == [{"typed": "hedphones", "meant": ["headphones"]}]
    assert page["search"]["found_by"] == ["words", "spelling"] and "meaning does not work" in page["search"]["note"]
    plain = api().get("/api/v1/deals").json()
    assert "search" not in plain and plain["results"][0]["highlight"] is None


def test_pages_of_a_search_hold_each_deal_once(api: Any) -> None:
    for number in range(25):
        make_deal(f"Kettle {number}")
    pages = [api().get(f"/api/v1/deals?search=kettle&page={number}").json() for number in (1, 2)]
    found = [deal["id"] for page in pages for deal in page["results"]]
    assert (pages[0]["count"], len(found), len(set(found))) == (25, 25, 25)
    assert api().get("/api/v1/deals?search=kettle&page=3").status_code == 404


def test_matches_of_a_goal_say_why(
    api: Any, owner: User, stranger: User, headphones: Deal, django_assert_num_queries: Any
) -> None:
    goal = Goal.objects.create(user=owner, title="Headphones")
    theirs = Goal.objects.create(user=stranger, title="Headphones")
    for each in (goal, theirs):
        Match.objects.create(
            goal=each, deal=headphones, valuation=headphones.valuation, reasons=["It says headphones."]
        )
    with django_assert_num_queries(4):
        answer = api(owner).get(f"/api/v1/goals/{goal.pk}/matches")
    [match] = answer.json()["results"]
    assert match["reasons"] == ["It says headphones."] and match["deal"]["title"] == "Sony headphones"
    assert match["goal_id"] == str(goal.pk)
    assert api(owner).get(f"/api/v1/goals/{theirs.pk}/matches").status_code == 404


@pytest.mark.parametrize("part", OPEN)
@pytest.mark.parametrize("deal_id", [str(uuid.UUID(int=1)), "1", "x" * 300])
def test_a_deal_that_is_not_there(api: Any, deal_id: str, part: str) -> None:
    answer = api().get(f"/api/v1/deals/{deal_id}{part}")
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"


def test_deals_cannot_be_changed_from_outside(api: Any, operator: User, headphones: Deal) -> None:
    for method in ("put", "patch", "delete", "post"):
        answer = getattr(api(operator), method)(f"/api/v1/deals/{headphones.pk}", {})
        assert answer.status_code == 405 and "GET" in answer["Allow"]

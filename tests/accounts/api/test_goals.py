from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.actions.goals import create_goal
from accounts.models import Goal, User

pytestmark = pytest.mark.django_db

WHOLE = {
    "title": "A camera", "description": "For travelling", "keywords": ["camera", "mirrorless"], "excluded_keywords": ["toy"],
    "brands": ["Sony"], "category": "cameras", "marketplaces": ["amazon"], "condition": "used", "min_price": "100.00",
    "max_price": "900.00", "currency": "EUR", "min_discount": "25.50", "min_discount_percent": 10, "min_score": 60,
    "location": "Berlin", "radius_km": 50, "deadline": None, "priority": 5, "check_interval_minutes": 15, "max_matches": 10,
    "channels": ["email"], "status": "active",
}  # fmt: skip


def test_what_is_sent_is_what_is_kept(
    api: Any, owner: User, django_capture_on_commit_callbacks: Any, sent_tasks: Any
) -> None:
    body = WHOLE | {"deadline": (timezone.now() + timedelta(days=30)).isoformat()}
    with django_capture_on_commit_callbacks(execute=True):
        made = api(owner).post("/api/v1/goals", body)
    assert made.status_code == 201, made.content
    goal = made.json()
    assert {name: goal[name] for name in WHOLE if name != "deadline"} == {
        n: v for n, v in WHOLE.items() if n != "deadline"
    }
    assert api(owner).get(f"/api/v1/goals/{goal['id']}").json() == goal
    assert [(task.name, task.args) for task in sent_tasks] == [("match.goal", (goal["id"],))]


def test_a_title_is_enough(api: Any, owner: User) -> None:
    goal = api(owner).post("/api/v1/goals/", {"title": "Anything"}).json()
    assert (goal["check_interval_minutes"], goal["priority"], goal["condition"], goal["status"]) == (
        60,
        3,
        "any",
        "active",
    )
    assert goal["currency"] == "USD" and goal["min_price"] is None


def test_amounts_may_be_numbers_or_money(api: Any, owner: User) -> None:
    body = {"title": "x", "max_price": {"amount": "12.5", "currency": "USD"}, "min_price": 3, "min_discount": 1.25}
    goal = api(owner).post("/api/v1/goals", body).json()
    assert (goal["max_price"], goal["min_price"], goal["min_discount"]) == ("12.50", "3.00", "1.25")
    euros = {"title": "y", "max_price": {"amount": "12.5", "currency": "EUR"}}
    goal = api(owner).post("/api/v1/goals", euros).json()
    assert (goal["max_price"], goal["currency"]) == ("12.50", "EUR")
    address = f"/api/v1/goals/{goal['id']}"
    dollars = api(owner).patch(address, {"max_price": {"amount": "9", "currency": "USD"}})
    assert dollars.json()["errors"] == {"max_price": ["All amounts here are in EUR."]}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"title": "a\x00b"}, "title"),
        ({"title": ["x"]}, "title"),
        ({"radius_km": 0}, "radius_km"),
        ({"radius_km": 501}, "radius_km"),
        ({"priority": 6}, "priority"),
        ({"check_interval_minutes": 14}, "check_interval_minutes"),
        ({"check_interval_minutes": 1441}, "check_interval_minutes"),
        ({"condition": "broken"}, "condition"),
        ({"status": "asleep"}, "status"),
        ({"min_score": 101}, "min_score"),
        ({"min_discount_percent": 101}, "min_discount_percent"),
        ({"max_price": "-1"}, "max_price"),
        ({"max_price": "many"}, "max_price"),
        ({"max_price": "1e400"}, "max_price"),
        ({"max_price": True}, "max_price"),
        ({"max_price": {"amount": "5", "currency": "USD"}}, "max_price"),
        ({"min_price": "901.00"}, "non_field_errors"),
        ({"currency": "XXQ"}, "currency"),
        ({"deadline": "yesterday"}, "deadline"),
        ({"deadline": "2001-01-01T00:00:00Z"}, "deadline"),
        ({"keywords": "camera"}, "keywords"),
        ({"keywords": ["x" * 101]}, "keywords.0"),
        ({"keywords": ["x"] * 51}, "keywords"),
        ({"max_prize": "5"}, "max_prize"),
    ],
)
def test_unusable_values_are_refused_by_field(api: Any, owner: User, change: dict[str, Any], field: str) -> None:
    answer = api(owner).post("/api/v1/goals", WHOLE | change)
    assert answer.status_code == 400, answer.content
    assert list(answer.json()["errors"]) == [field]
    assert not Goal.objects.exists()


@pytest.mark.parametrize("body", [[], "x", 5, None])
def test_a_body_that_is_no_object_is_refused(api: Any, owner: User, body: Any) -> None:
    assert api(owner).post("/api/v1/goals", body, format="json").status_code == 400


def test_over_the_limit_is_refused_with_the_limit(api: Any, owner: User) -> None:
    for title in ("one", "two"):
        assert api(owner).post("/api/v1/goals", {"title": title}).status_code == 201
    refused = api(owner).post("/api/v1/goals", {"title": "three"})
    assert refused.status_code == 403 and "2 active goals" in refused.json()["detail"]
    assert refused.json()["limits"]["active_goals"] == {"limit": 2, "used": 2, "left": 0}
    paused = api(owner).post("/api/v1/goals", {"title": "three", "status": "paused"})
    assert paused.status_code == 201
    assert api(owner).patch(f"/api/v1/goals/{paused.json()['id']}", {"status": "active"}).status_code == 403
    many = api(owner).post("/api/v1/goals", {"title": "four", "status": "paused", "marketplaces": ["amazon", "ebay"]})
    assert many.status_code == 403 and "1 marketplace" in many.json()["detail"]


def test_only_its_owner_sees_a_goal(api: Any, owner: User, stranger: User, operator: User, sent_tasks: Any) -> None:
    goal = create_goal(owner, title="A camera")
    addresses = [f"/api/v1/goals/{goal.pk}", f"/api/v1/goals/{goal.pk}/matches"]
    for other in (stranger, operator):
        assert api(other).get("/api/v1/goals").json()["results"] == []
        for address in addresses:
            assert api(other).get(address).status_code == 404
        assert api(other).patch(addresses[0], {"title": "mine"}).status_code == 404
        assert api(other).delete(addresses[0]).status_code == 404
        assert api(other).post(f"{addresses[0]}/scan").status_code == 404
    for address in ["/api/v1/goals", *addresses]:
        assert api().get(address).status_code == 401
    assert sent_tasks == []
    assert [row["id"] for row in api(owner).get("/api/v1/goals").json()["results"]] == [str(goal.pk)]
    assert Goal.objects.get().title == "A camera"


def test_a_goal_changes_field_by_field_and_goes(api: Any, owner: User) -> None:
    goal = create_goal(owner, title="A camera", max_price=100)
    address = f"/api/v1/goals/{goal.pk}/"
    assert api(owner).patch(address, {"status": "paused"}).json()["status"] == "paused"
    assert api(owner).patch(address, {"min_price": "100.01"}).status_code == 400
    assert api(owner).get(address).json()["title"] == "A camera"
    assert api(owner).get("/api/v1/goals?status=active").json()["count"] == 0
    assert api(owner).get("/api/v1/goals?status=asleep").status_code == 400
    assert api(owner).delete(address).status_code == 204
    assert api(owner).get(address).status_code == 404


def test_looking_now_enqueues_the_goal_and_the_due_scans(api: Any, owner: User, sent_tasks: Any) -> None:
    goal = Goal.objects.create(user=owner, title="A camera")
    assert api(owner).post(f"/api/v1/goals/{goal.pk}/scan").status_code == 202
    assert [(task.name, task.args) for task in sent_tasks] == [("match.goal", (str(goal.pk),)), ("scan.due", ())]


def test_a_list_asks_the_database_a_fixed_number_of_questions(
    api: Any, owner: User, django_assert_num_queries: Any
) -> None:
    Goal.objects.bulk_create(Goal(user=owner, title=str(number)) for number in range(25))
    with django_assert_num_queries(2):
        answer = api(owner).get("/api/v1/goals").json()
    assert (answer["count"], len(answer["results"])) == (25, 20)
    rest = api(owner).get(answer["next"]).json()
    assert len(rest["results"]) == 5 and rest["next"] is None and rest["previous"]


def test_addresses_that_mean_nothing(api: Any, owner: User) -> None:
    for part in ("1", "x", str(uuid.uuid4())):
        answer = api(owner).get(f"/api/v1/goals/{part}")
        assert answer.status_code == 404 and answer["Content-Type"] == "application/problem+json"

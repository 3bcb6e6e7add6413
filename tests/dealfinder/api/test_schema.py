from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from typing import Any

import jsonschema
import pytest
from django.db import transaction
from django.urls import URLPattern, URLResolver
from drf_spectacular.validation import validate_schema
from rest_framework.test import APIClient

from accounts.models import Goal, User
from agents.models import Run, Step
from common.outbox import record
from common.relay import place_events
from dealfinder.api import urls
from deals.events import ScanStarted
from deals.models import Deal, Estimate, Match, PricePoint, Submission, Tracking
from notifications.models import Delivery, Notification, UserChannel
from tests.deals.making import make_deal, make_valuation

pytestmark = pytest.mark.django_db


@cache
def described() -> dict[str, Any]:
    schema: dict[str, Any] = APIClient().get("/api/v1/schema").json()
    return schema


def test_the_description_is_openapi_3_1(api: Any) -> None:
    answer = api().get("/api/v1/schema/")
    assert answer.status_code == 200 and answer["Content-Type"].startswith("application/json")
    assert answer.json()["openapi"].startswith("3.1")
    validate_schema(answer.json())


def test_every_reference_leads_somewhere() -> None:
    schema = described()
    for reference in set(re.findall(r"'\$ref': '#/([^']+)'", str(schema))):
        part: Any = schema
        for name in reference.split("/"):
            part = part[name]


def routes(patterns: list[Any], prefix: str = "") -> Iterator[str]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern) and pattern.name and pattern.name != "api-nothing":
            yield re.sub(r"<\w+:(\w+)>", r"{\1}", route)


def test_every_address_is_described_and_answers_with_a_slash_too(api: Any) -> None:
    paths = set(described()["paths"])
    known = {f"/api/v1/{route}" for route in routes(urls.urlpatterns)} - {"/api/v1/schema", "/api/v1/docs"}
    assert paths == known
    unknown = "00000000-0000-0000-0000-000000000001"
    for path in known:
        address = re.sub(r"\{\w+\}", unknown, path)
        without, with_slash = api().options(address), api().options(f"{address}/")
        assert without.status_code == with_slash.status_code != 404
        assert without.get("Allow") == with_slash.get("Allow")


def test_the_pages_of_the_description_need_nothing_from_elsewhere(api: Any) -> None:
    answer = api().get("/api/v1/docs", HTTP_ACCEPT="text/html")
    page = answer.content.decode()
    assert answer.status_code == 200 and "/api/v1/schema" in page
    sources = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert sources and all(source.startswith(("/static/", "data:")) for source in sources)


@pytest.fixture
def house(owner: User, operator: User) -> dict[str, str]:
    """One of everything, all fields filled in where they can be."""
    deal: Deal = make_deal(list_price=Decimal("200"), description="Good ones")
    valuation = make_valuation(deal, comparables=[{"title": "x"}], reasons=["Cheap."], weights={"neural": 1.0})
    make_deal("Sony headphones, not valued")
    Estimate.objects.create(valuation=valuation, estimator="neural", version="1", value_usd=Decimal(200))
    Estimate.objects.create(valuation=valuation, estimator="frontier", version="1", value_usd=None, error="away")
    PricePoint.objects.create(deal=deal, price=deal.price, currency="USD")
    goal = Goal.objects.create(user=owner, title="Headphones", max_price=Decimal("150"))
    match = Match.objects.create(goal=goal, deal=deal, valuation=valuation, reasons=["Yes."])
    told = Notification.objects.create(
        user=owner, goal=goal, deal=deal, match=match, reason="match", reason_text="…", title="…", body="…"
    )
    Delivery.objects.create(notification=told, channel="email")
    run = Run.objects.create(agent="scanning", trigger="schedule", source=deal.source)
    Step.objects.create(run=run, position=1, name="fetch")
    evidence = [
        {"deal_id": str(deal.pk), "title": "x", "url": "x", "price": "1.00", "currency": "USD", "outcome": "agrees"}
    ]
    sent = Submission.objects.create(user=owner, url=deal.url, canonical_url=deal.url, state="read", evidence=evidence)
    with transaction.atomic():
        record(ScanStarted(source="shop", title="Shop"))
    place_events(10)
    followed = Tracking.objects.create(
        user=owner, deal=deal, url=deal.url, canonical_url=deal.canonical_url, target_price=1, met=["target_price"]
    )
    channel = UserChannel.objects.create(user=owner, kind="email", config={"address": ""})
    failed = Delivery.objects.filter(notification=told)[0]
    Delivery.objects.filter(pk=failed.pk).update(state="failed")
    return {
        "channel_class": "short",
        "channel_id": str(channel.pk),
        "delivery_id": str(failed.pk),
        "tracking_id": str(followed.pk),
        "deal_id": str(deal.pk), "goal_id": str(goal.pk), "notification_id": str(told.pk), "run_id": str(run.pk),
        "source_id": str(deal.source_id),
        "submission_id": str(sent.pk),
        "kind": "match",
    }  # fmt: skip


def conforms(body: Any, path: str, method: str, code: int) -> None:
    schema = described()
    described_answer = schema["paths"][path][method]["responses"][str(code)]["content"]["application/json"]["schema"]
    whole = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "components": schema["components"],
    } | described_answer
    jsonschema.validate(body, whole, cls=jsonschema.Draft202012Validator)


def test_answers_are_as_described(api: Any, owner: User, operator: User, house: dict[str, str]) -> None:
    checked = []
    for path, operations in described()["paths"].items():
        names = re.findall(r"\{(\w+)\}", path)
        if "get" not in operations or not set(names) <= set(house):
            continue
        address = path.format(**house)
        if path.endswith("compare"):
            address += f"?ids={house['deal_id']}"
        for reader in (operator,) if "/runs" in path or path.endswith(("sources/export", "/access")) else (owner, None):
            answer = api(reader).get(address)
            if answer.status_code == 200:
                conforms(answer.json(), path, "get", 200)
                checked.append(path)
            else:
                assert reader is None and answer.status_code == 401
    left_out = {path for path, operations in described()["paths"].items() if "get" in operations} - set(checked)
    assert left_out == {"/api/v1/me/keys/{key_id}"}


def test_answers_to_writes_are_as_described(api: Any, owner: User, operator: User, house: dict[str, str]) -> None:
    writes: list[tuple[Any, str, str, Any, int]] = [
        (None, "post", "auth/register", {"email": "new@example.com", "password": "a lighthouse at noon"}, 201),
        (None, "post", "auth/token", {"email": "new@example.com", "password": "a lighthouse at noon"}, 200),
        (None, "post", "auth/password-reset", {"email": "new@example.com"}, 202),
        (owner, "post", "goals", {"title": "A lamp"}, 201),
        (owner, "post", "tracking", {"url": "https://shop.example/lamp", "drop_percent": 10}, 201),
        (owner, "patch", "tracking/{tracking_id}", {"state": "paused"}, 200),
        (owner, "post", "goals/interpret", {"text": "A lamp near Berlin under $20 by Friday"}, 200),
        (owner, "post", "deals", {"url": "https://shop.example/lamp"}, 202),
        (operator, "post", "sources/import", {"content": "url\nhttps://one.example/feed\nnonsense\n"}, 200),
        (owner, "patch", "goals/{goal_id}", {"priority": 1}, 200),
        (owner, "post", "goals/{goal_id}/scan", None, 202),
        (owner, "post", "deals/{deal_id}/interactions", {"kind": "save"}, 201),
        (owner, "patch", "notifications/{notification_id}", {"read": True}, 200),
        (owner, "post", "notifications/read", {}, 200),
        (owner, "post", "notifications/{notification_id}/deliveries/{delivery_id}/again", None, 202),
        (owner, "post", "notifications/{notification_id}/snooze", {"what": "goal", "hours": 3}, 201),
        (owner, "patch", "me/alerts", {"quiet_from": "22:00", "quiet_until": "07:00", "days": [4, 5]}, 200),
        (owner, "post", "snoozes", {"hours": 3}, 201),
        (owner, "post", "muted-merchants", {"merchant": "Acme"}, 201),
        (owner, "put", "message-templates/{kind}/{channel_class}", {"text": "Only {price}"}, 200),
        (owner, "post", "message-templates/{kind}/{channel_class}/preview", {"text": "Only {price}"}, 200),
        (owner, "patch", "channels/{channel_id}", {"daily_cap": 3}, 200),
        (owner, "post", "channels/{channel_id}/test", None, 200),
        (owner, "post", "me/keys", {"name": "x", "scopes": ["read"]}, 201),
        (owner, "patch", "me", {"name": "Ada"}, 200),
        (operator, "patch", "sources/{source_id}", {"title": "Shop!"}, 200),
        (owner, "delete", "me", None, 202),
    ]
    for user, method, path, body, code in writes:
        answer = getattr(api(user), method)("/api/v1/" + path.format(**house), body)
        assert answer.status_code == code, (path, answer.content)
        conforms(answer.json(), f"/api/v1/{path}", method, code)


def test_problems_are_as_described(api: Any, owner: User) -> None:
    problem = described()["components"]["schemas"]["Problem"]
    for answer in (api().get("/api/v1/me"), api(owner).post("/api/v1/goals", {}), api().get("/api/v1/nothing")):
        jsonschema.validate(answer.json(), problem)

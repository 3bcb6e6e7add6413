from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from celery import current_app
from celery.contrib.testing.worker import start_worker

from accounts.actions.preferences import update_preferences
from accounts.models import User
from agents.pricing import client, service
from agents.pricing.service import Comparable, EstimateResult, Item, Worth
from tests.workers import wait_for_worker

pytestmark = pytest.mark.django_db(transaction=True)

ASKED = {"title": "Sony WH-1000XM4", "description": "Headphones, new", "price": "129.99"}


@pytest.fixture
def asked_of_the_models() -> list[Item]:
    return []


@pytest.fixture
def pricing_worker(asked_of_the_models: list[Item], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A real worker with the real task; the models behind it answer what this test says, without being loaded."""

    def value_items(items: list[Item], *, patience: float) -> list[Worth]:
        asked_of_the_models.extend(items)
        if items[0].title == "broken":
            raise RuntimeError("no model")
        return [
            Worth(
                currency=items[0].currency, verdict="good", reasons=["It is cheap."], worth=Decimal("200"), low=Decimal("150.5"),
                high=Decimal("250"), discount=Decimal("70.01"), discount_percent=Decimal("35.01"), confidence=0.7,
                estimates=[EstimateResult("neural", "1", Decimal("201"), 0.5, 1.0), EstimateResult("frontier", "1", None, 0.0, 1.0)],
                comparables=[Comparable("Sony", Decimal("199.99"), 0.9, 0.5)],
            )
        ]  # fmt: skip

    monkeypatch.setattr(service, "value_items", value_items)
    # Not what these tests are about: on a busy machine the first task of a worker takes longer than a person waits.
    monkeypatch.setattr(client, "_SOON", 60.0)
    monkeypatch.setitem(client.estimate_remotely.__kwdefaults__, "patience", 60.0)
    current_app.loader.import_default_modules()
    with start_worker(current_app._get_current_object(), queues=["pricing"], perform_ping_check=False, pool="solo"):
        wait_for_worker(current_app)
        yield


def test_what_a_thing_is_worth(api: Any, owner: User, pricing_worker: None, asked_of_the_models: list[Item]) -> None:
    answer = api(owner).post("/api/v1/estimates", ASKED)
    assert answer.status_code == 200, answer.content
    worth = answer.json()
    assert worth["worth"] == {"amount": "200.00", "currency": "USD"}
    assert worth["low"] == {"amount": "150.50", "currency": "USD"}
    assert (worth["discount_percent"], worth["verdict"], worth["reasons"]) == (35.01, "good", ["It is cheap."])
    assert [each["value"] for each in worth["estimates"]] == [{"amount": "201.00", "currency": "USD"}, None]
    assert worth["comparables"][0]["price"] == {"amount": "199.99", "currency": "USD"}
    assert answer["X-RateLimit-Limit"]
    [item] = asked_of_the_models
    assert (item.title, item.text, item.price, item.currency) == (
        "Sony WH-1000XM4", "Headphones, new", Decimal("129.99"), "USD",
    )  # fmt: skip
    assert (item.user, item.foundation_model) == (owner.pk, True)
    assert {"milliseconds", "cost_usd", "error", "reason"} <= worth["estimates"][0].keys()


def test_amounts_are_in_the_callers_currency(
    api: Any, owner: User, pricing_worker: None, asked_of_the_models: list[Item]
) -> None:
    update_preferences(owner, currency="EUR")
    api(owner).post("/api/v1/estimates/", {"title": "a", "price": 5})
    api(owner).post("/api/v1/estimates", {"title": "b", "price": {"amount": "7", "currency": "GBP"}})
    assert [(item.currency, item.price) for item in asked_of_the_models] == [("EUR", Decimal(5)), ("GBP", Decimal(7))]


def test_a_failure_of_the_models_is_a_problem_that_passes(api: Any, owner: User, pricing_worker: None) -> None:
    answer = api(owner).post("/api/v1/estimates", {"title": "broken"})
    assert answer.status_code == 503 and answer["Retry-After"] == "10"


def test_without_a_worker_the_caller_is_told_to_come_back(
    api: Any, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(client.estimate_remotely.__kwdefaults__, "patience", 0.2)
    answer = api(owner).post("/api/v1/estimates", ASKED)
    assert answer.status_code == 503
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["Retry-After"] == "60"
    assert "does not answer" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "title"), ({"title": ""}, "title"), ({"title": "x", "price": "cheap"}, "price"), ({"title": "x", "price": -1}, "price"),
        ({"title": "x", "currency": "XXQ"}, "currency"), ({"title": "x" * 501}, "title"), ({"title": "x", "colour": "red"}, "colour"),
    ],
)  # fmt: skip
def test_an_unusable_question_is_refused_by_field(api: Any, owner: User, body: Any, field: str) -> None:
    answer = api(owner).post("/api/v1/estimates", body)
    assert answer.status_code == 400 and list(answer.json()["errors"]) == [field]


def test_visitors_sign_in_first(api: Any) -> None:
    assert api().post("/api/v1/estimates", ASKED).status_code == 401

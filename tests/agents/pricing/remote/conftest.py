"""Services that value things, played on this machine, and the small world beside them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache

from agents.pricing.service import Item, Worth, value_items
from tests.agents.pricing.conftest import World
from tests.language_services import MODEL, bedrock
from tests.sagemaker_service import BUCKET, ENDPOINT, REGION, Endpoint
from tests.wire_server import WireServer, wire_server

CHAIR = Item("Duna office chair", price=Decimal(100))
UNKNOWN = Item("Zyx quantum flux regulator for submarines 9000")


def in_frame(message: str) -> Any:
    """The data of a question."""
    return json.loads(message.removeprefix("<data>\n").partition("\n</data>\n")[0])


def value(world: World, *items: Item, patience: float = 60.0) -> list[Worth]:
    return value_items(items, catalogue=world.catalogue, model=world.model, patience=patience)


@pytest.fixture(autouse=True)
def _aws(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, content in (("ACCESS_KEY_ID", "AKIDEXAMPLE"), ("SECRET_ACCESS_KEY", "aws-very-secret")):
        monkeypatch.setenv(f"AWS_{name}", content)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    settings.AWS_REGION = REGION
    settings.LANGUAGE_BUDGET, settings.LANGUAGE_USER_BUDGET = Decimal(5), Decimal("0.5")
    settings.LANGUAGE_TIME_LIMIT = settings.FRONTIER_TIME_LIMIT = settings.SAGEMAKER_TIME_LIMIT = 60.0
    yield
    cache.clear()


class Oracle:
    """What the foundation model answers: `factor` times the mean price of what it is shown, or `price`."""

    factor = 1.0
    price: float | None = None
    reason = "Similar ones cost about that."

    def __call__(self, message: str) -> dict[str, Any]:
        prices = [offer["price_usd"] for offer in in_frame(message)["similar_offers"]]
        return {"price_usd": self.price or round(self.factor * sum(prices) / len(prices), 2), "reason": self.reason}


@pytest.fixture
def oracle() -> Oracle:
    return Oracle()


@pytest.fixture
def foundation(oracle: Oracle, settings: Any) -> Iterator[WireServer]:
    """Bedrock, switched on for worth."""
    with wire_server(bedrock(oracle)) as server:
        settings.LANGUAGE_MODEL, settings.LANGUAGE_MODEL_ID, settings.BEDROCK_URL = "bedrock", MODEL, server.url
        settings.FRONTIER_FOUNDATION_MODEL = True
        yield server


@pytest.fixture
def endpoint(world: World, settings: Any) -> Endpoint:
    """SageMaker's side of the specialist's endpoint."""
    return Endpoint(world.folder)


@pytest.fixture
def sagemaker(endpoint: Endpoint, settings: Any) -> Iterator[WireServer]:
    """The endpoint, switched on."""
    with wire_server(endpoint.answer) as server:
        settings.SAGEMAKER_URL = settings.AWS_STORAGE_URL = server.url
        settings.SAGEMAKER_ENDPOINT = ENDPOINT
        yield server


@pytest.fixture
def folder(settings: Any) -> None:
    """The endpoint is an asynchronous one."""
    settings.SAGEMAKER_ASYNC_FOLDER = BUCKET

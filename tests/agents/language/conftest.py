"""Language models at local stand-ins, and a form to fill in."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from agents.language.base import AnswerForm, LanguageModel, Question
from agents.language.framing import framed
from agents.language.registry import configured_model
from tests.language_services import MODEL, REGION, bedrock, openai
from tests.wire_server import WireServer, wire_server

KEY = "sk-very-secret"


class Verdict(AnswerForm):
    price: float
    why: str


def fill(text: str) -> dict[str, Any]:
    return {"price": 42.5, "why": "Because."}


def question(**fields: Any) -> Question[Verdict]:
    usual = {
        "name": "verdict",
        "task": "Say the price.",
        "data": framed({"title": "A thing"}),
        "form": Verdict,
        "most_tokens": 200,
    }
    return Question(**usual | fields)


@pytest.fixture(autouse=True)
def _settings(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (
        ("ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("SECRET_ACCESS_KEY", "aws-very-secret"),
        ("EC2_METADATA_DISABLED", "true"),
    ):
        monkeypatch.setenv(f"AWS_{name}", value)
    settings.AWS_REGION, settings.LANGUAGE_MODEL_ID = REGION, MODEL
    settings.LANGUAGE_BUDGET, settings.LANGUAGE_USER_BUDGET = Decimal(5), Decimal("0.5")
    settings.LANGUAGE_TIME_LIMIT = 60.0


@pytest.fixture
def service(request: pytest.FixtureRequest, settings: Any) -> Iterator[WireServer]:
    """The stand-in of the kind that the test is run for (indirect), bedrock unless it says so; it is the configured one."""
    kind = getattr(request, "param", "bedrock")
    with wire_server(bedrock(fill) if kind == "bedrock" else openai(fill, key=KEY)) as server:
        settings.LANGUAGE_MODEL = "bedrock" if kind == "bedrock" else "openai"
        settings.BEDROCK_URL, settings.LANGUAGE_MODEL_URL = server.url, f"{server.url}/v1"
        settings.LANGUAGE_ANSWER_FORM = "tool" if kind == "openai-tool" else "json_schema"
        from pydantic import SecretStr

        settings.LANGUAGE_MODEL_KEY = SecretStr(KEY)
        yield server


@pytest.fixture
def model(service: WireServer) -> LanguageModel:
    found = configured_model()
    assert found is not None
    return found

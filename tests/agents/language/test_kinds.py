"""Every kind of language model, at the wire: what it sends, and what becomes of every way in which a service fails."""

from __future__ import annotations

import logging
from decimal import Decimal
from typing import Any

import pytest

from agents.language.asking import ask
from agents.language.base import LanguageModel
from agents.language.registry import KINDS, UnknownKind, configured_model, make, model_class
from agents.models import Spending
from common.services import ServiceFailure
from tests.agents.language.conftest import KEY, Verdict, question
from tests.language_services import MODEL, chat, converse, tool_use
from tests.wire_server import Behaviour, WireServer, aws_error, half_a_body, hang_up, said, silence

pytestmark = pytest.mark.django_db
every_kind = pytest.mark.parametrize("service", ["bedrock", "openai", "openai-tool"], indirect=True)


def nothing_is_charged() -> bool:
    return all((row.reserved, row.spent, row.calls) == (0, 0, 0) for row in Spending.objects.all())


@every_kind
def test_the_form_comes_back_filled_in_and_is_paid_by_its_tokens(service: WireServer, model: LanguageModel) -> None:
    [asked] = ask(model, [question()], seconds=60)
    assert asked.answer == Verdict(price=42.5, why="Because.")
    assert asked.error == ""
    assert asked.cost == Decimal("0.003900")  # 900 tokens at $3 and 80 at $15 a million
    assert (Spending.objects.get().spent, Spending.objects.get().reserved) == (asked.cost, 0)
    assert len(service.requests) == 1


def test_the_schema_says_that_every_field_is_required_and_no_other_allowed() -> None:
    schema = question().schema()
    assert (schema["required"], schema["additionalProperties"]) == (["price", "why"], False)


GOOD = {"price": 1.0, "why": "x"}
AT_BEDROCK: list[tuple[str, Behaviour, str, int]] = [
    ("throttled", aws_error(429, "ThrottlingException"), "asked too often", 3),
    ("server error", aws_error(500, "InternalServerException"), "trouble of its own", 3),
    ("unavailable", aws_error(503, "ServiceUnavailableException"), "trouble of its own", 3),
    ("model not ready", aws_error(429, "ModelNotReadyException"), "asked too often", 3),
    ("access denied", aws_error(403, "AccessDeniedException"), "refuses the AWS keys", 1),
    ("validation error", aws_error(400, "ValidationException"), "does not accept the question", 1),
    ("unknown model", aws_error(404, "ResourceNotFoundException"), "does not know the model", 1),
    ("bad JSON", said(b"<html>Gateway</html>"), "form that is not its own", 1),
    ("not Converse", said({"hello": 1}), "form that is not its own", 1),
    ("half a body", half_a_body, "form that is not its own", 1),
    ("hangs up", hang_up, "broke off", 3),
    ("no tool used", said(converse([{"text": "It is worth $5."}], stop="end_turn")), "did not fill in the form", 1),
    ("other tool used", said(converse([tool_use("other", GOOD)])), "did not fill in the form", 1),
    ("two answers", said(converse([tool_use("verdict", GOOD)] * 2)), "did not fill in the form", 1),
    ("wrong schema", said(converse([tool_use("verdict", {"price": "5", "why": "x"})])), "another form", 1),
    ("one field more", said(converse([tool_use("verdict", GOOD | {"more": 1})])), "another form", 1),
    ("no object", said(converse([tool_use("verdict", "5")])), "another form", 1),
]  # fmt: skip
AT_OPENAI: list[tuple[str, Behaviour, str, int]] = [
    ("throttled", said({"error": {}}, 429, Retry_After="0"), "asked too often", 3),
    ("server error", said({"error": {}}, 500), "trouble of its own", 3),
    ("wrong key", said({"error": {"message": KEY}}, 401), "refuses the key", 1),
    ("validation error", said({"error": {}}, 400), "does not accept the question", 1),
    ("unknown model", said({"error": {}}, 404), "does not know the model", 1),
    ("redirects", said(b"", 302, Location="http://127.0.0.1:1/"), "does not accept the question", 1),
    ("bad JSON", said(b"<html>Gateway</html>"), "cannot be read", 1),
    ("half a body", half_a_body, "broke off", 3),
    ("hangs up", hang_up, "broke off", 3),
    ("prose", said(chat("It is worth $5.")), "did not fill in the form", 1),
    ("half an answer", said(chat('{"price": 5.0, "wh')), "did not fill in the form", 1),
    ("wrong schema", said(chat('{"price": "5", "why": "x"}')), "another form", 1),
    ("too much", said(b" " * 1_100_000), "more than an answer", 1),
]  # fmt: skip


@pytest.mark.parametrize(
    ("behaviour", "sentence", "calls"), [case[1:] for case in AT_BEDROCK], ids=[case[0] for case in AT_BEDROCK]
)
def test_each_failure_of_bedrock_is_a_sentence_and_costs_nothing(
    service: WireServer, model: LanguageModel, behaviour: Behaviour, sentence: str, calls: int, caplog: Any
) -> None:
    service.usual = behaviour
    with caplog.at_level(logging.DEBUG):
        [asked] = ask(model, [question()], seconds=60)
    assert (asked.answer, asked.cost) == (None, 0)
    assert sentence in asked.error and asked.error.endswith(".")
    assert len(service.requests) == calls
    assert nothing_is_charged()
    for secret in ("aws-very-secret", "secret-person", "123456789012"):
        assert secret not in asked.error


@pytest.mark.parametrize("service", ["openai"], indirect=True)
@pytest.mark.parametrize(
    ("behaviour", "sentence", "calls"), [case[1:] for case in AT_OPENAI], ids=[case[0] for case in AT_OPENAI]
)
def test_each_failure_of_another_server_is_a_sentence_and_costs_nothing(
    service: WireServer, model: LanguageModel, behaviour: Behaviour, sentence: str, calls: int, caplog: Any
) -> None:
    service.usual = behaviour
    with caplog.at_level(logging.DEBUG):
        [asked] = ask(model, [question()], seconds=60)
    assert (asked.answer, asked.cost) == (None, 0)
    assert sentence in asked.error and asked.error.endswith(".")
    assert len(service.requests) == calls
    assert nothing_is_charged()
    assert KEY not in asked.error + caplog.text


@every_kind
def test_silence_ends_with_the_time_limit(service: WireServer, settings: Any) -> None:
    settings.LANGUAGE_TIME_LIMIT = 0.4
    service.usual = silence
    model = configured_model()
    assert model is not None
    [asked] = ask(model, [question()], seconds=60)
    assert "did not answer in time" in asked.error
    assert len(service.requests) <= 1
    assert nothing_is_charged()


@every_kind
def test_a_moment_of_trouble_is_got_over(service: WireServer, model: LanguageModel) -> None:
    service.next = [said(b"busy", 503), hang_up]
    [asked] = ask(model, [question()], seconds=60)
    assert asked.answer is not None
    assert len(service.requests) == 3
    assert Spending.objects.get().calls == 1


@pytest.mark.parametrize("service", ["openai"], indirect=True)
def test_a_server_that_counts_no_tokens_costs_what_was_reserved(service: WireServer, model: LanguageModel) -> None:
    service.usual = said(chat('{"price": 5.0, "why": "x"}', tokens=None))
    [asked] = ask(model, [question()], seconds=60)
    assert asked.cost == model.most(question()) == Spending.objects.get().spent


def test_without_keys_or_region_there_is_a_sentence(
    service: WireServer, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    model = configured_model()
    assert model is not None
    assert "no AWS keys" in ask(model, [question()], seconds=60)[0].error
    settings.AWS_REGION = ""
    assert "AWS_REGION is not set" in ask(model, [question()], seconds=60)[0].error
    assert service.requests == []


def test_the_registry_makes_what_is_set_and_says_what_is_missing(settings: Any) -> None:
    assert configured_model() is None
    settings.LANGUAGE_MODEL, settings.LANGUAGE_MODEL_URL = "openai", "file:///etc/passwd"
    with pytest.raises(ServiceFailure, match="LANGUAGE_MODEL_URL is not set"):
        configured_model()
    settings.LANGUAGE_MODEL, settings.LANGUAGE_MODEL_ID = "bedrock", ""
    with pytest.raises(ServiceFailure, match="LANGUAGE_MODEL_ID is not set"):
        configured_model()
    with pytest.raises(UnknownKind, match="no language model “oracle”"):
        model_class("oracle")


@pytest.mark.parametrize("kind", KINDS)
def test_the_name_of_a_model_is_short_and_names_no_account(kind: str) -> None:
    arn = f"arn:aws:bedrock:eu-central-1:123456789012:inference-profile/{MODEL}"
    more = {"url": "http://127.0.0.1:1/v1"}
    config = {"model_id": arn, "input_price": 1, "output_price": 1, "time_limit": 1, "concurrency": 1} | more
    assert make(kind, config).name == f"{kind}:{MODEL}"
    assert KEY not in repr(make(kind, config).config)


def test_at_debug_level_no_key_and_no_signature_reaches_the_log(service: WireServer, model: LanguageModel) -> None:
    from io import StringIO

    from dealfinder.settings.logs import logging_configuration

    quiet = logging_configuration("DEBUG", "text")["loggers"]
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    before = {name: logging.getLogger(name).level for name in quiet}
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        for name, wanted in quiet.items():
            logging.getLogger(name).setLevel(wanted["level"])
        [asked] = ask(model, [question()], seconds=60)
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
        for name, previous in before.items():
            logging.getLogger(name).setLevel(previous)
    assert asked.answer is not None
    said = stream.getvalue()
    assert not any(secret in said for secret in ("AKIDEXAMPLE", "aws-very-secret", "Signature="))

"""The specialist behind a SageMaker endpoint: our own handler, called through boto3, and every way in which it can be missing."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from agents.models import Spending
from agents.pricing.service import Item, Worth
from tests.agents.pricing.conftest import World
from tests.agents.pricing.remote.conftest import CHAIR, UNKNOWN, value
from tests.sagemaker_service import ENDPOINT, Endpoint, handler_module
from tests.wire_server import Behaviour, WireServer, aws_error, half_a_body, hang_up, said, silence

pytestmark = pytest.mark.django_db
INSTEAD = "The specialist on this machine answered instead."
ITEMS = [CHAIR, Item("Acme chef knife 4-pack", "steel"), Item("Corvo electric kettle", condition="used"), UNKNOWN]


def specialist(worth: Worth) -> Any:
    return next(each for each in worth.estimates if each.estimator == "specialist")


def test_the_handler_behind_the_endpoint_says_what_the_specialist_here_says(
    world: World, sagemaker: WireServer
) -> None:
    here, there = value(world, *ITEMS, patience=0), value(world, *ITEMS)
    for local, remote in zip(here, there, strict=True):
        assert specialist(remote).version == f"sagemaker:{ENDPOINT}:{world.model.version}"
        assert specialist(remote).value_usd == pytest.approx(specialist(local).value_usd, rel=Decimal("0.0001"))
        assert (specialist(remote).error, specialist(remote).cost_usd) == ("", 0)
        assert remote.worth == pytest.approx(local.worth, rel=Decimal("0.0001"))
        assert remote.weights == pytest.approx(local.weights, abs=0.001)
    [request] = sagemaker.requests
    assert (request.headers["content-type"], request.headers["accept"]) == ("application/json",) * 2
    assert [each["title"] for each in request.json["instances"]] == [item.title for item in ITEMS]
    assert Spending.objects.count() == 0


def test_a_large_batch_goes_in_parts_and_comes_back_in_order(
    world: World, sagemaker: WireServer, settings: Any
) -> None:
    settings.SAGEMAKER_BATCH = 3
    titles = [product.title for product in world.products[:8]]
    here = value(world, *map(Item, titles), patience=0)
    there = value(world, *map(Item, titles))
    assert sorted(len(request.json["instances"]) for request in sagemaker.requests) == [2, 3, 3]
    assert [float(specialist(worth).value_usd) for worth in there] == pytest.approx(
        [float(specialist(worth).value_usd) for worth in here], rel=1e-4
    )


GOOD = {"version": "1", "predictions": [{"price": 5.0}]}
FAILURES: dict[str, tuple[Behaviour, str]] = {
    "throttled": (aws_error(429, "ThrottlingException"), "asked too often"),
    "unavailable": (aws_error(503, "ServiceUnavailable"), "trouble of its own"),
    "server error": (aws_error(500, "InternalFailure"), "trouble of its own"),
    "access denied": (aws_error(403, "AccessDeniedException"), "refuses the AWS keys"),
    "unknown endpoint": (aws_error(400, "ValidationError"), "does not accept the question"),
    "model error": (aws_error(424, "ModelError"), "does not accept the question (ModelError)"),
    "silence": (silence, "did not answer in time"),
    "bad JSON": (said(b"<html>"), "another form"),
    "half a body": (half_a_body, "broke off"),
    "hangs up": (hang_up, "broke off"),
    "another form": (said({"prices": [5.0]}), "another form"),
    "a text as price": (said(GOOD | {"predictions": [{"price": "5"}]}), "another form"),
    "a negative price": (said(GOOD | {"predictions": [{"price": -5.0}]}), "another form"),
    "not a number": (said(b'{"version": "1", "predictions": [{"price": NaN}]}'), "another form"),
    "too few": (said(GOOD | {"predictions": []}), "0 items instead of 1"),
    "too many": (said(GOOD | {"predictions": [{"price": 5.0}] * 2}), "2 items instead of 1"),
    "endless": (said(b" " * 1_100_000), "more than an answer"),
}


@pytest.mark.parametrize(("behaviour", "sentence"), FAILURES.values(), ids=FAILURES)
def test_when_it_fails_the_local_specialist_answers_and_the_valuation_says_so(
    world: World, sagemaker: WireServer, settings: Any, behaviour: Behaviour, sentence: str
) -> None:
    if behaviour is silence:
        settings.SAGEMAKER_TIME_LIMIT = 0.5
    (local,) = value(world, CHAIR, patience=0)
    sagemaker.usual = behaviour
    (worth,) = value(world, CHAIR)
    assert (worth.worth, worth.low, worth.high, worth.weights) == (local.worth, local.low, local.high, local.weights)
    [missing] = [reason for reason in worth.reasons if INSTEAD in reason]
    assert sentence in missing and "secret-person" not in missing
    assert (specialist(worth).version, specialist(worth).cost_usd) == (world.model.version, 0)
    assert sentence in specialist(worth).error


def test_one_part_that_fails_leaves_the_others_theirs(world: World, sagemaker: WireServer, settings: Any) -> None:
    settings.SAGEMAKER_BATCH = 2
    sagemaker.next = [aws_error(424, "ModelError")]
    worths = value(world, *[Item(product.title) for product in world.products[:6]])
    assert sorted(bool(specialist(worth).error) for worth in worths) == [False] * 4 + [True] * 2


def test_a_moment_of_trouble_is_got_over(world: World, sagemaker: WireServer) -> None:
    sagemaker.next = [aws_error(503, "ServiceUnavailable")]
    (worth,) = value(world, CHAIR)
    assert specialist(worth).version.startswith("sagemaker:")


def test_an_endpoint_that_fails_repeatedly_is_left_alone(world: World, sagemaker: WireServer) -> None:
    sagemaker.usual = aws_error(424, "ModelError")
    worths = [value(world, CHAIR)[0] for _ in range(6)]
    assert len(sagemaker.requests) == 5
    assert "left alone" in specialist(worths[-1]).error


def test_an_asynchronous_endpoint_answers_through_its_folder(
    world: World, sagemaker: WireServer, endpoint: Endpoint, folder: None
) -> None:
    endpoint.looks_until_ready = 2
    here, there = value(world, *ITEMS, patience=0), value(world, *ITEMS)
    assert [specialist(worth).version for worth in there] == [f"sagemaker:{ENDPOINT}:{world.model.version}"] * len(
        ITEMS
    )
    assert [float(specialist(worth).value_usd) for worth in there] == pytest.approx(
        [float(specialist(worth).value_usd) for worth in here], rel=1e-4
    )
    [asked] = [path for path in endpoint.stored if path.endswith(".json")]
    assert asked.startswith("/models/questions/")
    assert json.loads(endpoint.stored[asked])["instances"][0]["title"] == CHAIR.title


def test_an_asynchronous_failure_and_an_answer_that_never_comes_are_said(
    world: World, sagemaker: WireServer, endpoint: Endpoint, folder: None, settings: Any
) -> None:
    endpoint.fails = True
    (failed,) = value(world, CHAIR)
    assert "could not answer the question" in specialist(failed).error
    endpoint.fails, endpoint.looks_until_ready = False, 1000
    settings.SAGEMAKER_TIME_LIMIT = 1.0
    (late,) = value(world, CHAIR)
    assert "did not answer in time" in specialist(late).error
    assert late.worth is not None


def test_both_services_at_once(world: World, sagemaker: WireServer, foundation: WireServer) -> None:
    (worth,) = value(world, CHAIR)
    assert [each.version.partition(":")[0] for each in worth.estimates] == ["bedrock", "sagemaker", world.model.version]
    assert worth.weights == {"frontier": 0.8, "specialist": 0.1, "neural": 0.1}


@pytest.mark.parametrize(
    ("body", "content_type"),
    [(b"[]", "application/json"), (b"{}", "application/json"), (b"", "application/json"), (b"title,text", "text/csv")],
)
def test_the_handler_refuses_what_it_does_not_know(body: bytes, content_type: str) -> None:
    with pytest.raises(ValueError):
        handler_module().input_fn(body, content_type)


def test_the_handler_answers_for_no_items_and_in_json_alone(world: World) -> None:
    handler = handler_module()
    model = handler.model_fn(str(world.folder))
    request = handler.input_fn(
        '{"today": "2026-11-22", "catalogue_size": 0, "instances": []}', "application/json; charset=utf-8"
    )
    content, content_type = handler.output_fn(handler.predict_fn(request, model), "*/*")
    assert (json.loads(content), content_type) == ({"version": model.version, "predictions": []}, "application/json")
    with pytest.raises(ValueError, match=r"not in text/csv"):
        handler.output_fn(handler.predict_fn(request, model), "text/csv")

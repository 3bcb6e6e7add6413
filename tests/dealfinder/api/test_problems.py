from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from rest_framework.test import APIClient

from accounts.models import User
from common import limits

pytestmark = pytest.mark.django_db


def is_problem(answer: Any, code: int) -> dict[str, Any]:
    assert answer.status_code == code, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["X-Request-ID"]
    body: dict[str, Any] = answer.json()
    assert body["status"] == code and body["type"] and body["title"] and body["detail"].endswith(".")
    return body


@pytest.mark.parametrize(
    "path", ["", "nothing", "nothing/", "deals/x", "goals/1/", "deals/1/valuation", "me/keys/1", "%00", "../api"]
)
def test_an_address_that_is_not_there(api: Any, owner: User, path: str) -> None:
    is_problem(api().get(f"/api/v1/{path}"), 404)
    is_problem(api(owner).post(f"/api/v1/{path}", {}), 404)


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/v2/deals"])
def test_another_version_is_not_there_either(api: Any, path: str) -> None:
    is_problem(api().get(path), 404)


def test_a_verb_that_an_address_does_not_have(api: Any, owner: User) -> None:
    answer = api(owner).put("/api/v1/goals", {})
    is_problem(answer, 405)
    assert answer["Allow"] == "GET, POST, HEAD, OPTIONS"
    is_problem(api(owner).delete("/api/v1/deals"), 405)


@pytest.mark.parametrize(
    "body", ["{", "", "{'a': 1}", "\x00", '{"a": 1e', "[" * 100_000, b"\xff\xfe", '{"title": "\\ud800"}']
)
def test_a_body_that_is_not_json(api: Any, owner: User, body: Any) -> None:
    is_problem(api(owner).generic("POST", "/api/v1/goals", body, content_type="application/json"), 400)


@pytest.mark.parametrize("body", ['{"kind": "\\ud800"}', '{"\\udfff": 1}', '["\\ud800"]'])
def test_half_a_character_is_not_repeated(api: Any, owner: User, body: str) -> None:
    is_problem(api(owner).generic("POST", "/api/v1/me/keys", body, content_type="application/json"), 400)


def test_a_body_in_another_language(api: Any, owner: User) -> None:
    is_problem(api(owner).generic("POST", "/api/v1/goals", "<a/>", content_type="application/xml"), 415)
    is_problem(
        api(owner).generic("POST", "/api/v1/goals", "title=x", content_type="application/x-www-form-urlencoded"), 415
    )


def test_an_answer_in_another_language(api: Any) -> None:
    is_problem(api().get("/api/v1/deals", HTTP_ACCEPT="text/xml"), 406)
    assert api().get("/api/v1/deals", HTTP_ACCEPT="text/html,*/*;q=0.8").status_code == 200


def test_a_body_without_end(api: Any, owner: User) -> None:
    is_problem(api(owner).post("/api/v1/goals", {"title": "x" * 600_000}), 413)


def test_a_body_that_does_not_say_how_long_it_is(site: str) -> None:
    def parts() -> Iterator[bytes]:
        yield b'{"email": "a@example.com", '
        yield b'"password": "x"}'

    answer = httpx2.post(f"{site}/api/v1/auth/token", content=parts(), headers={"Content-Type": "application/json"})
    assert answer.status_code == 411 and answer.headers["Content-Type"] == "application/problem+json"


def test_who_are_you(api: Any) -> None:
    for path in ("me", "goals", "notifications", "events", "runs", "me/keys"):
        answer = api().get(f"/api/v1/{path}")
        is_problem(answer, 401)
        assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_failure_nobody_expected_says_where_it_was_logged(
    api: Any, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("the secret reason")

    monkeypatch.setattr("deals.api.views.opportunities_for", fail)
    answer = api().get("/api/v1/opportunities", HTTP_X_REQUEST_ID="request-of-this-test")
    body = is_problem(answer, 500)
    assert answer["X-Request-ID"] == "request-of-this-test"
    assert "request-of-this-test" in body["detail"] and "secret" not in answer.content.decode()
    assert "the secret reason" in caplog.text


def test_visitors_and_users_are_counted_apart(
    api: Any, owner: User, stranger: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("common.api.ApiView.limit", limits.Limit("reads", visitor=2, user=3))
    assert [api().get("/api/v1/deals").status_code for _ in range(3)] == [200, 200, 429]
    stopped = api().get("/api/v1/sources")
    is_problem(stopped, 429)
    assert 0 < int(stopped["Retry-After"]) <= 60 and stopped["X-RateLimit-Remaining"] == "0"
    assert [api(owner).get("/api/v1/deals")["X-RateLimit-Remaining"] for _ in range(4)] == ["2", "1", "0", "0"]
    assert api(owner).get("/api/v1/deals").status_code == 429
    assert api(stranger).get("/api/v1/deals").status_code == 200


def test_without_the_cache_nobody_is_turned_away(api: Any, settings: Any) -> None:
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}}
    answer = api().get("/api/v1/deals")
    assert answer.status_code == 200 and "X-RateLimit-Limit" not in answer


def test_the_secret_in_a_bad_header_is_not_repeated(api: Any) -> None:
    client = APIClient()
    for header in ("Bearer", "Bearer a b", "Bearer s3cr3t", "Api-Key s3cr3t", "api-key", "Bearer \xff"):
        client.credentials(HTTP_AUTHORIZATION=header)
        answer = client.get("/api/v1/deals")
        is_problem(answer, 401)
        assert "s3cr3t" not in answer.content.decode()

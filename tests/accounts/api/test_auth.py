from __future__ import annotations

import re
import uuid
from datetime import timedelta
from typing import Any

import jwt
import pytest
import time_machine
from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.core import mail
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.actions import tokens
from accounts.api.auth import GUESSES
from accounts.models import RefreshToken, User
from common import limits

pytestmark = pytest.mark.django_db

NEW = {"email": "New.Person@example.com", "password": "a lighthouse at noon"}


def sign_in(client: APIClient, user: User, password: str) -> dict[str, str]:
    answer = client.post("/api/v1/auth/token", {"email": user.email, "password": password})
    assert answer.status_code == 200, answer.content
    return answer.json()  # type: ignore[no-any-return]


def with_token(access: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {access}")
    return client


def test_an_account_can_be_made_and_used(api: Any) -> None:
    made = api().post("/api/v1/auth/register", NEW)
    assert made.status_code == 201
    assert made.json()["email"] == "new.person@example.com"
    assert made.json()["role"] == "user" and made.json()["tier"] == "free"
    assert "password" not in made.content.decode()
    pair = api().post("/api/v1/auth/token/", NEW).json()
    assert set(pair) == {"access", "refresh"}
    assert with_token(pair["access"]).get("/api/v1/me").json()["email"] == "new.person@example.com"
    [confirmation] = mail.outbox
    assert confirmation.to == ["new.person@example.com"] and "/accounts/confirm-email/" in confirmation.body


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"password": "short"}, "password"),
        ({"password": "12345678901234"}, "password"),
        ({"password": "new.person@example.com"}, "password"),
        ({"password": ""}, "password"),
        ({"email": "nowhere"}, "email"),
        ({"email": ""}, "email"),
        ({"email": None}, "email"),
        ({"email": "a\x00b@example.com"}, "email"),
    ],
)
def test_an_unusable_address_or_password_is_refused_by_field(api: Any, change: dict[str, Any], field: str) -> None:
    answer = api().post("/api/v1/auth/register", NEW | change)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert list(answer.json()["errors"]) == [field]
    assert not User.objects.exists()


def test_an_address_has_one_account(api: Any, owner: User) -> None:
    answer = api().post("/api/v1/auth/register", {"email": owner.email.upper(), "password": NEW["password"]})
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["email"]
    assert User.objects.count() == 1 and not mail.outbox


def test_a_wrong_password_and_an_unknown_address_sound_the_same(api: Any, owner: User) -> None:
    wrong = api().post("/api/v1/auth/token", {"email": owner.email, "password": "not this one"})
    unknown = api().post("/api/v1/auth/token", {"email": "nobody@example.com", "password": "not this one"})
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()
    assert wrong["WWW-Authenticate"].startswith("Bearer")


def test_an_inactive_account_cannot_sign_in_and_its_tokens_stop(api: Any, owner: User, password: str) -> None:
    pair = sign_in(api(), owner, password)
    User.objects.update(is_active=False)
    assert api().post("/api/v1/auth/token", {"email": owner.email, "password": password}).status_code == 401
    assert with_token(pair["access"]).get("/api/v1/me").status_code == 401
    assert api().post("/api/v1/auth/token/refresh", {"refresh": pair["refresh"]}).status_code == 401


def test_guessing_passwords_ends_soon(api: Any, owner: User, stranger: User, password: str) -> None:
    wrong = {"email": owner.email, "password": "guess"}
    assert {api().post("/api/v1/auth/token", wrong).status_code for _ in range(GUESSES)} == {401}
    stopped = api().post("/api/v1/auth/token", wrong)
    assert stopped.status_code == 429 and int(stopped["Retry-After"]) > 0
    assert sign_in(api(), stranger, password)


def test_authentication_is_limited_and_says_where_one_stands(api: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.api.auth.AuthView.limit", limits.Limit("authentication", visitor=2, user=2))
    first = api().post("/api/v1/auth/token", {})
    assert (first["X-RateLimit-Limit"], first["X-RateLimit-Remaining"]) == ("2", "1")
    assert 0 < int(first["X-RateLimit-Reset"]) <= 60
    api().post("/api/v1/auth/token", {})
    stopped = api().post("/api/v1/auth/token", {})
    assert stopped.status_code == 429
    assert stopped["X-RateLimit-Remaining"] == "0"
    assert 0 < int(stopped["Retry-After"]) <= 60
    assert stopped.json()["status"] == 429


def test_an_access_token_lasts_thirty_minutes(api: Any, owner: User, password: str) -> None:
    with time_machine.travel(timezone.now() - timedelta(minutes=29)):
        fresh = tokens.issue_tokens(owner).access
    with time_machine.travel(timezone.now() - timedelta(minutes=31)):
        stale = tokens.issue_tokens(owner).access
    assert with_token(fresh).get("/api/v1/me").status_code == 200
    answer = with_token(stale).get("/api/v1/me")
    assert answer.status_code == 401 and "expired" in answer.json()["detail"]


def forged(owner: User, key: str | bytes | None = None, algorithm: str = "HS256", **claims: Any) -> str:
    now = timezone.now()
    good = {
        "iss": "dealfinder", "aud": "dealfinder-api", "sub": str(owner.pk), "typ": "access", "iat": now, "jti": "1",
        "exp": now + timedelta(minutes=5), "ver": owner.get_session_auth_hash()[:16],
    }  # fmt: skip
    kept = {name: value for name, value in (good | claims).items() if value is not None}
    return jwt.encode(kept, tokens._key() if key is None else key, algorithm=algorithm)


def test_a_token_is_believed_only_if_all_of_it_is_right(owner: User) -> None:
    assert with_token(forged(owner)).get("/api/v1/me").status_code == 200
    bad = [
        forged(owner, key="another key that is as long as it has to be"),
        forged(owner, key=settings.SECRET_KEY),
        forged(owner, key="", algorithm="none"),
        forged(owner, aud="somebody-else"),
        forged(owner, iss="somebody-else"),
        forged(owner, typ="refresh"),
        forged(owner, exp=None),
        forged(owner, ver=None),
        forged(owner, sub="not an id"),
        forged(owner, sub=str(uuid.uuid4())),
        forged(owner) + "x",
        tokens.issue_tokens(owner).refresh,
        "",
        "a b",
        "é",
    ]
    for token in bad:
        answer = with_token(token).get("/api/v1/me")
        assert answer.status_code == 401, token
        assert answer["WWW-Authenticate"].startswith("Bearer")
    assert with_token("nonsense").get("/api/v1/deals").status_code == 401


def test_a_new_password_ends_older_tokens(api: Any, owner: User, password: str) -> None:
    pair = sign_in(api(), owner, password)
    owner.password = PBKDF2PasswordHasher().encode("another one", "salt", iterations=1)
    owner.save()
    assert with_token(pair["access"]).get("/api/v1/me").status_code == 401
    assert api().post("/api/v1/auth/token/refresh", {"refresh": pair["refresh"]}).status_code == 401


def refresh(token: str) -> Any:
    return APIClient().post("/api/v1/auth/token/refresh", {"refresh": token})


def test_refreshing_replaces_both_tokens(api: Any, owner: User, password: str) -> None:
    first = sign_in(api(), owner, password)
    second = refresh(first["refresh"]).json()
    assert second["refresh"] != first["refresh"]
    assert with_token(second["access"]).get("/api/v1/me").status_code == 200
    third = refresh(second["refresh"])
    assert third.status_code == 200
    stored = "".join(RefreshToken.objects.values_list("secret_hash", flat=True))
    assert first["refresh"] not in stored and RefreshToken.objects.count() == 3


def test_a_refresh_token_that_is_used_twice_takes_its_family_with_it(api: Any, owner: User, password: str) -> None:
    stolen = sign_in(api(), owner, password)
    elsewhere = sign_in(api(), owner, password)
    newest = refresh(stolen["refresh"]).json()
    assert refresh(stolen["refresh"]).status_code == 401
    assert refresh(newest["refresh"]).status_code == 401
    assert refresh(elsewhere["refresh"]).status_code == 200


def test_a_refresh_token_lasts_seven_days(owner: User) -> None:
    with time_machine.travel(timezone.now() - timedelta(days=6, hours=23)):
        fresh = tokens.issue_tokens(owner).refresh
    with time_machine.travel(timezone.now() - timedelta(days=7, minutes=1)):
        stale = tokens.issue_tokens(owner).refresh
    assert refresh(fresh).status_code == 200
    assert refresh(stale).status_code == 401
    assert refresh("nonsense").status_code == 401
    assert refresh(tokens.issue_tokens(owner).access).status_code == 401


def test_revoking_ends_the_family_and_tells_nobody_what_is_known(api: Any, owner: User, password: str) -> None:
    first = sign_in(api(), owner, password)
    second = refresh(first["refresh"]).json()
    assert api().post("/api/v1/auth/token/revoke", {"refresh": second["refresh"]}).status_code == 204
    assert refresh(second["refresh"]).status_code == 401
    assert api().post("/api/v1/auth/token/revoke", {"refresh": "nonsense"}).status_code == 204
    assert api().post("/api/v1/auth/token/revoke", {}).status_code == 400


def test_a_password_reset_tells_nobody_who_has_an_account(api: Any, owner: User) -> None:
    known = api().post("/api/v1/auth/password-reset", {"email": owner.email})
    unknown = api().post("/api/v1/auth/password-reset", {"email": "nobody@example.com"})
    assert known.status_code == unknown.status_code == 202
    assert known.json() == unknown.json()
    to_owner = [message for message in mail.outbox if message.to == [owner.email]]
    assert len(to_owner) == 1
    assert re.search(r"/accounts/password/reset/key/\S+", to_owner[0].body)
    assert not [m for m in mail.outbox if m.to == ["nobody@example.com"] and "/password/reset/key/" in m.body]


def test_a_session_needs_the_csrf_token(owner: User) -> None:
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(owner, backend=settings.AUTHENTICATION_BACKENDS[0])
    assert client.get("/api/v1/me").status_code == 200
    refused = client.post("/api/v1/goals", {"title": "x"})
    assert refused.status_code == 403 and refused["Content-Type"] == "application/problem+json"

"""Settings, keys, signing up and in, and the one-time link for operators."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.actions.invitations import create_operator_invitation
from accounts.models import ApiKey, OperatorInvitation, User

pytestmark = pytest.mark.django_db

SETTINGS = {"name": "Ada", "time_zone": "Asia/Tokyo", "currency": "EUR", "opportunity_threshold": "30", "theme": "dark",
            "language": "de"}  # fmt: skip
GOOD_PASSWORD = "a long enough phrase"


def test_settings_are_kept_and_used(owner: Any, signed_in: Callable[[Any], Client]) -> None:
    client = signed_in(owner)
    answer = client.post("/settings/", SETTINGS, follow=True)
    owner.refresh_from_db()
    assert (owner.name, owner.preferences.time_zone, owner.preferences.email_alerts) == ("Ada", "Asia/Tokyo", False)
    assert owner.preferences.language == "de"
    text = answer.content.decode()
    assert 'data-theme="dark"' in text
    assert "Your settings are saved." in text


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"time_zone": "Mars/Olympus"}, "Select a valid choice"),
        ({"currency": "XXXX"}, "Select a valid choice"),
        ({"opportunity_threshold": "-5"}, "Enter 0 or more."),
        ({"opportunity_threshold": "much"}, "Enter an amount, for example 50."),
        ({"name": "n" * 121}, "at most 120 characters"),
        ({"theme": "pink"}, "Select a valid choice"),
    ],
)
def test_an_unusable_setting_changes_nothing(
    entry: dict[str, str], words: str, owner: Any, signed_in: Callable[[Any], Client]
) -> None:
    answer = signed_in(owner).post("/settings/", SETTINGS | entry)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    owner = User.objects.get(pk=owner.pk)
    assert owner.name == ""
    assert owner.preferences.currency == "USD"


def test_a_key_is_shown_once_and_can_be_revoked(owner: Any, signed_in: Callable[[Any], Client]) -> None:
    client = signed_in(owner)
    text = client.post("/settings/keys/", {"name": "My phone", "scopes": ["read"]}).content.decode()
    secret = re.search(r"df_[\w-]{30,}", text)
    assert secret
    again = client.get("/settings/keys/").content.decode()
    assert secret[0] not in again
    assert "My phone" in again
    key = ApiKey.objects.get()
    client.post(f"/settings/keys/{key.pk}/revoke/")
    assert "My phone" not in client.get("/settings/keys/").content.decode().split("is revoked")[-1]
    assert client.post(f"/settings/keys/{key.pk}/revoke/").status_code == 404


@pytest.mark.parametrize(
    "entry", [{"name": "", "scopes": ["read"]}, {"name": "x"}, {"name": "x", "scopes": ["everything"]}]
)
def test_an_unusable_key_is_not_made(entry: dict[str, Any], owner: Any, signed_in: Callable[[Any], Client]) -> None:
    assert signed_in(owner).post("/settings/keys/", entry).status_code == 422
    assert not ApiKey.objects.exists()


def test_the_one_time_link_makes_an_operator_and_signs_in() -> None:
    token = create_operator_invitation()
    client = Client()
    assert "Become the operator" in client.get(f"/accounts/operator/{token}/").content.decode()
    answer = client.post(f"/accounts/operator/{token}/", {"email": "Op@Example.com", "password": GOOD_PASSWORD})
    assert answer.headers["Location"] == "/operations/"
    assert client.get("/operations/").status_code == 200
    assert User.objects.get().email == "op@example.com"
    used = Client().get(f"/accounts/operator/{token}/")
    assert used.status_code == 410
    assert "was used already" in used.content.decode()


def test_a_link_that_is_unknown_or_old_says_so() -> None:
    unknown = Client().get("/accounts/operator/guessed/")
    assert (unknown.status_code, "not known" in unknown.content.decode()) == (410, True)
    token = create_operator_invitation()
    OperatorInvitation.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
    old = Client().post(f"/accounts/operator/{token}/", {"email": "op@example.com", "password": GOOD_PASSWORD})
    assert (old.status_code, "expired" in old.content.decode()) == (410, True)
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"email": "op@example.com", "password": "short"}, "too short"),
        ({"email": "op@example.com", "password": "12345678901"}, "entirely numeric"),
        ({"email": "nobody", "password": GOOD_PASSWORD}, "valid email address"),
        ({"email": "owner@example.com", "password": "not the owner's"}, "not its password"),
    ],
)
def test_a_weak_password_or_a_wrong_address_makes_no_operator(entry: dict[str, str], words: str, owner: Any) -> None:
    token = create_operator_invitation()
    answer = Client().post(f"/accounts/operator/{token}/", entry)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not User.objects.filter(role="operator").exists()


def test_somebody_signs_up_confirms_the_address_and_signs_in_again() -> None:
    client = Client()
    answer = client.post("/accounts/signup/", {"email": "new@example.com", "password1": GOOD_PASSWORD})
    assert answer.headers["Location"] == "/"
    assert "Feed" in client.get("/").content.decode()
    letter = mail.outbox[0]
    assert letter.subject == "Confirm your address"
    link = re.search(r"/accounts/confirm-email/\S+", letter.body)
    assert link
    assert "new@example.com is confirmed." in client.get(link[0], follow=True).content.decode()
    client.post("/accounts/logout/")
    client.post("/accounts/login/", {"login": "new@example.com", "password": GOOD_PASSWORD})
    assert client.get("/goals/").status_code == 200


def test_a_wrong_password_is_said_without_saying_whose(owner: Any) -> None:
    wrong = Client().post("/accounts/login/", {"login": "owner@example.com", "password": "wrong"})
    nobody = Client().post("/accounts/login/", {"login": "nobody@example.com", "password": "wrong"})
    words = "not correct"
    assert words in wrong.content.decode()
    assert words in nobody.content.decode()


def test_a_forgotten_password_is_replaced_by_a_link(owner: Any) -> None:
    from allauth.account.models import EmailAddress

    EmailAddress.objects.create(user=owner, email=owner.email, verified=True, primary=True)
    client = Client()
    client.post("/accounts/password/reset/", {"email": "owner@example.com"})
    link = re.search(r"/accounts/password/reset/key/\S+", mail.outbox[0].body)
    assert link
    page = client.get(link[0], follow=True)
    assert "Choose a new password" in page.content.decode()
    address = page.redirect_chain[-1][0]
    done = client.post(address, {"password1": GOOD_PASSWORD, "password2": GOOD_PASSWORD}, follow=True)
    assert "Your password is changed" in done.content.decode()
    assert User.objects.get().check_password(GOOD_PASSWORD)


def test_no_page_of_an_account_looks_like_the_framework() -> None:
    for address in ("login", "signup", "password/reset", "password/reset/done", "inactive", "confirm-email"):
        text = Client().get(f"/accounts/{address}/").content.decode()
        assert "css/tokens.css" in text
        assert "Menu:" not in text

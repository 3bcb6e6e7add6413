from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.actions.invitations import VALID_FOR, accept_operator_invitation, create_operator_invitation
from accounts.errors import InvitationUnusable
from accounts.models import OperatorInvitation, User
from accounts.selectors import operator_exists

pytestmark = pytest.mark.django_db
GOOD = "a password of some length"


def test_the_link_makes_one_operator_and_works_once() -> None:
    token = create_operator_invitation()
    assert not OperatorInvitation.objects.filter(secret_hash__contains=token).exists()
    assert not operator_exists()
    user = accept_operator_invitation(token, "Boss@Example.com", GOOD)
    assert (user.email, user.is_operator, user.is_superuser, user.check_password(GOOD)) == (
        "boss@example.com",
        True,
        True,
        True,
    )
    assert operator_exists()
    with pytest.raises(InvitationUnusable, match="used already"):
        accept_operator_invitation(token, "other@example.com", GOOD)
    assert User.objects.count() == 1


def test_unknown_old_and_replaced_links_make_nobody() -> None:
    first = create_operator_invitation()
    second = create_operator_invitation()
    for token in ("", "guess", first):
        with pytest.raises(InvitationUnusable, match="not known"):
            accept_operator_invitation(token, "boss@example.com", GOOD)
    with (
        time_machine.travel(timezone.now() + VALID_FOR + timedelta(seconds=1)),
        pytest.raises(InvitationUnusable, match="expired"),
    ):
        accept_operator_invitation(second, "boss@example.com", GOOD)
    assert not User.objects.exists()


def test_a_weak_password_leaves_the_link_usable() -> None:
    token = create_operator_invitation()
    with pytest.raises(ValidationError):
        accept_operator_invitation(token, "boss@example.com", "12345678")
    assert accept_operator_invitation(token, "boss@example.com", GOOD).is_operator


def test_an_existing_account_becomes_operator_only_by_its_own_password(owner: User, password: str) -> None:
    token = create_operator_invitation()
    with pytest.raises(InvitationUnusable, match="not its password"):
        accept_operator_invitation(token, owner.email, GOOD)
    owner.refresh_from_db()
    assert not owner.is_operator
    assert accept_operator_invitation(token, owner.email, password).pk == owner.pk

"""The one-time link with which somebody becomes an operator; there is no default password anywhere."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from allauth.account.models import EmailAddress
from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.utils import timezone

from accounts.errors import InvitationUnusable
from accounts.models import OperatorInvitation, Role, User

VALID_FOR = timedelta(hours=24)


def create_operator_invitation() -> str:
    """Return a new token; only its hash is stored. Older unused invitations stop working."""
    token = secrets.token_urlsafe(32)
    now = timezone.now()
    with transaction.atomic():
        OperatorInvitation.objects.filter(used_at__isnull=True).delete()
        OperatorInvitation.objects.create(secret_hash=_hash(token), expires_at=now + VALID_FOR)
    return token


def check_operator_invitation(token: str) -> OperatorInvitation:
    """Return the invitation. Raises `InvitationUnusable` when it is unknown, used or expired."""
    invitation = OperatorInvitation.objects.filter(secret_hash=_hash(token)).first()
    if invitation is None:
        raise InvitationUnusable("This link is not known. Restart Deal Finder to get a new one.")
    if invitation.used_at is not None:
        raise InvitationUnusable("This link was used already. Sign in with the account that it made.")
    if invitation.expires_at <= timezone.now():
        raise InvitationUnusable("This link has expired. Restart Deal Finder to get a new one.")
    return invitation


def accept_operator_invitation(token: str, email: str, password: str) -> User:
    """Make an operator with a confirmed address, and use the invitation up.

    An account that has this address already is made an operator only by its own password.
    Raises `InvitationUnusable`, or `ValidationError` for a weak password.
    """
    with transaction.atomic():
        invitation = OperatorInvitation.objects.select_for_update().get(pk=check_operator_invitation(token).pk)
        if invitation.used_at is not None:
            raise InvitationUnusable("This link was used already. Sign in with the account that it made.")
        user = User.objects.filter(email=email.strip().lower()).first()
        if user is None:
            validate_password(password, User(email=email))
            user = User.objects.create_superuser(email, password)
        elif not user.check_password(password):
            raise InvitationUnusable("There is an account with this address already, and this is not its password.")
        else:
            user.role, user.is_superuser = Role.OPERATOR, True
            user.save(update_fields=["role", "is_superuser"])
        EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})
        invitation.used_at, invitation.used_by = timezone.now(), user
        invitation.save(update_fields=["used_at", "used_by"])
    return user


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()

"""Accounts: made with an address and a password, and closed with everything that belongs to them."""

from __future__ import annotations

from allauth.account.forms import ResetPasswordForm
from allauth.account.models import EmailAddress
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest

from accounts.actions.keys import revoke_all_keys
from accounts.actions.tokens import revoke_all_tokens
from accounts.models import User
from common.models import OutboxEvent

ADDRESS_UNUSABLE = "This address cannot be used for a new account. If it is yours, sign in or reset the password."


def register(request: HttpRequest, email: str, password: str, name: str = "") -> User:
    """Make an account and mail a link that confirms its address. Raises `ValidationError` by field."""
    user = User(email=email.strip().lower(), name=name.strip())
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise ValidationError({"password": error.messages}) from error
    user.set_password(password)
    user.full_clean(validate_unique=False, validate_constraints=False)
    try:
        with transaction.atomic():
            user.save()
            address = EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=False)
    except IntegrityError as error:
        raise ValidationError({"email": ADDRESS_UNUSABLE}) from error
    address.send_confirmation(request, signup=True)
    return user


def request_password_reset(request: HttpRequest, email: str) -> None:
    """Mail a link that sets a new password. Nobody learns from it whether there is such an account."""
    form = ResetPasswordForm(data={"email": email})
    if form.is_valid():
        form.save(request)


def close_account(user: User) -> None:
    """Close an account now and for good: it can do nothing from here on, and its data goes with it.

    Profile, preferences, goals and their matches, marks, interactions, notifications, keys, tokens and events are
    deleted. Deals, prices and valuations belong to nobody and stay.
    """
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(is_active=False)
        revoke_all_tokens(user)
        revoke_all_keys(user)
        OutboxEvent.objects.filter(internal=True, data__user_id=str(user.pk)).delete()
        user.delete()

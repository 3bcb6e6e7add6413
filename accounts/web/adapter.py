"""How allauth makes accounts here."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """allauth's own ways, in our words."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "account_inactive": "This account is closed.",
        "email_password_mismatch": "The address or the password is not correct.",
        "email_taken": "There is an account with this address already.",
        "incorrect_password": "This is not your password.",
        "too_many_login_attempts": "Too many attempts failed. Wait a few minutes, then try again.",
        "enter_current_password": "This is not your password.",
    }

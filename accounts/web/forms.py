"""Forms of settings and of the one-time link for operators."""

from __future__ import annotations

import zoneinfo
from decimal import Decimal
from typing import Any

from allauth.account.forms import (
    AddEmailForm,
    ChangePasswordForm,
    LoginForm,
    ReauthenticateForm,
    ResetPasswordForm,
    ResetPasswordKeyForm,
    SignupForm,
)
from babel.numbers import list_currencies
from django import forms

from accounts.models import Preferences, Theme, User
from common.speech import Language

LENGTH_HINT = "10 characters or more."


class SettingsForm(forms.Form):
    """What a user is called and prefers."""

    name = forms.CharField(
        max_length=120, required=False, label="Your name", help_text="Only you see it. It may be empty."
    )
    time_zone = forms.ChoiceField(label="Time zone")
    currency = forms.ChoiceField(label="Currency", help_text="For amounts that you enter. Deals keep their own.")
    opportunity_threshold = forms.DecimalField(
        label="A deal is an opportunity when it is this far below its worth",
        help_text="In your currency. $50 is the usual value.",
        min_value=Decimal(0),
        max_digits=12,
        decimal_places=2,
        error_messages={"invalid": "Enter an amount, for example 50.", "min_value": "Enter 0 or more."},
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )
    email_alerts = forms.BooleanField(required=False, label="Send me an e-mail when a goal finds something")
    language = forms.ChoiceField(
        choices=Language.choices,
        label="Language of alerts",
        help_text="For mails and all other messages. The pages are in English.",
    )
    theme = forms.ChoiceField(choices=Theme.choices, widget=forms.RadioSelect, label="Colours")

    def __init__(self, data: Any = None, *, user: User, preferences: Preferences) -> None:
        initial = {name: getattr(preferences, name) for name in self.base_fields if name != "name"}
        initial["opportunity_threshold"] = f"{preferences.opportunity_threshold.normalize():f}"
        super().__init__(data, initial={"name": user.name} | initial)
        for name, values in (("time_zone", zoneinfo.available_timezones()), ("currency", list_currencies())):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [(value, value.replace("_", " ")) for value in sorted(values)]


class OperatorForm(forms.Form):
    """The address and password of a new operator."""

    email = forms.EmailField(label="E-mail address", widget=forms.EmailInput(attrs={"autocomplete": "email"}))
    password = forms.CharField(
        label="Password",
        help_text=f"{LENGTH_HINT} For an address that has an account already: its password.",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


def _plainly(form: forms.Form) -> None:
    """Labels stand above the inputs, so what allauth writes into the inputs goes."""
    for field in form.fields.values():
        field.widget.attrs.pop("placeholder", None)


class PlainLoginForm(LoginForm):  # type: ignore[misc]
    """Signing in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plainly(self)
        self.fields["login"].label = "E-mail address"
        self.fields["password"].help_text = ""
        self.fields["remember"].label = "Stay signed in on this device"


class PlainSignupForm(SignupForm):  # type: ignore[misc]
    """Signing up."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plainly(self)
        self.fields["email"].label = "E-mail address"
        self.fields["password1"].help_text = LENGTH_HINT


class PlainResetPasswordForm(ResetPasswordForm):  # type: ignore[misc]
    """Asking for a link that resets the password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plainly(self)
        self.fields["email"].label = "E-mail address"


class PlainAddEmailForm(AddEmailForm):  # type: ignore[misc]
    """Another address."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plainly(self)
        self.fields["email"].label = "E-mail address"


class PlainChangePasswordForm(ChangePasswordForm):  # type: ignore[misc]
    """A new password for the old one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plainly(self)
        self.fields["oldpassword"].label = "Your password now"
        self.fields["oldpassword"].help_text = ""
        self.fields["password1"].label = "New password"
        self.fields["password1"].help_text = LENGTH_HINT
        self.fields["password2"].label = "The new password again"


class PlainResetPasswordKeyForm(ResetPasswordKeyForm):  # type: ignore[misc]
    """A new password by the link of a mail."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plainly(self)
        self.fields["password1"].label = "New password"
        self.fields["password1"].help_text = LENGTH_HINT
        self.fields["password2"].label = "The new password again"


class PlainReauthenticateForm(ReauthenticateForm):  # type: ignore[misc]
    """The password once more, before something delicate."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plainly(self)

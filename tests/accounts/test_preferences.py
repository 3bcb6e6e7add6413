from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from accounts.actions.preferences import rename_user, update_preferences
from accounts.models import User
from accounts.selectors import preferences_of

pytestmark = pytest.mark.django_db


def test_the_threshold_is_fifty_dollars_until_the_user_says_otherwise(owner: User) -> None:
    preferences = preferences_of(owner)
    assert (preferences.opportunity_threshold, preferences.currency, preferences.time_zone) == (50, "USD", "UTC")
    update_preferences(owner, opportunity_threshold=Decimal(20), currency="eur", time_zone="Europe/Berlin")
    preferences = preferences_of(User.objects.get(pk=owner.pk))
    assert (preferences.opportunity_threshold, preferences.currency, preferences.time_zone) == (
        20,
        "EUR",
        "Europe/Berlin",
    )


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"time_zone": "../../etc/passwd"}, "time_zone"),
        ({"currency": "XXQ"}, "currency"),
        ({"opportunity_threshold": Decimal(-1)}, "opportunity_threshold"),
        ({"theme": "neon"}, "theme"),
    ],
)
def test_unusable_values_change_nothing(owner: User, fields: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        update_preferences(owner, **fields)
    assert field in refused.value.message_dict
    fresh = preferences_of(User.objects.get(pk=owner.pk))
    assert (fresh.time_zone, fresh.currency, fresh.opportunity_threshold, fresh.theme) == ("UTC", "USD", 50, "system")


def test_what_is_no_preference_is_refused(owner: User) -> None:
    with pytest.raises(TypeError, match="user_id"):
        update_preferences(owner, user_id="x")


def test_a_name_that_is_too_long_is_refused(owner: User) -> None:
    assert rename_user(owner, "  Ada ").name == "Ada"
    with pytest.raises(ValidationError):
        rename_user(owner, "a" * 121)

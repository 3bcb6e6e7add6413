"""Limits are exact and digests are made once, with many workers at it at the same moment."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.actions.preferences import update_preferences
from notifications.actions import notify_matches
from notifications.digests import release_held
from notifications.models import Delivery, Notification
from notifications.quiet_actions import change_pace, change_quiet
from tests.notifications.making import make_notice
from tests.notifications.test_concurrency import at_once
from tests.notifications.test_services import make_channel

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_limit_is_exact_and_a_digest_is_made_once(owner: Any) -> None:
    update_preferences(owner, email_alerts=False)
    channel = make_channel(owner)
    change_pace(channel, daily_cap=7)
    change_quiet(owner, daily_cap=5)
    batches = [[make_notice(owner) for _ in range(2)] for _ in range(8)]

    def tell(notices: Any) -> None:
        with transaction.atomic():
            notify_matches(notices)

    at_once([lambda notices=notices: tell(notices) for notices in batches])
    outward = Delivery.objects.filter(user_channel=channel)
    assert Counter(outward.values_list("state", flat=True)) == {"pending": 5, "withheld": 11}

    change_quiet(owner, daily_cap=None)
    change_pace(channel, daily_cap=None)
    outward.update(state="held", held_until=timezone.now() - timedelta(minutes=1))
    assert sum(at_once([release_held] * 6)) == 1
    digest = Notification.objects.get(reason="digest")
    assert len(digest.data["items"]) == 16
    assert set(outward.exclude(notification=digest).values_list("bundle", flat=True)) == {digest.deliveries.get().pk}

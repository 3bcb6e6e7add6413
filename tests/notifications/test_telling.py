"""Who is told of what: once in 24 hours, on the channels that they want, with the reason kept where they are not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from accounts.selectors import preferences_of
from notifications.actions import mark_read, notify_matches
from notifications.models import Delivery, Notification, Told, UserChannel
from notifications.selectors import notifications_of, unread_count
from tests.matching_factories import make_deal, make_goal
from tests.notifications.making import make_notice, tell


def test_the_same_product_is_told_once_in_a_day(
    owner: Any, stranger: Any, sent_tasks: Any, django_capture_on_commit_callbacks: Any
) -> None:
    start = timezone.now()
    with django_capture_on_commit_callbacks(execute=True), time_machine.travel(start, tick=False):
        (first,) = tell(make_notice(owner, product_key="p"))
    assert [task.name for task in sent_tasks] == ["notify.pending"]
    with (
        django_capture_on_commit_callbacks(execute=True),
        time_machine.travel(start + timedelta(hours=3, minutes=59), tick=False),
    ):
        second, other_product = tell(make_notice(owner, product_key="p"), make_notice(owner, product_key="q"))
        (other_user,) = tell(make_notice(stranger, product_key="p"))
    with time_machine.travel(start + timedelta(hours=24), tick=False):
        (next_day,) = tell(make_notice(owner, product_key="p"))
    assert [n.state for n in (first, second, other_product, other_user, next_day)] == [
        "pending", "suppressed", "pending", "pending", "pending",
    ]  # fmt: skip
    assert second.state_text == "Not sent: same product told 3 h ago."
    assert not second.deliveries.exists()
    assert Told.objects.get(user=owner, product_key="p").told_at == start + timedelta(hours=24)


def test_two_goals_that_meet_one_deal_make_one_message(owner: Any) -> None:
    deal = make_deal()
    first, second = tell(make_notice(owner, deal=deal), make_notice(owner, deal=deal))
    assert (first.state, second.state) == ("pending", "suppressed")
    assert second.state_text == "Not sent: same product told just now."


def test_what_is_held_back_does_not_use_up_the_right_to_tell(owner: Any) -> None:
    held, told = tell(
        make_notice(owner, product_key="p", held_back="Not sent: enough."), make_notice(owner, product_key="p")
    )
    assert (held.state, held.state_text, told.state) == ("suppressed", "Not sent: enough.", "pending")


@pytest.mark.parametrize(
    ("alerts", "channels", "expected"),
    [
        (True, [], {"in_app", "email"}),
        (True, ["email"], {"in_app", "email"}),
        (True, ["in_app"], {"in_app"}),
        (False, [], {"in_app"}),
        (False, ["email"], {"in_app"}),
    ],
)
def test_mail_goes_to_those_who_want_it(owner: Any, alerts: bool, channels: list[str], expected: set[str]) -> None:
    preferences = preferences_of(owner)
    preferences.email_alerts = alerts
    preferences.save()
    tell(make_notice(owner, channels=channels))
    assert {delivery.channel for delivery in Delivery.objects.all()} == expected


def test_somebody_without_preferences_gets_mail(owner: Any) -> None:
    tell(make_notice(owner))
    assert Delivery.objects.filter(channel="email").exists()


@pytest.mark.django_db(transaction=True)
def test_telling_needs_the_transaction_of_its_match() -> None:
    with pytest.raises(RuntimeError, match="transaction of its match"):
        notify_matches([])


def test_each_sees_and_marks_only_their_own(owner: Any, stranger: Any, operator: Any) -> None:
    mine, also_mine = tell(make_notice(owner), make_notice(owner))
    (theirs,) = tell(make_notice(stranger))
    assert set(notifications_of(owner)) == {mine, also_mine}
    assert list(notifications_of(stranger)) == [theirs]
    assert list(notifications_of(operator)) == []
    assert mark_read(stranger, [mine.pk]) == 0
    assert mark_read(owner, [mine.pk, theirs.pk]) == 1
    assert (unread_count(owner), unread_count(stranger), unread_count(operator)) == (1, 1, 0)
    assert mark_read(owner) == 1
    assert (unread_count(owner), unread_count(stranger)) == (0, 1)


def test_what_was_not_sent_is_not_unread(owner: Any) -> None:
    deal = make_deal()
    tell(make_notice(owner, deal=deal), make_notice(owner, deal=deal))
    assert unread_count(owner) == 1


def test_a_list_takes_two_queries(owner: Any, django_assert_num_queries: Any) -> None:
    goal = make_goal(owner, keywords=["sony"])
    for _ in range(4):
        tell(make_notice(owner, goal=goal))
    with django_assert_num_queries(2):
        for notification in notifications_of(owner):
            assert notification.goal and notification.deal and notification.deal.valuation
            assert len(notification.deliveries.all()) == 2
    assert Notification.objects.count() == 4


def test_mail_of_an_account_is_a_channel_that_is_made_where_it_is_missing(owner: Any, stranger: Any) -> None:
    tell(make_notice(owner), make_notice(owner), make_notice(stranger))
    channel = UserChannel.objects.get(user=owner)
    assert (channel.kind, channel.config, channel.is_enabled) == ("email", {"address": ""}, True)
    mails = Delivery.objects.filter(channel="email", notification__user=owner)
    assert set(mails.values_list("user_channel", "service")) == {(channel.pk, "email")}
    tell(make_notice(owner))
    assert UserChannel.objects.count() == 2


def test_each_enabled_channel_of_a_kind_that_the_goal_allows_is_used(owner: Any, stranger: Any) -> None:
    one, two = (UserChannel.objects.create(user=owner, kind="webhook", service="webhook:a.example") for _ in range(2))
    UserChannel.objects.create(user=owner, kind="webhook", is_enabled=False)
    UserChannel.objects.create(user=owner, kind="slack")
    UserChannel.objects.create(user=stranger, kind="webhook")
    tell(make_notice(owner, channels=["webhook"]))
    deliveries = Delivery.objects.exclude(channel="in_app")
    assert set(deliveries.values_list("user_channel", "channel", "service")) == {
        (one.pk, "webhook", "webhook:a.example"),
        (two.pk, "webhook", "webhook:a.example"),
    }
    UserChannel.objects.all().delete()
    assert Delivery.objects.filter(channel="webhook", user_channel=None).count() == 2, "the log stays"

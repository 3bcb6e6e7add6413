"""When and of what a user is told: quiet hours, digests, limits, snoozes and mutes, each with its reason."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.actions.preferences import update_preferences
from deals.models import Deal, DealState
from notifications.channels.base import PermanentError
from notifications.delivery import deliver_pending
from notifications.digests import release_held
from notifications.models import Allowance, Delivery, MutedMerchant, Notification, Pace, Snooze, UserChannel
from notifications.quiet_actions import (
    change_pace,
    change_quiet,
    end_snooze,
    mute_merchant,
    snooze,
    snooze_goal,
    unmute,
)
from notifications.selectors import notifications_of, unread_count
from notifications.tasks import judge_anew
from tests.matching_factories import make_deal, make_goal
from tests.notifications.channels.pigeon import Pigeon, pigeons
from tests.notifications.making import make_notice, tell
from tests.notifications.test_services import make_channel

pytestmark = pytest.mark.django_db

EVENING = datetime(2026, 6, 1, 21, 30, tzinfo=UTC)  # 23:30 in Berlin
MORNING = datetime(2026, 6, 2, 5, 0, tzinfo=UTC)  # 7:00 in Berlin


@pytest.fixture(autouse=True)
def pigeon() -> Iterator[type[Pigeon]]:
    with pigeons() as kind:
        yield kind


@pytest.fixture
def sleeper(owner: Any) -> Any:
    """Somebody in Berlin who sleeps from 22:00 to 7:00, and is told by pigeon."""
    update_preferences(owner, time_zone="Europe/Berlin", email_alerts=False)
    change_quiet(owner, quiet_from=time(22), quiet_until=time(7))
    make_channel(owner)
    return owner


def outward() -> list[Delivery]:
    return list(Delivery.objects.filter(channel="pigeon").order_by("created_at", "id"))


def words() -> list[tuple[str, str]]:
    return [(each.state, each.error) for each in outward()]


def test_what_comes_in_quiet_hours_is_held_then_sent_as_one(sleeper: Any) -> None:
    with time_machine.travel(EVENING, tick=False):
        tell(
            *[
                make_notice(sleeper, title=f"Thing {number}", data={"score": number, "price": None})
                for number in range(3)
            ]
        )
        assert set(words()) == {("held", "Held until 07:00: your quiet hours.")}
        assert deliver_pending() == 3, "the inbox has them at once"
        assert release_held() == 0
    with time_machine.travel(MORNING + timedelta(seconds=5), tick=False):
        assert release_held() == 1
        assert release_held() == 0, "a second time changes nothing"
        digest = Notification.objects.get(reason="digest")
        (own,) = digest.deliveries.all()
        assert {each.bundle_id for each in outward() if each.pk != own.pk} == {own.pk}
        assert deliver_pending() == 1
    ((message, _),) = Pigeon.taken
    assert message.title == "3 deals for your goals"
    assert message.short == "3 deals for your goals: Thing 2, Thing 1, Thing 0"
    assert [item["headline"] for item in message.data["items"]] == ["Thing 2", "Thing 1", "Thing 0"], "the best first"
    assert message.data["kind"] == "digest" and message.data["url"] == "/alerts/" and message.data["more"] == 0
    assert {each.state for each in outward()} == {"sent"}
    assert digest not in notifications_of(sleeper) and notifications_of(sleeper).count() == unread_count(sleeper) == 3


def test_the_members_of_a_digest_share_its_fate(sleeper: Any) -> None:
    with time_machine.travel(EVENING):
        tell(make_notice(sleeper), make_notice(sleeper))
    with time_machine.travel(MORNING):
        release_held()

        def refuse(_: Any) -> None:
            raise PermanentError("The bird is dead.")

        Pigeon.answer = staticmethod(refuse)  # type: ignore[assignment]
        deliver_pending()
    assert words() == [("failed", "The bird is dead.")] * 3


def test_a_single_one_goes_out_as_itself(sleeper: Any) -> None:
    with time_machine.travel(EVENING):
        (told,) = tell(make_notice(sleeper))
    with time_machine.travel(MORNING):
        assert release_held() == 1
        deliver_pending()
    ((message, _),) = Pigeon.taken
    assert message.notification_id == told.pk
    assert not Notification.objects.filter(reason="digest").exists()


def test_what_is_over_snoozed_or_muted_by_then_is_not_sent(sleeper: Any) -> None:
    with time_machine.travel(EVENING):
        over, snoozed, muted, wanted = tell(*[make_notice(sleeper) for _ in range(4)])
        Deal.objects.filter(pk=over.deal_id).update(state=DealState.SOLD_OUT)
        Notification.objects.filter(pk=muted.pk).update(data={"merchant": "ACME"})
        mute_merchant(sleeper, "Acme")
        snooze(sleeper, "product", EVENING + timedelta(days=2), snoozed)
    with time_machine.travel(MORNING):
        assert release_held() == 1
        deliver_pending()
    said = {each.notification_id: each.error for each in outward()}
    assert said[over.pk] == "Not sent: the deal was over before it could go out (sold out)."
    assert said[snoozed.pk] == "Not sent: you snoozed this product until Wed 3 Jun, 23:30."
    assert said[muted.pk] == "Not sent: you muted this merchant."
    assert [message.notification_id for message, _ in Pigeon.taken] == [wanted.pk]


def test_priority_goals_and_channels_may_break_quiet_hours(sleeper: Any) -> None:
    urgent, usual = make_goal(sleeper, keywords=["sony"], priority=5), make_goal(sleeper, keywords=["sony"])
    loud = make_channel(sleeper, "Loud", breaks_quiet=True)
    with time_machine.travel(EVENING):
        first, second = tell(make_notice(sleeper, goal=urgent), make_notice(sleeper, goal=usual))
        assert {each.state for each in outward() if each.notification_id == first.pk} == {"pending"}
        states = {
            each.user_channel_id == loud.pk: each.state for each in outward() if each.notification_id == second.pk
        }
        assert states == {True: "pending", False: "held"}
        change_quiet(sleeper, priority_breaks_quiet=False)
        (third,) = tell(make_notice(sleeper, goal=urgent))
        assert {each.state for each in outward() if each.notification_id == third.pk} == {"pending", "held"}


def test_a_paced_channel_gets_a_digest_and_an_alarm_does_not_wait_for_it(sleeper: Any, operator: Any) -> None:
    row = UserChannel.objects.get(kind="pigeon")
    change_pace(row, pace=Pace.DAILY, pace_hour=18)
    noon = datetime(2026, 6, 2, 10, 0, tzinfo=UTC)
    with time_machine.travel(noon, tick=False):
        tell(make_notice(sleeper), make_notice(sleeper), make_notice(sleeper, reason="alarm", goal_id=None))
    assert words() == [("held", "Held until 18:00: for your daily digest.")] * 2 + [("pending", "")]
    with time_machine.travel(noon + timedelta(hours=7)):
        # What the owner wants by now holds for what waits.
        change_pace(row, pace=Pace.IMMEDIATE)
        assert release_held() == 1
    assert Notification.objects.get(reason="digest").data["since"] == noon.isoformat()


def test_a_new_time_zone_moves_what_is_held(
    sleeper: Any, sent_tasks: Any, django_capture_on_commit_callbacks: Any
) -> None:
    with time_machine.travel(EVENING, tick=False):
        tell(make_notice(sleeper))
        with django_capture_on_commit_callbacks(execute=True):
            update_preferences(sleeper, time_zone="Asia/Tokyo")
            update_preferences(sleeper, theme="dark")
        ((name, args),) = [(task.name, task.args) for task in sent_tasks]
        assert (name, args) == ("notify.reschedule", (str(sleeper.pk),))
        judge_anew(*args)
    (held,) = outward()
    assert held.held_until == datetime(2026, 6, 1, 22, 0, tzinfo=UTC), "7:00 in Tokyo"


def test_a_release_that_comes_late_does_not_wake_anybody(sleeper: Any) -> None:
    row = UserChannel.objects.get(kind="pigeon")
    change_pace(row, pace=Pace.HOURLY)
    with time_machine.travel(datetime(2026, 6, 2, 10, 0, tzinfo=UTC)):
        tell(make_notice(sleeper))
    with time_machine.travel(datetime(2026, 6, 2, 22, 0, tzinfo=UTC), tick=False):
        assert release_held() == 0
    (held,) = outward()
    assert (held.state, held.held_until) == ("held", datetime(2026, 6, 3, 5, 0, tzinfo=UTC))


def test_one_that_cannot_be_let_out_stays_held_and_stops_no_other(sleeper: Any, stranger: Any) -> None:
    update_preferences(stranger, email_alerts=False)
    make_channel(stranger)
    with time_machine.travel(EVENING):
        (broken, *_) = tell(*[make_notice(user) for user in (sleeper, sleeper, stranger, stranger)])
    Notification.objects.filter(pk=broken.pk).update(data=[])
    Delivery.objects.filter(channel="pigeon").update(state="held", held_until=EVENING)
    with time_machine.travel(MORNING):
        assert release_held() == 1
        assert release_held() == 0
    bundled = {each.notification.user_id: each.bundle_id is not None for each in outward() if each.state == "held"}
    assert bundled == {sleeper.pk: False, stranger.pk: True}


def test_what_is_sent_late_wakes_nobody_either(sleeper: Any) -> None:
    change_quiet(sleeper, quiet_from=None, quiet_until=None)
    with time_machine.travel(EVENING - timedelta(hours=2)):
        tell(make_notice(sleeper), make_notice(sleeper))
    Delivery.objects.filter(channel="in_app").delete()
    change_quiet(sleeper, quiet_from=time(22), quiet_until=time(7))
    with time_machine.travel(EVENING, tick=False):
        assert deliver_pending() == 0, "the workers were away until now"
    assert {(each.state, each.error, each.attempts) for each in outward()} == {
        ("held", "Held until 07:00: your quiet hours.", 0)
    }
    with time_machine.travel(MORNING):
        assert release_held() == 1
    with time_machine.travel(EVENING + timedelta(days=1), tick=False):
        assert deliver_pending() == 0, "nor does a digest that comes late"
    with time_machine.travel(MORNING + timedelta(days=1)):
        assert (release_held(), deliver_pending()) == (1, 1)
    assert [len(message.data["items"]) for message, _ in Pigeon.taken] == [2]
    assert {each.state for each in outward()} == {"sent"}


def test_a_limit_of_a_channel_and_one_of_the_user(owner: Any) -> None:
    update_preferences(owner, email_alerts=False)
    change_pace(make_channel(owner, "Roof"), daily_cap=2)
    make_channel(owner, "Barn")
    change_quiet(owner, daily_cap=3)
    with time_machine.travel(datetime(2026, 6, 2, 10, 0, tzinfo=UTC)):
        tell(*[make_notice(owner) for _ in range(2)])
        tell(*[make_notice(owner) for _ in range(2)])
    said = [
        {each.service: each.error for each in row.deliveries.filter(channel="pigeon")}
        for row in Notification.objects.order_by("pk")
    ]
    limit = "Not sent: your limit of 3 a day is reached."
    assert said == [
        {"pigeon:Roof": "", "pigeon:Barn": ""},
        {"pigeon:Roof": "", "pigeon:Barn": ""},
        {"pigeon:Roof": "Not sent: your limit of 2 a day over this channel is reached.", "pigeon:Barn": ""},
        {"pigeon:Roof": limit, "pigeon:Barn": limit},
    ]
    with time_machine.travel(datetime(2026, 6, 3, 10, 0, tzinfo=UTC)):
        (tomorrow,) = tell(make_notice(owner))
    assert set(tomorrow.deliveries.values_list("state", flat=True)) == {"pending"}
    assert sorted(Allowance.objects.values_list("taken", flat=True)) == [1, 1, 2, 3]


def test_a_digest_counts_as_one_message(sleeper: Any) -> None:
    change_quiet(sleeper, daily_cap=1)
    with time_machine.travel(EVENING):
        tell(*[make_notice(sleeper) for _ in range(3)])
    with time_machine.travel(MORNING):
        assert release_held() == 1
        (later,) = tell(make_notice(sleeper))
        assert later.deliveries.get(channel="pigeon").error == "Not sent: your limit of 1 a day is reached."


def test_what_is_snoozed_or_muted_is_kept_and_says_so_and_was_not_told(owner: Any) -> None:
    goal = make_goal(owner, keywords=["sony"])
    deal = make_deal()
    with time_machine.travel(datetime(2026, 6, 2, 10, 0, tzinfo=UTC)):
        quiet = snooze_goal(owner, goal.pk, timezone.now() + timedelta(hours=8))
        (told,) = tell(make_notice(owner, goal=goal, deal=deal, match_id=None))
        assert (told.state, told.state_text) == ("suppressed", "Not sent: you snoozed this goal until 18:00.")
        assert not told.deliveries.exists()
        end_snooze(quiet)
        mute = mute_merchant(owner, deal.merchant or deal.marketplace)
        tell(make_notice(owner, deal=make_deal(merchant=mute.merchant.upper())))
        unmute(mute)
        snooze(owner, "everything", timezone.now() + timedelta(days=3))
        first, alarm = tell(make_notice(owner), make_notice(owner, reason="alarm"))
        assert first.state_text == "Not sent: you snoozed all alerts until Fri 5 Jun, 10:00."
        assert alarm.state == "pending", "an alarm is not about deals"
        Snooze.objects.all().delete()
        (again,) = tell(make_notice(owner, deal=Deal.objects.exclude(pk=deal.pk).first(), product_key="other"))
        assert again.state == "pending"
        (same,) = tell(make_notice(owner, deal=make_deal(), product_key=str(deal.product_id or deal.pk)))
        assert same.state == "pending", "what was snoozed was not told, so it is no repetition"
    assert "Not sent: you muted this merchant." in Notification.objects.values_list("state_text", flat=True)


def test_wishes_that_make_no_sense_are_refused(owner: Any, stranger: Any) -> None:
    now = timezone.now()
    goal = make_goal(stranger, keywords=["sony"])
    (about_nothing,) = tell(make_notice(owner, goal_id=None, deal_id=None))
    for wish in (
        lambda: change_quiet(owner, quiet_from=time(22)),
        lambda: change_quiet(owner, quiet_from=time(22), quiet_until=time(22)),
        lambda: change_quiet(owner, days=[7]),
        lambda: change_quiet(owner, daily_cap=0),
        lambda: snooze(owner, "everything", now - timedelta(seconds=1)),
        lambda: snooze(owner, "everything", now + timedelta(days=400)),
        lambda: snooze(owner, "goal", now + timedelta(days=1), about_nothing),
        lambda: snooze(owner, "product", now + timedelta(days=1), about_nothing),
        lambda: snooze(owner, "weather", now + timedelta(days=1), about_nothing),
        lambda: snooze_goal(owner, goal.pk, now + timedelta(days=1)),
        lambda: mute_merchant(owner, " \n"),
    ):
        with pytest.raises(ValidationError):
            wish()
    assert not Snooze.objects.exists() and not MutedMerchant.objects.exists()
    with pytest.raises(TypeError):
        change_quiet(owner, theme="dark")


def test_the_same_wish_twice_is_one(owner: Any) -> None:
    (told,) = tell(make_notice(owner))
    for days in (1, 5):
        snooze(owner, "product", timezone.now() + timedelta(days=days), told)
        mute_merchant(owner, "Acme " if days == 1 else "ACME")
    assert Snooze.objects.get().until > timezone.now() + timedelta(days=4)
    assert MutedMerchant.objects.get().merchant == "Acme"


def test_routing_costs_no_more_queries_for_more(sleeper: Any, django_assert_max_num_queries: Any) -> None:
    change_quiet(sleeper, quiet_from=None, quiet_until=None, daily_cap=5)
    goals = [make_goal(sleeper, keywords=["sony"]) for _ in range(3)]
    notices = [make_notice(sleeper, goal=goals[number % 3]) for number in range(12)]
    with django_assert_max_num_queries(18):
        tell(*notices)

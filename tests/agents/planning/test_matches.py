"""From a valuation to a match, its notification and its events: once, in one transaction, with its reasons."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError, connection
from django.utils import timezone

from accounts.actions.goals import create_goal, update_goal
from accounts.models import Goal, GoalStatus
from agents.models import Run, RunState
from agents.planning import actions, matches
from agents.planning.actions import match_again, match_goal, match_pending, sweep
from common.models import DeadLetter, OutboxEvent
from common.money import Money, convert
from common.retries import MAX_TRIES
from deals.models import Match, Product, Valuation
from notifications.models import Delivery, Notification
from tests.matching_factories import make_deal, make_goal, value_deal


def test_a_match_says_why_and_its_owner_is_told(
    owner: Any, stranger: Any, django_capture_on_commit_callbacks: Any
) -> None:
    goal = make_goal(
        owner, "Headphones under $250", keywords=["sony", "headphones"], max_price=Decimal(250), min_discount_percent=20
    )
    make_goal(stranger, "A television", keywords=["television"])
    deal = make_deal(price="228", worth="310")
    outcome = match_pending()
    assert outcome.as_json() == {"valuations": 1, "matches": 1, "notifications": 1, "held_back": 0, "failed": 0}
    match = Match.objects.get()
    assert (match.goal, match.deal, match.valuation) == (goal, deal, deal.valuation)
    assert match.reasons == [
        "Matches “sony headphones”",
        "$228.00 is under your $250.00",
        "26\u00a0% below its worth; you asked for 20\u00a0%",
    ]
    told = Notification.objects.get()
    assert (told.user, told.goal, told.deal, told.match, told.reason) == (owner, goal, deal, match, "match")
    assert told.title == "Sony WH-1000XM5 headphones for $228.00"
    assert told.body == (
        "New at Amazon: $228.00. Worth about $310 ($264–$356), so you save $82.00 (26\u00a0%). Score 84. "
        "For your goal “Headphones under $250”."
    )
    assert told.reason_text == "You asked for “sony headphones” in your goal “Headphones under $250”."
    assert told.data["reasons"] == match.reasons
    assert told.data["worth"] == {"amount": "310.00", "currency": "USD"}
    assert {d.channel for d in Delivery.objects.all()} == {"in_app", "email"}
    event = OutboxEvent.objects.get(type="match.found")
    assert event.user == owner
    assert event.data["match_id"] == str(match.pk) and event.data["price"] == {"amount": "228.00", "currency": "USD"}
    goal.refresh_from_db()
    assert goal.match_count == 1
    assert Valuation.objects.get().matched_at is not None


@pytest.mark.parametrize(
    ("goal", "deal", "reasons"),
    [
        ({"title": "Sony headphones"}, {}, ["Matches “Sony headphones”"]),
        ({"title": "Good sound", "brands": ["Bose", "sony"]}, {}, ["It is from sony"]),
        ({"title": "Good sound", "category": "audio"}, {"category": "Audio & hi-fi"}, ["It is in Audio & hi-fi"]),
        (
            {"keywords": ["sony"], "condition": "new"},
            {"condition": "new"},
            ["Matches “sony”", "It is new, as you asked"],
        ),
        ({"keywords": ["sony"], "condition": "new"}, {}, ["Matches “sony”", "It does not say that it is used"]),
        (
            {"keywords": ["sony"], "condition": "used"},
            {"title": "Used Sony headphones"},
            ["Matches “sony”", "Its title says that it is used"],
        ),
        ({"keywords": ["sony"], "marketplaces": ["amazon"]}, {}, ["Matches “sony”", "It is sold at Amazon"]),
        ({"keywords": ["sony"], "min_score": 80}, {}, ["Matches “sony”", "Its score is 84; you asked for 80"]),
        (
            {"keywords": ["sony"], "min_price": Decimal(200), "max_price": Decimal(228)},
            {},
            ["Matches “sony”", "$228.00 is exactly your $228.00 and not under $200.00"],
        ),
        (
            {"keywords": ["sony"], "min_price": Decimal(9000), "currency": "JPY"},
            {"price": "100", "worth": "150"},
            ["Matches “sony”", "$100.00 (about ¥{yen}) is at or above your ¥9,000"],
        ),
        (
            {"keywords": ["earphones"]},
            {"title": "Sony Headphnes", "description": "Noise cancelling"},
            ["Matches “earphones”", "“Headphnes” was taken for “headphone”"],
        ),
        (
            {"keywords": ["TV 4K"]},
            {"title": "Samsung 4K television"},
            ["Matches “TV 4K”", "“TV” is “television” there"],
        ),
        (
            {"keywords": ["sony"], "min_discount": Decimal(50)},
            {},
            ["Matches “sony”", "$82.00 below its worth; you asked for $50.00"],
        ),
    ],
)
def test_reasons_name_the_terms_that_are_met(
    owner: Any, goal: dict[str, Any], deal: dict[str, Any], reasons: list[str]
) -> None:
    make_goal(owner, **goal)
    make_deal(**deal)
    match_pending()
    yen = f"{convert(Money(Decimal(100), 'USD'), 'JPY').money.amount:,}"
    assert Match.objects.get().reasons == [reason.replace("{yen}", yen) for reason in reasons]


def test_the_product_names_the_message_where_it_is_known(owner: Any) -> None:
    make_goal(owner, keywords=["sony"])
    product = Product.objects.create(key="sony wh 1000xm5", name="Sony WH-1000XM5")
    make_deal("Sony WH-1000XM5 $228 @ Amazon", product=product, is_sample=True)
    match_pending()
    assert Notification.objects.get().title == "Sample: Sony WH-1000XM5 for $228.00"


def test_a_second_round_does_nothing(owner: Any) -> None:
    make_goal(owner, keywords=["sony"])
    deal = make_deal()
    match_pending()
    runs = Run.objects.count()
    assert match_pending().as_json()["valuations"] == 0
    assert Run.objects.count() == runs, "a round without work is not worth a record"
    value_deal(deal, "320")  # the same deal, valued anew
    assert match_pending().as_json() == {"valuations": 1, "matches": 0, "notifications": 0, "held_back": 0, "failed": 0}
    assert (Match.objects.count(), Notification.objects.count()) == (1, 1)


def test_each_run_is_recorded_with_its_steps(owner: Any) -> None:
    make_goal(owner, keywords=["sony"])
    make_deal()
    match_pending(trigger="command")
    run = Run.objects.get()
    assert (run.agent, run.trigger, run.state, run.summary["matches"]) == ("planning", "command", RunState.DONE, 1)
    assert [(s.name, s.detail["matches"]) for s in run.steps.all()] == [("Match and tell", 1)]


def test_a_goal_is_judged_when_it_is_made(owner: Any) -> None:
    scores = [10, 90, 20, 80, 30, 70, 40]
    for score in scores:
        make_deal(f"Sony headphones of score {score}", score=score)
    Valuation.objects.update(matched_at=timezone.now())
    goal = make_goal(owner, keywords=["sony"])
    outcome = match_goal(goal.pk)
    assert (outcome.matches, outcome.notifications, outcome.held_back) == (7, 5, 2)
    held = Notification.objects.filter(state="suppressed")
    assert {n.data["score"] for n in held} == {10, 20}, "the best are told, the others are kept"
    assert all(n.state_text.startswith("Not sent: 5 better ones") and not n.deliveries.exists() for n in held)
    assert match_goal(goal.pk).matches == 0
    Goal.objects.update(status="paused")
    assert match_goal(goal.pk).matches == 0


def test_a_goal_ends_with_its_last_match_and_takes_the_best(owner: Any) -> None:
    goal = make_goal(owner, keywords=["sony"], max_matches=2)
    for score in (50, 90, 70):
        make_deal(score=score)
    assert match_pending().matches == 2
    assert sorted(m.valuation.score for m in Match.objects.all()) == [70, 90]
    goal.refresh_from_db()
    assert (goal.status, goal.match_count) == (GoalStatus.COMPLETED, 2)
    assert OutboxEvent.objects.get(type="goal.changed").data["change"] == "completed"
    make_deal()
    assert match_pending().matches == 0


def test_a_goal_expires_after_its_deadline(owner: Any) -> None:
    soon = make_goal(owner, deadline=timezone.now() + timedelta(hours=1))
    later = make_goal(owner, deadline=timezone.now() + timedelta(hours=3))
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        sweep()
    soon.refresh_from_db()
    later.refresh_from_db()
    assert (soon.status, later.status) == (GoalStatus.EXPIRED, GoalStatus.ACTIVE)


def test_a_bad_valuation_holds_up_no_other_and_ends_as_a_dead_letter(
    owner: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_goal(owner, keywords=["sony"])
    bad, good = make_deal("Sony one"), make_deal("Sony two")
    assert bad.valuation is not None
    # The database itself refuses the match of the one deal.
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE deals_match ADD CONSTRAINT refuse CHECK (deal_id <> '{bad.pk}')")
    outcome = match_pending()
    assert (outcome.valuations, outcome.matches, outcome.failed) == (1, 1, 1)
    assert Match.objects.get().deal == good
    assert Run.objects.get().state == RunState.FAILED
    for number in range(2, MAX_TRIES + 1):
        assert match_pending().failed == 0, "it waits before it is tried again"
        with time_machine.travel(timezone.now() + timedelta(hours=3 * number)):
            assert match_pending().failed == 1
    letter = DeadLetter.objects.get()
    assert (letter.stage, letter.object_id, letter.task) == ("match", str(bad.valuation.pk), "match.valuation")
    assert "refuse" in letter.error
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        assert match_pending().failed == 0, "a dead letter is left alone"
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; ALTER TABLE deals_match DROP CONSTRAINT refuse")
    match_again(bad.valuation.pk)
    assert Match.objects.count() == 2


def test_nothing_of_a_match_stays_when_its_telling_fails(owner: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    goal = make_goal(owner, keywords=["sony"])
    make_deal()

    def crash(notices: Any) -> None:
        raise DatabaseError("The connection was lost.")

    with monkeypatch.context() as patch:
        patch.setattr(matches, "notify_matches", crash)
        assert match_pending().failed == 1
    assert not Match.objects.exists() and not OutboxEvent.objects.exists() and not Notification.objects.exists()
    goal.refresh_from_db()
    assert goal.match_count == 0
    Valuation.objects.update(match_retry_at=None)
    assert match_pending().matches == 1


@pytest.mark.django_db(transaction=True)
def test_matches_need_a_transaction() -> None:
    with pytest.raises(RuntimeError, match="one transaction"):
        matches.write_matches([])


@pytest.mark.parametrize("worth", ["310", "228", "199.99", "12", None])
@pytest.mark.parametrize("currency", ["USD", "EUR", "JPY"])
def test_a_text_is_short_and_has_no_number_of_its_own(owner: Any, worth: str | None, currency: str) -> None:
    goal = make_goal(
        owner, "A very good pair of headphones " * 6, keywords=["sony"], max_price=Decimal("500000"), currency=currency
    )
    make_deal(
        "Sony headphones " * 30,
        "228.49",
        worth=worth,
        currency=currency,
        merchant="A shop with quite a long name indeed " * 3,
    )
    match_pending()
    told = Notification.objects.get()
    assert len(told.body) <= 200 and len(told.title) <= 200 and len(told.reason_text) <= 200
    assert "…" in told.body and "For your goal" in told.body
    valuation = Valuation.objects.get()
    assert goal.max_price is not None
    amounts = [told.deal.price, goal.max_price, valuation.worth, valuation.low, valuation.high, valuation.discount]
    known = {abs(a) for a in amounts if a is not None}
    known |= {Decimal(valuation.score or 0), abs(valuation.discount_percent or Decimal(0))}
    for number in re.findall(r"\d[\d,]*(?:\.\d+)?", told.title + told.body + " ".join(told.data["reasons"])):
        said = Decimal(number.replace(",", ""))
        assert any(abs(said - amount) <= Decimal("0.5") for amount in known), f"{number} is nowhere in the record"
    if worth is None:
        assert "We cannot say what it is worth." in told.body
    assert ("more than that" in told.body) == (worth in ("199.99", "12", "228"))


def test_the_tasks_have_the_names_that_others_send(owner: Any) -> None:
    from celery import current_app

    from agents.planning import tasks

    make_goal(owner, keywords=["sony"])
    deal = make_deal()
    assert deal.valuation is not None
    assert tasks.pending.name == "match.pending" and tasks.pending()["matches"] == 1
    assert tasks.goal.name == "match.goal" and tasks.goal(str(Goal.objects.get().pk))["matches"] == 0
    assert tasks.again.name == "match.valuation" and tasks.again(str(deal.valuation.pk)) is None
    assert {"match.pending", "match.goal", "match.valuation"} <= set(current_app.tasks)


def test_a_large_backlog_is_taken_in_batches(owner: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "BATCH", 2)
    make_goal(owner, keywords=["sony"])
    for _ in range(5):
        make_deal()
    assert match_pending(limit=3).valuations == 3
    assert match_pending().valuations == 2
    assert Match.objects.count() == 5


def test_a_goal_whose_task_was_lost_is_judged_by_the_sweep(owner: Any) -> None:
    deal = make_deal()
    goal = create_goal(owner, title="Sony headphones")
    make_goal(owner, "Sony", status="paused")
    sweep()
    assert [(match.goal, match.deal) for match in Match.objects.all()] == [(goal, deal)]
    assert Run.objects.count() == 1
    sweep()
    assert Run.objects.count() == 1, "it is judged once"
    update_goal(owner, goal, max_price=Decimal(500))
    sweep()
    assert Run.objects.count() == 2, "and again when it has changed"


def test_a_change_of_a_goal_keeps_what_the_matcher_wrote_meanwhile(owner: Any) -> None:
    goal = create_goal(owner, title="Sony headphones", max_matches=1)
    in_a_form = Goal.objects.get(pk=goal.pk)
    make_deal()
    match_pending()
    update_goal(owner, in_a_form, description="For the train")
    goal.refresh_from_db()
    assert (goal.match_count, goal.status, goal.description) == (1, GoalStatus.COMPLETED, "For the train")


def test_a_goal_that_the_sweep_cannot_judge_is_left_to_the_dead_letters(owner: Any) -> None:
    goal = make_goal(owner, keywords=["sony"])
    make_deal()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE deals_match ADD CONSTRAINT refuse CHECK (goal_id IS NULL)")
    for _ in range(2):
        sweep()
    assert DeadLetter.objects.get().object_id == str(goal.pk)
    assert Run.objects.count() == 1
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; ALTER TABLE deals_match DROP CONSTRAINT refuse")


def test_a_goal_that_cannot_be_judged_is_tried_three_times_then_a_dead_letter(owner: Any, sent_tasks: Any) -> None:
    from agents.planning import tasks

    goal = make_goal(owner, keywords=["sony"])
    make_deal()
    # The database itself refuses every match.
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE deals_match ADD CONSTRAINT refuse CHECK (goal_id IS NULL)")
    for tries in range(MAX_TRIES):
        tasks.goal.apply(args=[str(goal.pk)], retries=tries, throw=False)
    letter = DeadLetter.objects.get()
    assert (letter.stage, letter.object_id, letter.task) == ("match", str(goal.pk), "match.goal")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; ALTER TABLE deals_match DROP CONSTRAINT refuse")
    assert tasks.goal(letter.object_id)["matches"] == 1

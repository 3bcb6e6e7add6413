from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from accounts.actions.goals import create_goal, delete_goal, set_goal_status, update_goal
from accounts.errors import LimitReached
from accounts.models import Goal, GoalStatus, User
from accounts.selectors import goal_of, goals_of, limits_of
from common.models import OutboxEvent


@pytest.fixture
def committed(django_capture_on_commit_callbacks: Any) -> Any:
    """Runs what was left for after the commit."""
    return django_capture_on_commit_callbacks(execute=True)


@pytest.mark.django_db
def test_a_new_goal_is_judged_at_once(owner: User, sent_tasks: list[Any], committed: Any) -> None:
    with committed:
        goal = create_goal(owner, title="Headphones", keywords=["headphones"], max_price=Decimal(150))
    assert [(task.name, task.args, task.queue) for task in sent_tasks] == [("match.goal", (str(goal.pk),), "match")]
    assert goals_of(owner).get() == goal
    event = OutboxEvent.objects.get(type="goal.changed")
    assert (event.data["change"], event.internal) == ("created", True)


@pytest.mark.django_db
def test_a_paused_goal_is_not_judged(owner: User, sent_tasks: list[Any], committed: Any) -> None:
    with committed:
        create_goal(owner, title="Headphones", status=GoalStatus.PAUSED)
    assert sent_tasks == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "x", "max_price": Decimal(-1)}, "max_price"),
        ({"title": "x", "min_price": Decimal(9), "max_price": Decimal(8)}, "__all__"),
        ({"title": "x", "radius_km": 501}, "radius_km"),
        ({"title": "x", "priority": 6}, "priority"),
        ({"title": "x", "check_interval_minutes": 14}, "check_interval_minutes"),
        ({"title": "x", "min_discount_percent": 101}, "min_discount_percent"),
        ({"title": "x", "deadline": timezone.now() - timedelta(days=1)}, "deadline"),
        ({"title": "x", "condition": "broken"}, "condition"),
    ],
)
def test_unusable_values_are_named_by_field_and_nothing_is_stored(
    owner: User, fields: dict[str, Any], field: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        create_goal(owner, **fields)
    assert field in refused.value.message_dict
    assert not Goal.objects.exists()
    assert not OutboxEvent.objects.exists()


@pytest.mark.django_db
def test_a_field_that_goals_do_not_have_is_refused(owner: User) -> None:
    with pytest.raises(TypeError, match="user"):
        create_goal(owner, title="x", user=None)


@pytest.mark.django_db
def test_the_free_tier_has_two_active_goals_and_one_marketplace_each(owner: User) -> None:
    first = create_goal(owner, title="one")
    create_goal(owner, title="two", marketplaces=["ebay"])
    with pytest.raises(LimitReached, match="2 active goals"):
        create_goal(owner, title="three")
    third = create_goal(owner, title="three", status=GoalStatus.PAUSED)
    with pytest.raises(LimitReached, match="2 active goals"):
        set_goal_status(owner, third, GoalStatus.ACTIVE)
    set_goal_status(owner, first, GoalStatus.PAUSED)
    set_goal_status(owner, Goal.objects.get(pk=third.pk), GoalStatus.ACTIVE)
    with pytest.raises(LimitReached, match="1 marketplace a goal"):
        update_goal(owner, first, marketplaces=["ebay", "amazon"])
    assert limits_of(owner).active_goals_left == 0


@pytest.mark.django_db
def test_business_has_no_limit_on_goals(owner: User) -> None:
    owner.tier = "business"
    owner.save()
    for number in range(30):
        create_goal(owner, title=str(number), marketplaces=["a", "b", "c", "d"])
    assert limits_of(owner).active_goals_left is None


@pytest.mark.django_db
def test_a_goal_is_its_owners_alone(owner: User, stranger: User, operator: User) -> None:
    goal = create_goal(owner, title="mine")
    assert goal_of(owner, goal.pk) == goal
    for other in (stranger, operator):
        assert not goals_of(other).exists()
        with pytest.raises(Goal.DoesNotExist):
            goal_of(other, goal.pk)
    delete_goal(stranger, goal)
    assert Goal.objects.filter(pk=goal.pk).exists()
    delete_goal(owner, goal)
    assert not Goal.objects.filter(pk=goal.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_two_requests_at_once_do_not_both_take_the_last_place(owner: User) -> None:
    def make(number: int) -> bool:
        try:
            create_goal(User.objects.get(pk=owner.pk), title=str(number))
        except LimitReached:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(make, range(8)))
    assert made.count(True) == 2
    assert Goal.objects.count() == 2


@pytest.mark.django_db
def test_a_goal_that_has_found_enough_is_resumed_only_with_a_higher_number(owner: User) -> None:
    goal = create_goal(owner, title="one lamp", max_matches=1)
    Goal.objects.filter(pk=goal.pk).update(match_count=1, status=GoalStatus.COMPLETED)
    goal = Goal.objects.get(pk=goal.pk)
    with pytest.raises(ValidationError, match="found 1 offer already"):
        set_goal_status(owner, goal, GoalStatus.ACTIVE)
    assert Goal.objects.get(pk=goal.pk).status == GoalStatus.COMPLETED
    assert update_goal(owner, goal, max_matches=2, status=GoalStatus.ACTIVE).status == GoalStatus.ACTIVE

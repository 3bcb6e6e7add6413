"""Goals that end because their owner has bought what they were for."""

from __future__ import annotations

from decimal import Decimal

from django.db.models import Q
from django.utils import timezone

from accounts.events import GoalChanged
from accounts.models import Goal, GoalStatus, User
from common.money import Money, UnknownRate, convert
from common.outbox import record_all
from deals.models import Deal, InteractionKind


def end_bought_goals(user: User, deal: Deal) -> None:
    """Complete those of the user's active goals that this deal meets and that have now found all they asked for: as many
    deals bought as their quantity, or their budget spent. In the caller's transaction, after the purchase is recorded.

    A deal that was bought counts once for a goal, at its present price; one whose currency has no rate counts nothing of the budget.
    """
    goals = (
        Goal.objects.filter(user=user, status=GoalStatus.ACTIVE, matches__deal=deal)
        .exclude(Q(quantity=None) & Q(budget=None))
        .order_by("pk")
        .select_for_update(no_key=True, of=("self",))
    )
    ended = [goal for goal in goals if _is_satisfied(goal)]
    Goal.objects.filter(pk__in=[goal.pk for goal in ended]).update(
        status=GoalStatus.COMPLETED, updated_at=timezone.now()
    )
    record_all((GoalChanged(goal_id=str(goal.pk), user_id=str(user.pk), change="completed"), None) for goal in ended)


def _is_satisfied(goal: Goal) -> bool:
    bought = list(
        Deal.objects.filter(
            matches__goal=goal, interactions__user=goal.user_id, interactions__kind=InteractionKind.BOUGHT
        )
        .order_by()
        .values_list("pk", "price", "currency")
        .distinct()
    )
    if goal.quantity is not None and len(bought) >= goal.quantity:
        return True
    spent = sum((_there(Money(price, currency), goal.currency) for _, price, currency in bought), Decimal(0))
    return goal.budget is not None and spent >= goal.budget


def _there(money: Money, currency: str) -> Decimal:
    try:
        return convert(money, currency).money.amount
    except UnknownRate:
        return Decimal(0)

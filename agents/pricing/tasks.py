"""What the pricing worker is asked to do."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any, Final

from celery import shared_task

from agents.pricing.client import PATIENCE
from common.enqueue import wake

# Whoever asks has gone after that; the rest is for the estimators of this machine.
_PATIENCE: Final = PATIENCE - 1.5
# Somebody who asks what a thing is worth waits behind what this worker is at: at most two seconds of valuing.
_AT_ONCE: Final = 256


@shared_task(name="value.pending")
def value_pending() -> None:
    """Value what is waiting; with nothing to do, have the models ready for whoever asks next."""
    from agents.lifecycle.following import follow
    from agents.pricing import actions, service

    if actions.value_pending(_AT_ONCE):
        wake("value.pending")
    follow()
    service.warm_up()


@shared_task(name="value.deals")
def value_deals(ids: list[str] | str) -> None:
    """Value these deals from the beginning, whatever became of earlier tries."""
    from agents.pricing import actions

    actions.value_deals([uuid.UUID(each) for each in ([ids] if isinstance(ids, str) else ids)])


@shared_task(name="value.observe_prices")
def observe_prices() -> None:
    """Take prices that were seen on deals into the catalogue, some at a time."""
    from agents.pricing import observing

    observed = observing.observe_prices(_AT_ONCE)
    if observed.taken or observed.unfit or observed.read_again:
        wake("value.observe_prices")


@shared_task(name="estimate.text", track_started=True)
def estimate_text(
    title: str, description: str = "", price: str | None = None, currency: str = "USD", user: str | None = None
) -> dict[str, Any]:
    """Say what a thing is worth, in the shape of `estimate --json`. `user` is the id of who asks.

    A visitor's question costs nothing: a foundation model is asked on a user's share of the budget alone.
    """
    from agents.lifecycle.following import follow
    from agents.pricing import service

    follow()
    item = service.Item(
        title,
        description,
        price=Decimal(price) if price else None,
        currency=currency,
        user=uuid.UUID(user) if user else None,
        foundation_model=user is not None,
    )
    return service.as_json(service.value_items([item], patience=_PATIENCE)[0])


@shared_task(name="value.vectors")
def give_vectors() -> None:
    """Give vectors to deals that have none, such as those of an older version of Deal Finder, some at a time."""
    from agents.pricing import meaning

    if meaning.give_vectors(_AT_ONCE):
        wake("value.vectors")


@shared_task(name="maintenance.map")
def draw_map() -> None:
    """Draw the map of deals anew."""
    from agents.pricing import mapping

    mapping.draw_map()


@shared_task(name="value.goal_meanings")
def give_goal_meanings() -> None:
    """Give vectors to goals that ask for meaning, and have those judged whose vector is new."""
    from agents.pricing import meaning

    for goal_id in meaning.give_goal_vectors():
        wake("match.goal", str(goal_id))

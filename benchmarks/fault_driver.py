"""The one who finds matches in a fault run: `python -m benchmarks.fault_driver`, with what is asked as a line of JSON on standard input.

It makes users with channels and deals with valuations, says `ready` and waits for a line, writes matches as the matcher does, at an
even pace, sends the sweep that beat sends, waits until nothing is on its way any more but what waits for a try that is far off, and
writes what became of each delivery as JSON to the file that was named.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import django

django.setup()

from django.db import InterfaceError, OperationalError, connection, transaction  # noqa: E402
from django.db.models import Q  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import Goal, User  # noqa: E402
from agents.planning.matches import write_matches  # noqa: E402
from benchmarks.fault_channels import READER  # noqa: E402
from common.enqueue import wake  # noqa: E402
from common.models import DeadLetter, OutboxEvent, new_id  # noqa: E402
from deals.matching import Found  # noqa: E402
from deals.models import Deal, Valuation  # noqa: E402
from notifications.channel_actions import add_channel  # noqa: E402
from notifications.models import Delivery, Notification, UserChannel  # noqa: E402

SWEEP_SECONDS = 10.0
TAKEN_WITHIN = timedelta(seconds=30)
"""What has been due for less is not stuck: its turn has just come."""


def main() -> None:
    """Do all of it."""
    asked = json.loads(sys.stdin.readline())
    users = [_user(number, asked["channels"]) for number in range(asked["users"])]
    goals = [Goal.objects.create(user=user, title="Anything") for user in users]
    pairs = [_pair(goals[number % len(goals)], number) for number in range(asked["matches"])]
    print("ready", flush=True)
    sys.stdin.readline()
    ended = threading.Event()
    threading.Thread(target=_sweep, args=(ended,), daemon=True).start()
    _tell(pairs, asked["seconds"])
    print("told", flush=True)
    _wait(asked["patience"])
    ended.set()
    Path(asked["report"]).write_text(json.dumps(_report()))
    print("reported", flush=True)


def _user(number: int, channels: list[dict[str, Any]]) -> User:
    user = User.objects.create_user(email=f"reader{number}@example.com")
    for channel in channels:
        config = {name: value.replace(READER, str(number)) for name, value in channel["config"].items()}
        add_channel(user, channel["kind"], {"name": channel["name"], "config": config})
    return user


def _pair(goal: Goal, number: int) -> Found:
    """A deal that meets a goal: nothing else is told about it."""
    key = str(new_id())
    url = f"https://shop.example/{key}"
    price, worth = Decimal("60"), Decimal("100")
    deal = Deal.objects.create(
        title=f"Lamp fault-{number:06d}", price=price, currency="USD", marketplace="shop", external_id=key, url=url, canonical_url=url
    )  # fmt: skip
    deal.valuation = Valuation.objects.create(
        deal=deal, input_hash=key, currency="USD", price=price, worth=worth, low=Decimal("90"), high=Decimal("110"),
        discount=Decimal("40"), discount_percent=Decimal("40"), exchange_rate=Decimal(1), score=90, verdict="good",
    )  # fmt: skip
    deal.save(update_fields=["valuation"])
    return Found(goal.pk, deal.pk, deal.valuation.pk, price, Decimal("40"))


def _tell(pairs: list[Found], seconds: float) -> None:
    """Each match in a transaction of its own; one that failed is written again, as the matcher would."""
    began = time.monotonic()
    for number, pair in enumerate(pairs):
        time.sleep(max(0.0, began + seconds * number / len(pairs) - time.monotonic()))

        def write(pair: Found = pair) -> None:
            with transaction.atomic():
                write_matches([pair])

        _until_it_works(write)


def _sweep(ended: threading.Event) -> None:
    while not ended.wait(SWEEP_SECONDS):
        wake("notify.pending")


def _wait(patience: float) -> None:
    until = time.monotonic() + patience
    while time.monotonic() < until:
        far = timezone.now() + timedelta(seconds=until - time.monotonic())
        soon = Delivery.objects.filter(Q(retry_at=None) | Q(retry_at__lt=far), state="pending")
        if not _until_it_works(soon.exists):
            return
        time.sleep(1)


def _until_it_works(work: Callable[[], Any]) -> Any:
    while True:
        try:
            return work()
        except (OperationalError, InterfaceError):
            connection.close()
            time.sleep(0.5)


def _report() -> dict[str, Any]:
    deliveries = Delivery.objects.select_related("notification", "user_channel").order_by("id")
    told = Notification.objects.filter(reason="match")
    letters = set(DeadLetter.objects.filter(stage="tell").values_list("object_id", flat=True))
    inbox = list(OutboxEvent.objects.filter(type="notification.sent").values_list("data__title", flat=True))
    return {
        "notifications": told.count(),
        "notification_states": list(told.values_list("state", flat=True)),
        "inbox": inbox,
        "disabled": list(UserChannel.objects.filter(is_enabled=False).values_list("kind", "disabled_reason")),
        "deliveries": [
            {
                "id": str(one.pk),
                "channel": one.user_channel.name or one.channel if one.user_channel else one.channel,
                "title": one.notification.title,
                "reason": one.notification.reason,
                "state": one.state,
                "attempts": one.attempts,
                "waits": one.state == "pending"
                and one.retry_at is not None
                and one.retry_at > timezone.now() - TAKEN_WITHIN,
                "error": one.error,
                "is_dead_letter": str(one.pk) in letters,
                "created": one.notification.created_at.timestamp(),
                "seconds": (one.sent_at - one.notification.created_at).total_seconds() if one.sent_at else None,
            }
            for one in deliveries
        ],
    }


if __name__ == "__main__":
    main()

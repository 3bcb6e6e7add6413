"""How fast digests are made of what was held: so many readers whose daily digest is due at the same hour, each with five messages.

One worker, as the task `notify.held` does it. Sending them is measured by `handover`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from datetime import timedelta

from benchmarks.measurement import Measurement
from benchmarks.own_servers import PROJECT, own_servers

READERS = 500
EACH = 5


def run() -> list[Measurement]:
    """Channels a second."""
    with own_servers() as servers:
        said = subprocess.run(
            [sys.executable, "-m", "benchmarks.bench_digests"],
            cwd=PROJECT,
            env=servers.environment(),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        ).stdout
    found = json.loads(said.splitlines()[-1])
    assert found["digests"] == READERS, found
    return [
        Measurement("digests made", found["digests"], ""),
        Measurement("messages in them", READERS * EACH, ""),
        Measurement("digests a second", READERS / found["seconds"], "/s"),
    ]


def work() -> None:
    """Write what is held, let it out, and say how long that took."""
    import django

    django.setup()
    from django.utils import timezone

    from accounts.models import User
    from notifications.digests import release_held
    from notifications.models import Delivery, DeliveryState, Notification
    from notifications.routing import enabled_channels

    users = [User.objects.create_user(email=f"reader{number:03d}@example.com") for number in range(READERS)]
    channels = enabled_channels([user.pk for user in users])
    told = [
        Notification(
            user=user,
            reason="match",
            reason_text="It meets your goal.",
            title=f"Lamp {number} for $60.00",
            body="Worth about $100.",
            data={"kind": "match", "title": f"Lamp {number}", "score": 80 + number, "url": "/alerts/"},
        )
        for user in users
        for number in range(EACH)
    ]
    Notification.objects.bulk_create(told, batch_size=1000)
    due = timezone.now() - timedelta(minutes=1)
    held = [
        Delivery.over(one, channels[one.user_id][0], state=DeliveryState.HELD, held_until=due, error="Held.")
        for one in told
    ]
    Delivery.objects.bulk_create(held, batch_size=1000)
    began = time.perf_counter()
    digests = release_held(timedelta(minutes=10))
    sys.stdout.write(json.dumps({"digests": digests, "seconds": time.perf_counter() - began}) + "\n")


if __name__ == "__main__":
    work()

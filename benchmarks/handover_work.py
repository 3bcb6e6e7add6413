"""The parts of the hand-over benchmark that run in processes of their own: `python -m benchmarks.handover_work PART`.

`serve` answers every POST on a free port. `prepare` writes, for each line of JSON on its standard input, notifications with one
delivery each over the channels that stand there (into inboxes where there are none), and `work` delivers for each line, as a worker
does. Both answer each line with one, so that they are started once for all rounds.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from dealfinder.embedded.ports import any_free_port

USERS = 50
SERVICES = 8
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


async def serve() -> None:
    """Answer at once, and keep connections open."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = head.partition(b"content-length:")[2].partition(b"\r\n")[0]
                await reader.readexactly(int(length or 0))
                writer.write(_ANSWER)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    port = any_free_port()
    hosts = [f"127.0.0.{number}" for number in range(1, SERVICES + 1)]
    server = await asyncio.start_server(talk, hosts, port, limit=2**20)
    print(port, flush=True)
    await server.serve_forever()


def prepare(asked: dict[str, Any]) -> None:
    """Write so many deliveries that wait, anew."""
    from accounts.models import User
    from notifications.channel_actions import add_channel
    from notifications.models import Delivery, Notification, UserChannel

    Notification.objects.all().delete()
    users = list(User.objects.order_by("email"))
    if not users:
        users = [User.objects.create_user(email=f"reader{number:02d}@example.com") for number in range(USERS)]
    channels = asked["channels"]
    rows: list[UserChannel | None] = [None] * len(users)
    if channels:
        UserChannel.objects.all().delete()
        rows = [
            add_channel(user, channels[at % len(channels)]["kind"], {"config": channels[at % len(channels)]["config"]})
            for at, user in enumerate(users)
        ]
    told = [
        Notification(
            user=users[at % len(users)],
            reason="match",
            reason_text="It meets your goal.",
            title=f"Lamp fault-{at:06d} for $60.00",
            body="Worth about $100.",
            data={"kind": "match", "url": "/alerts/"},
        )
        for at in range(asked["deliveries"])
    ]
    Notification.objects.bulk_create(told, batch_size=1000)
    Delivery.objects.bulk_create(
        [Delivery.over(one, rows[at % len(rows)]) for at, one in enumerate(told)], batch_size=1000
    )


def work() -> int:
    """Deliver until nothing waits; how many were sent."""
    from notifications.delivery import deliver_pending
    from notifications.models import Delivery

    sent = 0
    while Delivery.objects.filter(state="pending").exists():
        sent += deliver_pending()
    return sent


def main(part: str) -> None:
    if part == "serve":
        asyncio.run(serve())
        return
    import django

    django.setup()
    from notifications.channels.registry import known_channels

    list(known_channels())
    print("ready", flush=True)
    for line in sys.stdin:
        if part == "prepare":
            prepare(json.loads(line))
            print("prepared", flush=True)
        else:
            print(work(), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])

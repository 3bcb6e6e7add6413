"""A message as every channel gets it, without a database behind it."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from notifications.channels.base import Message

DEAL = "0199a3f0-0000-7000-8000-000000000001"


def make_message(**fields: Any) -> Message:
    values: dict[str, Any] = {
        "id": uuid.UUID("0199a3f0-1111-7000-8000-00000000000a"),
        "notification_id": uuid.UUID("0199a3f0-2222-7000-8000-00000000000b"),
        "user_id": uuid.UUID("0199a3f0-3333-7000-8000-00000000000c"),
        "address": "owner@example.com",
        "name": "",
        "time_zone": "UTC",
        "title": "Sony <XM5> & case for $228.00",
        "body": "$228.00 at Shop. Worth about $310 ($264–$356), so $82 below it.",
        "short": "Sony XM5 for $228, worth about $310 ($264–$356).",
        "reason_text": "You asked for “sony” in your goal “Headphones”.",
        "data": {
            "deal_id": DEAL,
            "url": f"/deals/{DEAL}/",
            "image_url": "https://pictures.example/xm5.jpg",
            "price": {"amount": "228.00", "currency": "USD"},
        },
        "links": {
            "open": "https://deals.example/m/open-1/",
            "too_high": "https://deals.example/m/high-1/",
            "not_for_me": "https://deals.example/m/not-1/",
            "unsubscribe": "https://deals.example/m/off-1/",
        },
        "created_at": datetime(2026, 11, 26, 2, 3, 4, 567_000, tzinfo=UTC),
    }
    return Message(**values | fields)

"""The channels of the readers in a benchmark, with settings that lead to services on this machine."""

from __future__ import annotations

import base64
import secrets
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

READER = "READER"


def channels_at(address: str) -> list[dict[str, Any]]:
    """Four channels for each reader, beside the inbox and mail. The name of each is that of its service there.

    `READER` in a setting stands for the number of the reader: a browser belongs to one of them.
    """
    return [
        {"name": "webhook", **webhook_at(f"{address}/webhook")},
        {"name": "slack", "kind": "slack", "config": {"url": f"{address}/slack/T000/B000/{secrets.token_hex(12)}"}},
        {"name": "pushover", "kind": "pushover", "config": {"user_key": "u" * 30, "app_token": "a" * 30}},
        {"name": "webpush", "kind": "webpush", "config": _subscription(f"{address}/webpush/")},
    ]


def environment_at(address: str) -> dict[str, str]:
    """The variables that let those channels ask services on this machine."""
    return {"SLACK_ORIGINS": address, "PUSHOVER_URL": f"{address}/pushover"}


def webhook_at(url: str) -> dict[str, Any]:
    """A webhook that goes there."""
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    return {"kind": "webhook", "config": {"url": url, "secret": secret}}


def _subscription(url: str) -> dict[str, str]:
    """A subscription as a browser makes it: nobody will open what is sent, only count it."""
    point = ec.generate_private_key(ec.SECP256R1()).public_key()
    raw = point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    keys = {"p256dh": raw, "auth": secrets.token_bytes(16)}
    named = {name: base64.urlsafe_b64encode(value).decode().rstrip("=") for name, value in keys.items()}
    return {"endpoint": f"{url}{secrets.token_hex(12)}-{READER}", **named}

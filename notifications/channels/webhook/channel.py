"""Webhooks as the Standard Webhooks specification (1.0.0) has them: signed, with a schedule of tries that spans three days.

webhook-id         msg_ and the delivery's id, the same at every try and replay
webhook-timestamp  seconds since 1970, of this try
webhook-signature  v1,BASE64 of HMAC-SHA256 over "id.timestamp.body"; two of them for a day after the secret has changed
"""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Final

from django.utils import timezone
from pydantic import Field, field_validator

from notifications.channels.asking import WebAddress, host_of, is_success, post, wait_of
from notifications.channels.base import Channel, ChannelConfig, Message, PermanentError, TransientError
from notifications.channels.showing import link_of
from notifications.channels.webhook.signing import key_of, new_secret, sign

if TYPE_CHECKING:
    from accounts.models import User

SCHEDULE: Final = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 300, 1800, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600)
)
"""The waits of the specification's example: ten tries in a little more than three days."""
BOTH_SIGN_FOR: Final = timedelta(hours=24)


class WebhookConfig(ChannelConfig):
    secrets: ClassVar[frozenset[str]] = frozenset({"secret", "previous"})
    ours: ClassVar[frozenset[str]] = frozenset({"previous", "previous_until"})

    url: WebAddress = Field(
        title="Address", max_length=2000, description="Where your server listens, such as https://example.com/deals."
    )
    secret: str = Field(
        title="Signing secret",
        max_length=200,
        description="whsec_ and 24 to 64 bytes in Base64. Your server checks with it that a request comes from here.",
    )
    previous: str = Field("", title="Secret of before", description="Signs too for a day after a change.")
    previous_until: str = Field("", title="Secret of before, until", description="When it stops signing.")

    @field_validator("secret")
    @classmethod
    def _is_a_key(cls, secret: str) -> str:
        key_of(secret.strip())
        return secret.strip()


class WebhookChannel(Channel):
    kind = "webhook"
    label = "Webhook"
    help = "A signed HTTP request to a server of yours, as the Standard Webhooks specification has it."
    config = WebhookConfig
    takes_key = True
    disabled_when_given_up = True

    @property
    def fresh_secret(self) -> str:
        """A new secret, for somebody who has none."""
        return new_secret()

    def completed(self, config: ChannelConfig, user: User, known: ChannelConfig | None) -> ChannelConfig:
        """Keep the secret of before for a day, so that the receiver can change over in the meantime."""
        assert isinstance(config, WebhookConfig)
        previous, until = "", ""
        if isinstance(known, WebhookConfig):
            previous, until = known.previous, known.previous_until
            if known.secret != config.secret:
                previous, until = known.secret, (timezone.now() + BOTH_SIGN_FOR).isoformat()
        return config.model_copy(update={"previous": previous, "previous_until": until})

    def send(self, message: Message, config: ChannelConfig) -> str | None:
        """Post it, signed. Every answer but 2xx is a failure that is tried again; 410 disables the channel."""
        assert isinstance(config, WebhookConfig)
        now = timezone.now()
        identifier, timestamp = f"msg_{message.id.hex}", str(int(now.timestamp()))
        body = json.dumps(payload_of(message), ensure_ascii=False, separators=(",", ":")).encode()
        headers = {
            "content-type": "application/json",
            "webhook-id": identifier,
            "webhook-timestamp": timestamp,
            "webhook-signature": " ".join(sign(key, identifier, timestamp, body) for key in _keys(config, now)),
        }
        page = post(config.url, body, headers, role="webhook")
        if is_success(page):
            return identifier
        host = host_of(config.url)
        if page.status == 410:
            raise PermanentError(f"{host} does not want our messages any more (410).", gone=True)
        # A server that says no works; one that cannot is left alone for a while.
        raise TransientError(f"{host} answered {page.status}.", wait_of(page), answered=page.status < 500)

    def wait_after(self, tries: int) -> timedelta | None:
        return SCHEDULE[tries - 1] * random.uniform(0.9, 1.1) if tries <= len(SCHEDULE) else None  # noqa: S311

    def breaker_name(self, config: ChannelConfig) -> str:
        assert isinstance(config, WebhookConfig)
        return f"{self.kind}:{host_of(config.url)}"


def payload_of(message: Message) -> dict[str, Any]:
    """The body: a type, the time of what happened, and all that the message knows. Links are whole addresses."""
    kind = str(message.data.get("kind") or "match")
    return {
        "type": f"notification.{kind}",
        "timestamp": message.created_at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "data": {
            "notification_id": str(message.notification_id),
            "title": message.title,
            "text": message.body,
            "reason": message.reason_text,
            "url": link_of(message),
            "links": message.links,
            "details": message.data,
        },
    }


def _keys(config: WebhookConfig, now: datetime) -> list[bytes]:
    """The keys that sign now: the present one, and for a day the one before."""
    secrets = [config.secret]
    if config.previous and config.previous_until and now < datetime.fromisoformat(config.previous_until):
        secrets.append(config.previous)
    return [key_of(secret) for secret in secrets]

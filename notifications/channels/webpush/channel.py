"""Web push: a notification of the browser, also while no page of ours is open (RFC 8030, 8291 and 8292)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar, Final

from django.core.exceptions import ValidationError
from django.utils import timezone
from pydantic import Field, field_validator

from common.egress.targets import target_of
from common.text import one_line, shortened
from notifications.channels.asking import WebAddress, host_of, is_success, post, refusal
from notifications.channels.base import Channel, ChannelConfig, Message, PermanentError
from notifications.channels.showing import link_of, picture_of
from notifications.channels.webpush.encryption import (
    MOST_BYTES,
    authorization,
    digest_of,
    encrypted,
    from_base64,
    is_point,
)
from notifications.channels.webpush.keys import contact, private_key, public_key

if TYPE_CHECKING:
    from accounts.models import User

KEPT_SECONDS: Final = 24 * 3600
"""For how long a push service keeps a message for a browser that is off: a deal of yesterday is no news."""
_TITLE, _TEXT = 120, 400
_GONE: Final = "This browser does not take our messages any more: it withdrew its permission, or forgot it."


class WebPushConfig(ChannelConfig):
    secrets: ClassVar[frozenset[str]] = frozenset({"endpoint", "auth"})
    ours: ClassVar[frozenset[str]] = frozenset({"digest"})
    by_page: ClassVar[frozenset[str]] = frozenset({"endpoint", "p256dh", "auth", "key"})

    endpoint: WebAddress = Field(title="Endpoint", max_length=2000, description="Of the subscription of a browser.")
    p256dh: str = Field(title="Public key", max_length=100, description="`p256dh` of the subscription.")
    auth: str = Field(title="Secret", max_length=40, description="`auth` of the subscription.")
    key: str = Field("", title="Our key", max_length=100, description="The public key that it was made with.")
    digest: str = Field("", title="Digest", description="Of the endpoint, to tell subscriptions apart.")

    @field_validator("p256dh")
    @classmethod
    def _is_a_point(cls, text: str) -> str:
        if not is_point(from_base64(text)):
            raise ValueError("This is no public key of a browser.")
        return text

    @field_validator("auth")
    @classmethod
    def _is_a_secret(cls, text: str) -> str:
        if len(from_base64(text)) != 16:
            raise ValueError("This is no secret of a browser.")
        return text


class WebPushChannel(Channel):
    kind = "webpush"
    label = "This browser"
    help = "A notification of the browser that you use now, also while Deal Finder is closed."
    config = WebPushConfig
    is_short = True
    removed_when_gone = True

    @property
    def public_key(self) -> str:
        """What a browser subscribes with."""
        return public_key()

    def completed(self, config: ChannelConfig, user: User, known: ChannelConfig | None) -> ChannelConfig:
        """A browser is on a user's list once, and belongs to whoever pressed the button in it last."""
        from notifications.models import UserChannel

        assert isinstance(config, WebPushConfig)
        key = config.key or public_key()
        if private_key(key) is None:
            raise ValidationError({"config.key": ["This was made with a key of another installation. Try again."]})
        digest = digest_of(config.endpoint)
        if not (isinstance(known, WebPushConfig) and known.digest == digest):
            same = UserChannel.objects.filter(kind=self.kind, config__digest=digest)
            if same.filter(user=user, disabled_reason="").exists():
                raise ValidationError({"": ["This browser is on your list of channels already."]})
            same.filter(user=user).delete()
            reason = "Somebody else has signed in in this browser, and is told there now."
            same.update(is_enabled=False, disabled_reason=reason, disabled_at=timezone.now())
        return config.model_copy(update={"key": key, "digest": digest})

    def send(self, message: Message, config: ChannelConfig) -> str | None:
        """Hand it to the browser's push service, encrypted. `Topic` lets a repetition replace what still waits there."""
        assert isinstance(config, WebPushConfig)
        key = private_key(config.key)
        if key is None:
            raise PermanentError("The key of this installation has changed. Set the browser up again.", gone=True)
        target = target_of(config.endpoint)
        body = encrypted(content_of(message), from_base64(config.p256dh), from_base64(config.auth))
        headers = {
            "authorization": authorization(f"{target.scheme}://{target.authority}", contact(), key),
            "content-type": "application/octet-stream",
            "content-encoding": "aes128gcm",
            "ttl": str(KEPT_SECONDS),
            "urgency": "normal",
            "topic": message.id.hex,
        }
        page = post(config.endpoint, body, headers, role="push")
        if page.status in (404, 410):
            raise PermanentError(_GONE, gone=True)
        if not is_success(page):
            raise refusal(page, f"The push service {host_of(config.endpoint)}")
        return page.headers.get("location", "").rpartition("/")[2]

    def breaker_name(self, config: ChannelConfig) -> str:
        assert isinstance(config, WebPushConfig)
        return f"{self.kind}:{host_of(config.endpoint)}"


def content_of(message: Message) -> bytes:
    """What the service worker is told: JSON within the room that there is."""
    content: dict[str, Any] = {
        "id": str(message.id),
        "title": shortened(one_line(message.title), _TITLE),
        "body": shortened(one_line(message.body), _TEXT),
        "url": link_of(message),
        "image": picture_of(message),
    }
    data = _json(content)
    for name in ("image", "body", "title"):
        if len(data) > MOST_BYTES:
            content[name] = ""
            data = _json(content)
    return data


def _json(content: dict[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()

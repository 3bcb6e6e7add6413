"""Pushover (https://pushover.net/api): messages to the phones and desktops of whoever has an account there."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from pydantic import Field, field_validator

from common.egress import Page
from common.text import shortened
from notifications.channels.asking import is_success, post, refusal, wait_of
from notifications.channels.base import Channel, ChannelConfig, DeliveryError, Message, PermanentError, TransientError
from notifications.channels.showing import link_of

if TYPE_CHECKING:
    from accounts.models import User

_KEY: Final = r"^[A-Za-z0-9]{30}$"
_TITLE, _TEXT, _LINK = 250, 1024, 512
"""Characters that Pushover takes."""
_PRIORITIES: Final = {"lowest": -2, "low": -1, "normal": 0, "high": 1}


class PushoverConfig(ChannelConfig):
    secrets: ClassVar[frozenset[str]] = frozenset({"user_key", "app_token"})

    user_key: str = Field(title="User key", pattern=_KEY, description="30 letters and digits, on your Pushover page.")
    app_token: str = Field(
        "",
        title="Application token",
        pattern=r"^$|" + _KEY,
        description="30 letters and digits, of an application of your own. Empty: that of this installation.",
    )
    device: str = Field(
        "",
        title="Device",
        pattern=r"^[A-Za-z0-9_,-]{0,100}$",
        description="The name of one of your devices there. Empty: all of them.",
    )
    priority: Literal["lowest", "low", "normal", "high"] = Field(
        "normal", title="Priority", description="High breaks the quiet hours that you have set in Pushover."
    )

    @field_validator("user_key", "app_token", "device", mode="before")
    @classmethod
    def _without_spaces(cls, value: Any) -> Any:
        return value.strip() if isinstance(value, str) else value


class PushoverChannel(Channel):
    kind = "pushover"
    label = "Pushover"
    help = "A notification of the Pushover app on your phone, tablet or desktop."
    config = PushoverConfig

    @property
    def has_token(self) -> bool:
        """Whether this installation has an application there."""
        return bool(settings.PUSHOVER_TOKEN)

    def completed(self, config: ChannelConfig, user: User, known: ChannelConfig | None) -> ChannelConfig:
        assert isinstance(config, PushoverConfig)
        if not config.app_token and not settings.PUSHOVER_TOKEN:
            sentence = "This installation has no application of its own at Pushover, so yours is needed."
            raise ValidationError({"config.app_token": [sentence]})
        return config

    def send(self, message: Message, config: ChannelConfig) -> str | None:
        """Hand it over; returns the number that Pushover gives the request. It knows no idempotency key."""
        assert isinstance(config, PushoverConfig)
        form = {
            "token": config.app_token or settings.PUSHOVER_TOKEN,
            "user": config.user_key,
            "title": shortened(message.title, _TITLE),
            "message": shortened(message.body or message.title, _TEXT),
            "priority": str(_PRIORITIES[config.priority]),
            "timestamp": str(int(message.created_at.timestamp())),
        }
        if len(link := link_of(message)) <= _LINK:
            form |= {"url": link, "url_title": "Open in Deal Finder"}
        if config.device:
            form["device"] = config.device
        headers = {"content-type": "application/x-www-form-urlencoded"}
        page = post(settings.PUSHOVER_URL, urlencode(form).encode(), headers, role="pushover")
        answer = _json(page)
        if is_success(page) and answer.get("status") == 1:
            return str(answer.get("request") or "")
        raise _refused(page, answer)


def _refused(page: Page, answer: dict[str, Any]) -> DeliveryError:
    """What Pushover's answer means: it names the field that is wrong, and 429 is the application's limit for the month."""
    if page.status == 429:
        sentence = "The application at Pushover has used up its messages of this month."
        return TransientError(sentence, _until_reset(page), answered=True)
    if page.status >= 500 or is_success(page):
        return TransientError(f"Pushover has trouble of its own just now ({page.status}).", wait_of(page))
    if answer.get("user") == "invalid":
        return PermanentError("Pushover does not know the user key or device any more, or it is disabled.", gone=True)
    if answer.get("token") == "invalid":
        return PermanentError("Pushover does not know the application token.")
    return refusal(page, "Pushover")


def _until_reset(page: Page) -> timedelta | None:
    """When the application may send again: a time in seconds since 1970."""
    text = page.headers.get("x-limit-app-reset", "")
    if not text.isdigit():
        return wait_of(page)
    return max(timedelta(0), datetime.fromtimestamp(int(text[:12]), UTC) - timezone.now())


def _json(page: Page) -> dict[str, Any]:
    try:
        answer = json.loads(page.body)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}

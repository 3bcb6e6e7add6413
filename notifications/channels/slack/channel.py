"""Slack's incoming webhooks: a message of blocks with a picture and buttons, posted to one channel."""

from __future__ import annotations

import json
from typing import Any, ClassVar, Final

from django.conf import settings
from pydantic import Field, field_validator

from common.egress import Page
from common.egress.targets import target_of
from common.text import one_line, shortened
from notifications.channels.asking import WebAddress, host_of, is_success, post, refusal
from notifications.channels.base import Channel, ChannelConfig, DeliveryError, Message, PermanentError
from notifications.channels.showing import buttons_of, link_of, picture_of

_SECTION, _NOTE, _BUTTON, _ADDRESS = 3000, 2000, 75, 3000
"""Characters that Slack takes in each part."""
_GONE: Final = {
    "no_service": "The webhook was removed in Slack.",
    "no_service_id": "The webhook was removed in Slack.",
    "no_active_hooks": "The webhook was disabled in Slack.",
    "invalid_token": "The webhook was revoked in Slack.",
    "no_team": "The Slack workspace is no more.",
    "team_disabled": "The Slack workspace is no more.",
    "channel_not_found": "The Slack channel is no more.",
    "channel_is_archived": "The Slack channel was archived.",
}
"""What Slack says in its answer, and what that means for us: this address will take nothing any more."""


class SlackConfig(ChannelConfig):
    secrets: ClassVar[frozenset[str]] = frozenset({"url"})

    url: WebAddress = Field(
        title="Webhook address",
        max_length=500,
        description="The address that Slack shows for an incoming webhook, such as https://hooks.slack.com/services/T…/B…/…",
    )

    @field_validator("url")
    @classmethod
    def _of_slack(cls, url: str) -> str:
        target = target_of(url)
        if f"{target.scheme}://{target.authority}" not in settings.SLACK_ORIGINS or len(target.path) < 2:
            raise ValueError(
                "This wants an address of an incoming webhook, which begins with https://hooks.slack.com/."
            )
        return url


class SlackChannel(Channel):
    kind = "slack"
    label = "Slack"
    help = "A message in a Slack channel, with the picture and buttons."
    config = SlackConfig

    def send(self, message: Message, config: ChannelConfig) -> str | None:
        """Post it. Where Slack cannot get the picture it refuses the whole message, which then goes without."""
        assert isinstance(config, SlackConfig)
        picture = picture_of(message)
        page = _post(config.url, message, picture)
        if picture and page.status == 400 and _word(page).startswith("invalid_blocks"):
            page = _post(config.url, message, "")
        if not is_success(page):
            raise _refused(page)
        return None

    def breaker_name(self, config: ChannelConfig) -> str:
        assert isinstance(config, SlackConfig)
        return f"{self.kind}:{host_of(config.url)}"


def _post(url: str, message: Message, picture: str) -> Page:
    content = json.dumps(body_of(message, picture), ensure_ascii=False).encode()
    return post(url, content, {"content-type": "application/json; charset=utf-8"}, role="slack")


def body_of(message: Message, picture: str) -> dict[str, Any]:
    """The message as Slack wants it. Nothing in it can become a mention or a link that is not ours."""
    link = link_of(message)
    text = f"*<{link}|{_plain(one_line(message.title))}>*\n{_plain(message.body)}"
    section: dict[str, Any] = {"type": "section", "text": {"type": "mrkdwn", "text": shortened(text, _SECTION)}}
    if picture:
        section["accessory"] = {"type": "image", "image_url": picture, "alt_text": shortened(message.title, 200)}
    words = "Open in Deal Finder" if message.is_test else "See the deal" if message.data.get("deal_id") else "Open"
    buttons = [_button("open", words, link, style="primary")]
    buttons += [_button(name, label, address) for name, label, address in buttons_of(message)]
    blocks = [section]
    if message.reason_text:
        note = {"type": "mrkdwn", "text": shortened(_plain(message.reason_text), _NOTE)}
        blocks.append({"type": "context", "elements": [note]})
    blocks.append({"type": "actions", "elements": [button for button in buttons if len(button["url"]) <= _ADDRESS]})
    return {
        "text": _plain(message.short or message.title),
        "blocks": blocks,
        "unfurl_links": False,
        "unfurl_media": False,
    }


def _button(name: str, words: str, address: str, **more: str) -> dict[str, Any]:
    label = {"type": "plain_text", "text": words[:_BUTTON]}
    return {"type": "button", "action_id": name, "text": label, "url": address, **more}


def _plain(text: str) -> str:
    """A text in which Slack finds no link, mention or mark-up: the three characters that it reads are escaped."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _word(page: Page) -> str:
    return page.body[:200].decode("utf-8", "replace").strip()


def _refused(page: Page) -> DeliveryError:
    if 400 <= page.status < 500 and page.status != 429:
        word = _word(page)
        if word in _GONE or page.status == 410:
            return PermanentError(_GONE.get(word, "The webhook is no more."), gone=True)
        if word == "action_prohibited":
            return PermanentError("The Slack workspace does not let this webhook post any more.")
    return refusal(page, "Slack")

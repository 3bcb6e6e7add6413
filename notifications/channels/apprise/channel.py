"""Apprise: the services that have no channel of their own here."""

from __future__ import annotations

from typing import ClassVar
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from common.text import one_line, shortened
from notifications.channels.apprise.services import SERVICES, Service
from notifications.channels.base import Channel, ChannelConfig, Message, PermanentError
from notifications.channels.showing import link_of

_TITLE = 200


class AppriseConfig(ChannelConfig):
    secrets: ClassVar[frozenset[str]] = frozenset({"url"})

    url: str = Field(
        title="Address",
        max_length=1000,
        description="In the form of the service’s example, such as ntfys://ntfy.sh/topic.",
    )

    @field_validator("url")
    @classmethod
    def _is_of_a_service(cls, url: str) -> str:
        # Apprise is large, and wanted in few processes.
        from notifications.channels.apprise.plugins import plugin_of

        plugin_of(url.strip())
        return url.strip()


class AppriseChannel(Channel):
    kind = "apprise"
    label = "Another service"
    help = "Discord, Telegram, Microsoft Teams, ntfy, Gotify, Mattermost and others, through Apprise."
    config = AppriseConfig

    @property
    def services(self) -> tuple[Service, ...]:
        """The services that are spoken with."""
        return SERVICES

    def send(self, message: Message, config: ChannelConfig) -> str | None:
        """Hand it to the service that the address names. Most of them know no idempotency key."""
        from notifications.channels.apprise.plugins import send

        assert isinstance(config, AppriseConfig)
        body = message.body if "://" in message.body else f"{message.body}\n{link_of(message)}"
        try:
            send(config.url, shortened(one_line(message.title), _TITLE), body)
        except ValueError as error:
            raise PermanentError(str(error)) from error
        return None

    def breaker_name(self, config: ChannelConfig) -> str:
        """Of a service whose host stands in the address, that host is part of the name."""
        from notifications.channels.apprise.plugins import service_of

        assert isinstance(config, AppriseConfig)
        service = service_of(config.url)
        host = (urlsplit(config.url).hostname or "").lower() if service.is_hosted else ""
        return ":".join(part for part in (self.kind, service.schemes[0], host) if part)

"""Plugins of Apprise, made from addresses, with the door in the place of their network."""

from __future__ import annotations

import threading
import time
from importlib import import_module
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from django.conf import settings

from common.egress.wire import Resolver, system_addresses
from notifications.channels.apprise.door import CALL, DOOR, Call
from notifications.channels.apprise.services import BY_SCHEME, SETTINGS, Service
from notifications.channels.asking import is_success, refusal
from notifications.channels.base import DeliveryError, PermanentError

SECONDS: Final = 20.0
"""For one message, with all requests that its service wants."""
_LOCK: Final = threading.Lock()


def service_of(url: str) -> Service:
    """The service of an address. Raises `ValueError` with a sentence for its field."""
    try:
        parts = urlsplit(url)
        names = {name.lower() for name, _ in parse_qsl(parts.query, keep_blank_values=True, max_num_fields=20)}
    except ValueError:
        raise ValueError("This is no address. Look at the examples above.") from None
    service = BY_SCHEME.get(parts.scheme.lower())
    if service is None or "://" not in url:
        raise ValueError("Such services are not spoken with. Look at the examples above.")
    if unknown := sorted(names - SETTINGS):
        raise ValueError(f"The setting “{unknown[0][:30]}” is not taken here. Leave it out.")
    return service


def plugin_of(url: str) -> Any:
    """The plugin that sends to an address. Raises `ValueError` with a sentence where the address is not one of its service."""
    service = service_of(url)
    plugin: Any = getattr(_module_of(service), service.plugin)
    try:
        stated = plugin.parse_url(url)
        # `retry`, `wait` and the like would make it wait by itself, and files of this machine are nobody's to send.
        made = plugin(**stated, asset=_asset()) if stated else None
    except (TypeError, ValueError, KeyError):
        made = None
    if made is None:
        raise ValueError(f"This is no whole address for {service.label}. It wants one like {service.example}.")
    made.request_rate_per_sec = 0
    return made


def send(url: str, title: str, body: str, resolve: Resolver = system_addresses) -> None:
    """Send a text to an address. Raises `PermanentError` or `TransientError`, by what its service answered last."""
    from apprise import conversion
    from apprise.common import NotifyFormat, NotifyType

    written: Any = conversion.convert_between  # which has no types
    plugin, label = plugin_of(url), service_of(url).label
    call = Call(time.monotonic() + SECONDS, resolve)
    token = CALL.set(call)
    try:
        wanted = plugin.resolve_format(NotifyFormat.TEXT)
        # A title that a service does not know becomes a part of its text, and so is written as that is.
        title = written(NotifyFormat.TEXT, wanted, content=title) if plugin.title_maxlen <= 0 else title
        body = written(NotifyFormat.TEXT, wanted, content=body)
        taken = plugin.notify(body=body, title=title, notify_type=NotifyType.INFO, body_format=wanted)
    finally:
        CALL.reset(token)
    if not taken:
        raise _error(call, label)


def _error(call: Call, label: str) -> DeliveryError:
    if call.error is not None:
        return call.error
    if call.page is None:
        return PermanentError(f"Nothing could be sent to {label}. Look at the address again.")
    if is_success(call.page):
        return PermanentError(f"{label} answered, but did not take it. Look at the address again.")
    return refusal(call.page, label)


def _module_of(service: Service) -> Any:
    with _LOCK:
        module: Any = import_module(f"apprise.plugins.{service.module}")
        module.requests = DOOR
    return module


def _asset() -> Any:
    from apprise import AppriseAsset, PersistentStoreMode

    return AppriseAsset(
        app_id="Deal Finder",
        app_desc="Deal Finder",
        app_url=settings.PUBLIC_URL,
        image_url_mask="",
        image_url_logo="",
        async_mode=False,
        http_redirects=False,
        storage_mode=PersistentStoreMode.MEMORY,
        allow_templates=False,
    )

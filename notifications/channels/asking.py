"""Asking a service over HTTP, once, through the one door out; and what its answer means for the message."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Final

from pydantic import AfterValidator

from common.egress import EgressError, ForbiddenAddressError, Page, Role, check_address, fetch, seconds_to_wait
from common.egress.addresses import is_allowed
from common.egress.targets import Target, target_of
from notifications.channels.base import DeliveryError, PermanentError, TransientError

SECONDS: Final = 15.0
"""For the whole of one request: what the Standard Webhooks specification gives a receiver at least."""
_MOST_BYTES: Final = 64_000


def web_target(url: str) -> Target:
    """The parts of an address that a user has stated: https, or http on a network of the operator's own (`EGRESS_ALLOW_CIDRS`).

    Raises `ValueError` with a sentence for its field, for a private address too; names are looked at again when they are asked.
    """
    try:
        target = target_of(url)
        if target.literal is not None:
            check_address(target.literal, target.host)
    except EgressError as error:
        raise ValueError(str(error)) from error
    if target.scheme != "https" and not (target.literal is not None and is_allowed(target.literal)):
        raise ValueError("This wants an address that begins with https://.")
    return target


def _web_address(url: str) -> str:
    web_target(url)
    return url.strip()


WebAddress = Annotated[str, AfterValidator(_web_address)]
"""An address that a user has stated, as a field of a configuration."""


def host_of(url: str) -> str:
    """The host of a checked address, with its port where that is not the usual one."""
    return target_of(url).authority


def post(url: str, content: bytes, headers: Mapping[str, str], *, role: Role) -> Page:
    """Send something, following no redirect, and return the answer, whatever its status.

    Raises `PermanentError` for an address that is not asked, and `TransientError` where there is no usable answer.
    """
    try:
        return fetch(
            url,
            headers=headers,
            max_bytes=_MOST_BYTES,
            max_seconds=SECONDS,
            role=role,
            method="POST",
            content=content,
            max_redirects=0,
            any_status=True,
        )
    except ForbiddenAddressError as error:
        raise PermanentError(str(error)) from error
    except EgressError as error:
        # Whoever redirects, or says too much, works; it only does not do what it should.
        raise TransientError(str(error), answered=error.outcome in ("redirects", "too_large")) from error


def is_success(page: Page) -> bool:
    """Whether the service took it."""
    return 200 <= page.status < 300


def refusal(page: Page, who: str) -> DeliveryError:
    """The error for an answer that is no success, by its status alone: 429 and 5xx are for now, the rest is for good."""
    if page.status == 429:
        return TransientError(f"{who} wants fewer messages just now (429).", wait_of(page), answered=True)
    if page.status == 408 or page.status >= 500:
        return TransientError(f"{who} has trouble of its own just now ({page.status}).", wait_of(page))
    return PermanentError(f"{who} did not take it ({page.status}).")


def wait_of(page: Page) -> timedelta | None:
    """How long the service asks to be left alone, where it says so."""
    seconds = seconds_to_wait(page.headers.get("retry-after", ""))
    return None if seconds is None else timedelta(seconds=seconds)

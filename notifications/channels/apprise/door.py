"""The one way out, in the place of the library `requests` in the modules of Apprise's plugins.

Apprise has no way to be given another client. But each plugin calls functions of the module that it knows as `requests`, so that name
is made to stand for the door here. It has what the plugins use and nothing else: what is not here fails and does not go past.
"""

from __future__ import annotations

import time
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final

import requests
from requests.structures import CaseInsensitiveDict

from common.egress import EgressError, ForbiddenAddressError, Page, fetch
from common.egress.wire import Resolver
from notifications.channels.asking import web_target
from notifications.channels.base import DeliveryError, PermanentError, TransientError

MOST_REQUESTS: Final = 6
"""For one message: some services want a sign-in before and a sign-out after it."""
_MOST_BYTES: Final = 256_000
_OURS: Final = frozenset({"host", "content-length", "connection", "transfer-encoding", "accept-encoding"})


@dataclass(slots=True)
class Call:
    """One message on its way: until when (monotonic clock), what was answered last, and why something was not asked."""

    until: float
    resolve: Resolver
    requests: int = 0
    page: Page | None = None
    error: DeliveryError | None = None


CALL: Final[ContextVar[Call]] = ContextVar("apprise call")


class Door:
    """What a plugin finds under the name `requests`."""

    codes = requests.codes
    exceptions = requests.exceptions
    RequestException = requests.RequestException

    def get(self, url: str, **stated: Any) -> requests.Response:
        return self.request("GET", url, **stated)

    def post(self, url: str, data: Any = None, json: Any = None, **stated: Any) -> requests.Response:
        return self.request("POST", url, data=data, json=json, **stated)

    def put(self, url: str, data: Any = None, **stated: Any) -> requests.Response:
        return self.request("PUT", url, data=data, **stated)

    def delete(self, url: str, **stated: Any) -> requests.Response:
        return self.request("DELETE", url, **stated)

    def request(
        self,
        method: str,
        url: str,
        *,
        params: Any = None,
        data: Any = None,
        json: Any = None,
        headers: Any = None,
        files: Any = None,
        auth: Any = None,
        timeout: Any = None,
        verify: Any = None,
        allow_redirects: Any = None,
    ) -> requests.Response:
        """Ask, and answer as `requests` does. Certificates are always checked, redirects never followed, and the time is ours."""
        asked = requests.Request(
            method, url, params=params, data=data, json=json, files=files, headers=headers, auth=auth
        ).prepare()
        call = CALL.get()
        call.requests += 1
        try:
            page = _ask(asked, call)
        except DeliveryError as error:
            call.error, call.page = error, None
            raise requests.ConnectionError("It was not asked, or did not answer.") from error
        call.error, call.page = None, page
        return _response(page, asked)


DOOR: Final = Door()


def _ask(asked: requests.PreparedRequest, call: Call) -> Page:
    left = call.until - time.monotonic()
    if call.requests > MOST_REQUESTS or left <= 0:
        raise TransientError("The service wanted more requests or time than one message has.")
    body = asked.body or b""
    try:
        web_target(str(asked.url))
        return fetch(
            str(asked.url),
            headers=_headers(asked),
            max_bytes=_MOST_BYTES,
            max_seconds=left,
            role="apprise",
            method=str(asked.method),
            content=body if isinstance(body, bytes) else str(body).encode(),
            max_redirects=0,
            any_status=True,
            resolve=call.resolve,
        )
    except (ForbiddenAddressError, ValueError) as error:
        raise PermanentError(str(error)) from error
    except EgressError as error:
        raise TransientError(str(error), answered=error.outcome in ("redirects", "too_large")) from error


def _headers(asked: requests.PreparedRequest) -> dict[str, str]:
    named = (
        (name, value.decode("latin-1") if isinstance(value, bytes) else str(value))
        for name, value in asked.headers.items()
    )
    return {name: value for name, value in named if name.lower() not in _OURS}


def _response(page: Page, asked: requests.PreparedRequest) -> requests.Response:
    response = requests.Response()
    response.status_code, response.url, response.request = page.status, page.url, asked
    response.headers = CaseInsensitiveDict(page.headers)
    response.encoding = "utf-8"
    response._content = page.body
    return response

"""The token of an application at eBay: fetched with the client credentials, kept while it is good.

https://developer.ebay.com/api-docs/static/oauth-client-credentials-grant.html
"""

from __future__ import annotations

import base64
import hashlib
import json
from http import HTTPStatus
from urllib.parse import urlencode

from django.core.cache import cache

from agents.scanning.sources.base import UnreadableSource
from agents.scanning.sources.ebay.config import EbayConfig
from common.egress import EgressError, fetch
from common.sealing import Unopenable, seal, unseal

_PATH = "/identity/v1/oauth2/token"
_SCOPE = "https://api.ebay.com/oauth/api_scope"
_MARGIN = 120
_LARGEST = 100_000
_SECONDS = 20.0


def application_token(config: EbayConfig, *, renew: bool = False) -> str:
    """The token to ask the Browse API with; a new one where `renew` says that the kept one was refused.

    Raises `EgressError` where eBay cannot be reached, `UnreadableSource` where it refuses the credentials.
    """
    key = _key(config)
    if not renew and isinstance(kept := cache.get(key), str):
        try:
            return unseal(kept)
        except Unopenable:  # sealed with another key: a new one is fetched below
            pass
    token, seconds = _new_token(config)
    cache.set(key, seal(token), timeout=max(30, seconds - _MARGIN))
    return token


def _new_token(config: EbayConfig) -> tuple[str, int]:
    pair = f"{config.client_id}:{config.client_secret.get_secret_value()}".encode()
    try:
        page = fetch(
            config.host + _PATH,
            method="POST",
            headers={
                "Authorization": f"Basic {base64.b64encode(pair).decode('ascii')}",
                "Content-Type": "application/x-www-form-urlencoded",
                "Accept": "application/json",
            },
            content=urlencode({"grant_type": "client_credentials", "scope": _SCOPE}).encode("ascii"),
            max_bytes=_LARGEST,
            max_seconds=_SECONDS,
            role="scan",
        )
    except EgressError as error:
        if error.status in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            raise UnreadableSource(
                "eBay refuses the client ID or the client secret. Check both, and whether they belong to this environment."
            ) from error
        raise
    try:
        answer = json.loads(page.body)
        return str(answer["access_token"]), int(answer.get("expires_in", 0))
    except (ValueError, KeyError, TypeError) as error:
        raise UnreadableSource("eBay's answer to the client credentials holds no token.") from error


def _key(config: EbayConfig) -> str:
    who = f"{config.host}\n{config.client_id}\n{config.client_secret.get_secret_value()}"
    return f"ebay-token:{hashlib.sha256(who.encode()).hexdigest()[:32]}"

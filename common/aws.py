"""Clients of Amazon's services: with time limits, without tries of their own, and failures as plain sentences.

Keys come from boto3's own chain (environment, profile, role of the machine) and are never read or logged here.
"""

from __future__ import annotations

import logging
import threading
from functools import lru_cache
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ReadTimeoutError,
)
from django.conf import settings

from common.services import ServiceFailure, too_slow

_LOCK: Final = threading.Lock()
_CONNECT_SECONDS: Final = 3.0
_THROTTLED: Final = frozenset(
    {"ThrottlingException", "Throttling", "TooManyRequestsException", "RequestLimitExceeded", "SlowDown"}
)
_REFUSED: Final = frozenset(
    {
        "AccessDeniedException",
        "AccessDenied",
        "UnrecognizedClientException",
        "InvalidSignatureException",
        "InvalidClientTokenId",
        "SignatureDoesNotMatch",
        "InvalidAccessKeyId",
        "ExpiredTokenException",
        "ExpiredToken",
        "MissingAuthenticationTokenException",
    }
)
_UNKNOWN: Final = frozenset({"ResourceNotFoundException", "NoSuchBucket"})
_NOT_READY: Final = frozenset({"ModelNotReadyException", "ModelTimeoutException", "InternalDependencyException"})
logger = logging.getLogger(__name__)


def client(service: str, *, url: str = "", seconds: float = 10.0, connections: int = 10) -> Any:
    """The client of a service, made once for a process and safe for its threads. `seconds` bounds each wait for bytes.

    It tries once: further tries are `common.services.call`'s, which knows the time limit. Raises `ServiceFailure`.
    """
    try:
        with _LOCK:  # boto3 builds clients from shared state
            return _client(service, settings.AWS_REGION, url, seconds, connections)
    except NoRegionError:
        raise ServiceFailure("AWS_REGION is not set, so AWS is not asked.") from None
    except (BotoCoreError, ValueError) as error:
        raise ServiceFailure(f"AWS cannot be asked ({type(error).__name__}): check its settings.") from error


@lru_cache(maxsize=16)
def _client(service: str, region: str, url: str, seconds: float, connections: int) -> Any:
    config = Config(
        connect_timeout=min(_CONNECT_SECONDS, seconds),
        read_timeout=seconds,
        retries={"mode": "standard", "total_max_attempts": 1},
        max_pool_connections=connections,
        user_agent_extra="deal-finder",
    )
    session: Any = boto3.session.Session()
    return session.client(service, region_name=region or None, endpoint_url=url or None, config=config)


def failure_of(service: str, error: Exception) -> ServiceFailure:
    """What went wrong in a call, for a person. AWS's own words stay in the log: they name accounts and roles."""
    if isinstance(error, ClientError):
        return _refusal(service, error)
    if isinstance(error, (ReadTimeoutError, ConnectTimeoutError)):
        return too_slow(service)
    if isinstance(error, (NoCredentialsError, PartialCredentialsError)):
        return ServiceFailure(f"{service} cannot be asked, because this installation has no AWS keys.")
    logger.warning("%s: the answer could not be read (%s)", service, type(error).__name__)
    return ServiceFailure(f"{service} broke off or sent something that cannot be read.", transient=True)


def _refusal(service: str, error: ClientError) -> ServiceFailure:
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) or 0)
    logger.warning("%s answered %d %s", service, status, code[:60])
    if code in _THROTTLED or status == 429:
        return ServiceFailure(f"{service} is asked too often just now.", transient=True)
    if code in _REFUSED or status in (401, 403):
        return ServiceFailure(f"{service} refuses the AWS keys of this installation, or they may not do this.")
    if code in _UNKNOWN or status == 404:
        return ServiceFailure(f"{service} does not know the model or endpoint that is set.")
    if status >= 500 or code in _NOT_READY:
        return ServiceFailure(f"{service} has trouble of its own just now ({status}).", transient=True)
    return ServiceFailure(f"{service} does not accept the question ({code[:60] or status}).")

"""Amazon SNS, for text messages and for push to phones: one call, and what its refusals mean."""

from __future__ import annotations

from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError
from django.conf import settings

from common.aws import client, failure_of
from common.services import ServiceFailure
from notifications.channels.base import DeliveryError, PermanentError, TransientError

_SECONDS: Final = 10.0
_CONNECTIONS: Final = 32
_WRONG: Final = frozenset({"InvalidParameter", "InvalidParameterValue", "ValidationError", "ParameterValueInvalid"})


def missing() -> str:
    """What an operator has to set before SNS can be asked, in a sentence; "" where it can."""
    return "" if settings.AWS_REGION or settings.SNS_URL else "AWS_REGION is not set."


def call(operation: str, what: str, **arguments: Any) -> dict[str, Any]:
    """Ask SNS once. `what` is the target in words. Raises `PermanentError` where the target is at fault, and `TransientError`
    for everything that users can do nothing about."""
    try:
        sns = client("sns", url=settings.SNS_URL, seconds=_SECONDS, connections=_CONNECTIONS)
        answer: dict[str, Any] = getattr(sns, operation)(**arguments)
    except ServiceFailure as failure:
        raise TransientError(str(failure)) from failure
    except (ClientError, BotoCoreError, ResponseParserError) as error:
        raise _error(error, what) from error
    return answer


def _error(error: Exception, what: str) -> DeliveryError:
    code = str(error.response.get("Error", {}).get("Code", "")) if isinstance(error, ClientError) else ""
    if code in ("EndpointDisabled", "NotFound"):
        return PermanentError(f"{what} is no more: its app was removed, or it forbids notifications.", gone=True)
    if code in _WRONG:
        return PermanentError(f"Amazon SNS does not send to {what.lower()}: it takes no messages, or has opted out.")
    return TransientError(str(failure_of("Amazon SNS", error)))

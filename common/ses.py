"""Mail through Amazon SES (API version 2, `SendEmail` with the whole mail as it is written): the backend of `EMAIL_URL=ses://`."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from urllib3.exceptions import HTTPError

from common.aws import client, failure_of
from common.services import ServiceFailure

_SERVICE: Final = "Amazon SES"
_SECONDS: Final = 10.0
_OF_THE_MAIL: Final = frozenset({"MessageRejected", "BadRequestException"})
_OF_THE_ACCOUNT: Final = {
    "AccountSuspendedException": "has closed this installation's account",
    "SendingPausedException": "does not send for this installation just now",
    "MailFromDomainNotVerifiedException": "does not know the domain of DEFAULT_FROM_EMAIL as ours",
    "NotFoundException": "does not know the configuration set of SES_CONFIGURATION_SET",
    "LimitExceededException": "has sent as much as this installation may send in a day",
}
_WAIT: Final = {"LimitExceededException": 3600.0}
logger = logging.getLogger(__name__)


class MailRefused(Exception):
    """A mail that SES did not take, and why, in a sentence. `is_permanent`: this mail will never be taken; else it may be later,
    after `wait` seconds where that is known."""

    def __init__(self, sentence: str, *, is_permanent: bool = False, wait: float = 0.0) -> None:
        super().__init__(sentence)
        self.is_permanent = is_permanent
        self.wait = wait


class SESBackend(BaseEmailBackend):
    """Hands each mail over as raw MIME. What SES calls it is the mail's attribute `receipt` afterwards."""

    def __init__(self, fail_silently: bool = False, **_: Any) -> None:
        super().__init__(fail_silently=fail_silently)

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Send them one by one; returns how many were taken. Raises `MailRefused` at the first that is not, unless silently."""
        sent = 0
        for mail in email_messages:
            try:
                self._send(mail)
            except MailRefused:
                if not self.fail_silently:
                    raise
            else:
                sent += 1
        return sent

    def _send(self, mail: EmailMessage) -> None:
        if not mail.recipients():
            return
        request: dict[str, Any] = {
            "FromEmailAddress": mail.from_email,
            "Destination": {"ToAddresses": mail.to, "CcAddresses": mail.cc, "BccAddresses": mail.bcc},
            "Content": {"Raw": {"Data": mail.message().as_bytes(linesep="\r\n")}},  # type: ignore[call-arg]
        }
        if settings.SES_CONFIGURATION_SET:
            request["ConfigurationSetName"] = settings.SES_CONFIGURATION_SET
        try:
            answer = client("sesv2", url=settings.SES_URL, seconds=_SECONDS).send_email(**request)
        except (ClientError, BotoCoreError, HTTPError, OSError) as error:
            raise _refusal(error) from error
        except ServiceFailure as failure:
            raise MailRefused(str(failure)) from failure
        mail.receipt = str(answer.get("MessageId", ""))  # type: ignore[attr-defined]


def _refusal(error: Exception) -> MailRefused:
    """SES's own words stay in the log: they name addresses and accounts."""
    if isinstance(error, ClientError):
        code = str(error.response.get("Error", {}).get("Code", ""))
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if code in _OF_THE_MAIL:
            logger.warning("%s refused a mail: %s %s", _SERVICE, status, code)
            return MailRefused(f"{_SERVICE} refuses this mail or its address ({code}).", is_permanent=True)
        if code in _OF_THE_ACCOUNT:
            logger.warning("%s answered %s %s", _SERVICE, status, code)
            return MailRefused(
                f"{_SERVICE} {_OF_THE_ACCOUNT[code]}; an operator must look at it.", wait=_WAIT.get(code, 0.0)
            )
    failure = failure_of(_SERVICE, error)
    return MailRefused(str(failure), wait=failure.wait)

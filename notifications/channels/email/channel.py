"""E-mail over SMTP, or to the console and a file where no server is configured: HTML with a plain-text twin."""

from __future__ import annotations

import smtplib
from typing import Any
from urllib.parse import urlsplit

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives, get_connection
from django.template.loader import render_to_string
from pydantic import Field

from accounts.models import User
from common.text import one_line
from notifications.channels.base import Channel, ChannelConfig, Message, PermanentError, TransientError
from notifications.channels.email.worth_bar import WorthBar

SETTINGS_PATH = "/settings/"
_ABOUT_DEALS = ("match", "tracking")
_KINDS = (*_ABOUT_DEALS, "alarm", "following")
_PLAIN = ("channel", "test")
WAIT_SECONDS = 5
"""For each of the five or six answers of a mail server that one mail waits for."""


class EmailConfig(ChannelConfig):
    """An address of the account's."""

    address: str = Field(
        "", title="Address", max_length=254, description="One that you have confirmed. Empty: that of your account."
    )


class EmailChannel(Channel):
    kind = "email"
    label = "E-mail"
    help = "A mail for each alert, with its evidence, or a digest of them."
    config = EmailConfig
    addable = False

    def completed(self, config: ChannelConfig, user: User, known: ChannelConfig | None) -> ChannelConfig:
        """Mail goes to an address of which the account has shown that it is theirs, and to no other."""
        assert isinstance(config, EmailConfig)
        address = config.address.strip().lower()
        if address in ("", user.email):
            return EmailConfig(address="")
        if not EmailAddress.objects.filter(user=user, email__iexact=address, verified=True).exists():
            sentence = "Add this address under E-mail addresses and confirm it first."
            raise ValidationError({"config.address": [sentence]})
        return EmailConfig(address=address)

    def send(self, message: Message, config: ChannelConfig) -> None:
        """Hand one mail to the mail server. Its Message-ID is made of the delivery's id, so that a repetition can be seen."""
        assert isinstance(config, EmailConfig)
        mail = _mail(message, config.address or message.address)
        try:
            mail.send()
        except smtplib.SMTPRecipientsRefused as error:
            code, reply = next(iter(error.recipients.values()), (550, b""))
            raise _error(code, reply) from error
        except smtplib.SMTPAuthenticationError as error:
            raise TransientError("The mail server refused our sign-in; an operator must check EMAIL_URL.") from error
        except smtplib.SMTPResponseException as error:
            raise _error(error.smtp_code, error.smtp_error) from error
        except (smtplib.SMTPException, OSError) as error:
            raise TransientError(
                f"The mail server could not be reached or broke off ({type(error).__name__})."
            ) from error


def _error(code: int, reply: bytes | str) -> PermanentError | TransientError:
    said = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    sentence = f"The mail server did not take it: {code} {one_line(said)[:200]}".rstrip()
    # 421 is the server that closes down; other temporary refusals are of this mail or its recipient.
    return PermanentError(sentence) if 500 <= code < 600 else TransientError(sentence, answered=code != 421)


def _mail(message: Message, address: str) -> EmailMultiAlternatives:
    kind = message.data.get("kind")
    kind = "plain" if kind in _PLAIN else kind if kind in _KINDS else "match"
    context = _context(message) if kind in _ABOUT_DEALS else _frame(message)
    mail = EmailMultiAlternatives(
        subject=one_line(message.title),
        body=render_to_string(f"notifications/email/{kind}.txt", context),
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[address],
        connection=get_connection(timeout=WAIT_SECONDS),
        headers={
            "Message-ID": f"<{message.id}@{urlsplit(settings.PUBLIC_URL).hostname}>",
            "List-Unsubscribe": f"<{context['settings_url']}>",
            "Auto-Submitted": "auto-generated",
        },
    )
    mail.attach_alternative(render_to_string(f"notifications/email/{kind}.html", context), "text/html")
    return mail


def _context(message: Message) -> dict[str, Any]:
    data = message.data
    return {
        **_frame(message),
        "data": data,
        "bar": WorthBar.of(data),
        "deal_url": settings.PUBLIC_URL + data["url"],
        "goal_url": settings.PUBLIC_URL + data.get("goal_url", ""),
    }


def _frame(message: Message) -> dict[str, Any]:
    """What every mail shows, whatever it is about."""
    return {
        "message": message,
        "url": settings.PUBLIC_URL + message.data["url"],
        "settings_url": settings.PUBLIC_URL + SETTINGS_PATH,
        "public_url": settings.PUBLIC_URL,
    }

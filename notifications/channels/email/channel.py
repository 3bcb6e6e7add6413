"""E-mail over SMTP or Amazon SES, or to the console and a file where neither is configured: HTML with a plain-text twin."""

from __future__ import annotations

import smtplib
from datetime import timedelta

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from pydantic import Field

from accounts.models import User
from common.ses import MailRefused
from common.text import one_line
from notifications.channels.base import Channel, ChannelConfig, Message, PermanentError, TransientError
from notifications.channels.email.mails import mail_of
from notifications.models import UserChannel


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
        if not _is_confirmed(user, address):
            sentence = "Add this address under E-mail addresses and confirm it first."
            raise ValidationError({"config.address": [sentence]})
        return EmailConfig(address=address)

    def obstacle(self, channel: UserChannel) -> str:
        """An address that the account has given up since gets nothing any more."""
        address = str(channel.config.get("address") or "")
        if not address or address == channel.user.email or _is_confirmed(channel.user, address):
            return ""
        return f"{address} is no confirmed address of your account any more. Choose another under Channels."

    def send(self, message: Message, config: ChannelConfig) -> str | None:
        """Hand one mail to the mail server. Its Message-ID is made of the delivery's id, so that a repetition can be seen."""
        assert isinstance(config, EmailConfig)
        mail = mail_of(message, config.address or message.address)
        try:
            mail.send()
        except MailRefused as error:
            raise _refused(error) from error
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
        receipt: str | None = getattr(mail, "receipt", None)
        return receipt


def _is_confirmed(user: User, address: str) -> bool:
    confirmed: bool = EmailAddress.objects.filter(user=user, email__iexact=address, verified=True).exists()
    return confirmed


def _refused(error: MailRefused) -> PermanentError | TransientError:
    if error.is_permanent:
        return PermanentError(str(error))
    return TransientError(str(error), timedelta(seconds=error.wait) if error.wait else None)


def _error(code: int, reply: bytes | str) -> PermanentError | TransientError:
    said = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    sentence = f"The mail server did not take it: {code} {one_line(said)[:200]}".rstrip()
    # 421 is the server that closes down; other temporary refusals are of this mail or its recipient.
    return PermanentError(sentence) if 500 <= code < 600 else TransientError(sentence, answered=code != 421)

"""Text messages through Amazon SNS. They cost money, so an operator says how many a user may have in a month."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from pydantic import Field, field_validator

from common.limits import count
from notifications.channels import sns
from notifications.channels.base import STEP, Channel, ChannelConfig, DeliveryError, Message, PermanentError
from notifications.channels.showing import link_of
from notifications.channels.sms.codes import NoCode, is_code, new_code

if TYPE_CHECKING:
    from accounts.models import User
    from notifications.models import UserChannel

MOST_TESTS: Final = 3
"""For each user in a day."""
_PLAIN: Final = str.maketrans({
    "“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "·": "-", "…": "...", "−": "-", "×": "x",
    "\u00a0": " ", "\u202f": " ", "\u2009": " ", "→": ">", "≈": "~", "•": "-",
})  # fmt: skip
"""One character outside the alphabet of GSM makes a message of 160 characters one of 70: typography is not worth that."""


class SmsConfig(ChannelConfig):
    ours: ClassVar[frozenset[str]] = frozenset({"confirmed"})

    number: str = Field(
        title="Mobile number", max_length=40, description="With + and the country, such as +1 415 555 2671."
    )
    code: str = Field(
        "",
        title="Code",
        max_length=12,
        description="Empty at first: a code of six digits goes to the number, to show that it is yours.",
    )
    confirmed: str = Field("", title="Confirmed number", description="The one for which a code was given.")

    @field_validator("number")
    @classmethod
    def _is_a_number(cls, text: str) -> str:
        # The plans of all countries are large, and wanted in few processes.
        from notifications.channels.sms.numbers import checked_number

        return checked_number(text.strip())


class SmsChannel(Channel):
    kind = "sms"
    label = "Text message"
    help = "An SMS to your mobile phone: short, and only so many in a month."
    config = SmsConfig
    is_short = True

    @property
    def monthly_cap(self) -> int:
        """How many a user may have in a month."""
        return int(settings.SMS_MONTHLY_CAP)

    def missing(self) -> str:
        if not settings.SMS_MONTHLY_CAP:
            return "Text messages cost money, and SMS_MONTHLY_CAP allows none."
        return sns.missing()

    def completed(self, config: ChannelConfig, user: User, known: ChannelConfig | None) -> ChannelConfig:
        """A number counts once a code that was sent to it has come back."""
        assert isinstance(config, SmsConfig)
        confirmed = known.confirmed if isinstance(known, SmsConfig) else ""
        who = str(user.pk)
        try:
            if confirmed != config.number and config.code and not is_code(who, config.number, config.code.strip()):
                raise ValidationError({"config.code": ["This is not the code, or it is older than ten minutes."]})
            if confirmed != config.number and not config.code:
                _publish(config.number, f"{new_code(who, config.number)} is your code for Deal Finder.")
                sentence = f"We have sent a code to {config.number}. Enter it here within ten minutes."
                raise ValidationError({"config.code": ValidationError(sentence, code=STEP)})
        except (NoCode, DeliveryError) as error:
            raise ValidationError({"config.number": [str(error)]}) from error
        return config.model_copy(update={"confirmed": config.number, "code": ""})

    def obstacle(self, channel: UserChannel) -> str:
        """What is on its way counts too, so that many workers do not send more than is allowed."""
        from notifications.models import Delivery, DeliveryState

        now = timezone.now()
        mine = Delivery.objects.filter(channel=self.kind, notification__user=channel.user_id)
        sent = mine.filter(state=DeliveryState.SENT, sent_at__gte=_beginning_of_month(now)).count()
        flying = mine.filter(state=DeliveryState.PENDING, leased_until__gt=now).count()
        if sent + max(flying, 1) <= self.monthly_cap:
            return ""
        return f"Not sent: you may have {self.monthly_cap} text messages in a month, and this month’s are used up."

    def send(self, message: Message, config: ChannelConfig) -> str | None:
        """Hand it to SNS, which knows no idempotency key for text messages; returns its number."""
        assert isinstance(config, SmsConfig)
        if message.is_test:
            standing = count("sms-tests", str(message.user_id), MOST_TESTS, 86_400)
            if standing is None or standing.used > standing.limit:
                raise PermanentError(f"You may send {MOST_TESTS} tests in a day over this channel.")
        return _publish(config.number, text_of(message))


def text_of(message: Message) -> str:
    """The short text with its link, in characters that every phone has."""
    text = message.short or message.title
    return (text if "://" in text else f"{text} {link_of(message)}").translate(_PLAIN)


def _publish(number: str, text: str) -> str:
    attributes: dict[str, Any] = {"AWS.SNS.SMS.SMSType": _text("Transactional")}
    if settings.SMS_SENDER_ID:
        attributes["AWS.SNS.SMS.SenderID"] = _text(settings.SMS_SENDER_ID)
    answer = sns.call("publish", "This number", PhoneNumber=number, Message=text, MessageAttributes=attributes)
    return str(answer.get("MessageId") or "")


def _text(value: str) -> dict[str, str]:
    return {"DataType": "String", "StringValue": value}


def _beginning_of_month(now: datetime) -> datetime:
    return now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)

"""Push to the phone apps, through Amazon SNS: it keeps an endpoint for each phone and speaks with Apple's and Google's services."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from pydantic import Field

from common.text import one_line, shortened
from notifications.channels import sns
from notifications.channels.base import Channel, ChannelConfig, DeliveryError, Message
from notifications.channels.showing import link_of, picture_of

if TYPE_CHECKING:
    from accounts.models import User

KEPT_SECONDS: Final = 24 * 3600
_TITLE, _TEXT = 120, 500
_PHONE: Final = "This phone"


class MobilePushConfig(ChannelConfig):
    secrets: ClassVar[frozenset[str]] = frozenset({"token"})
    ours: ClassVar[frozenset[str]] = frozenset({"endpoint"})

    platform: Literal["apple", "android"] = Field(
        "apple", title="Phone", description="Whose push service the app on it uses."
    )
    token: str = Field(
        title="Device token",
        max_length=4096,
        pattern=r"^[A-Za-z0-9_:\-=+/.]{16,}$",
        description="What the app shows under Settings, Notifications. It sends the token here by itself where it can.",
    )
    endpoint: str = Field("", title="Endpoint", description="What Amazon SNS calls this phone.")


class MobilePushChannel(Channel):
    kind = "mobile_push"
    label = "Phone app"
    help = "A notification of the Deal Finder app on your phone."
    config = MobilePushConfig
    is_short = True

    def missing(self) -> str:
        if not (settings.SNS_APPLE_APPLICATION or settings.SNS_GOOGLE_APPLICATION):
            return "SNS_APPLE_APPLICATION and SNS_GOOGLE_APPLICATION are not set."
        return sns.missing()

    def completed(self, config: ChannelConfig, user: User, known: ChannelConfig | None) -> ChannelConfig:
        """Get the phone's endpoint from SNS, enabled. A phone belongs to whoever has registered it last."""
        from notifications.models import UserChannel

        assert isinstance(config, MobilePushConfig)
        application = _application(config.platform)
        if not application:
            raise ValidationError({"config.platform": ["This installation has no app for such phones."]})
        try:
            made = sns.call("create_platform_endpoint", _PHONE, PlatformApplicationArn=application, Token=config.token)
            endpoint = str(made.get("EndpointArn") or "")
            # SNS has disabled it where the app was removed before, and keeps the token of that time.
            attributes = {"Token": config.token, "Enabled": "true"}
            sns.call("set_endpoint_attributes", _PHONE, EndpointArn=endpoint, Attributes=attributes)
        except DeliveryError as error:
            raise ValidationError({"config.token": [str(error)]}) from error
        if not (isinstance(known, MobilePushConfig) and known.endpoint == endpoint):
            same = UserChannel.objects.filter(kind=self.kind, config__endpoint=endpoint)
            if same.filter(user=user, disabled_reason="").exists():
                raise ValidationError({"config.token": ["This phone is on your list of channels already."]})
            same.filter(user=user).delete()
            reason = "Somebody else has signed in on this phone, and is told there now."
            same.update(is_enabled=False, disabled_reason=reason, disabled_at=timezone.now())
        return config.model_copy(update={"endpoint": endpoint})

    def send(self, message: Message, config: ChannelConfig) -> str | None:
        """Publish it to the phone's endpoint; a repetition takes the place of what is shown, by the message's id."""
        assert isinstance(config, MobilePushConfig)
        answer = sns.call(
            "publish",
            _PHONE,
            TargetArn=config.endpoint,
            MessageStructure="json",
            Message=json.dumps(payloads_of(message, config.endpoint), ensure_ascii=False),
            MessageAttributes=_attributes(_service(config.endpoint)),
        )
        return str(answer.get("MessageId") or "")


def payloads_of(message: Message, endpoint: str) -> dict[str, str]:
    """What each service is told, each as JSON within JSON, as SNS wants it; `default` is for what is none of them."""
    title, text = shortened(one_line(message.title), _TITLE), shortened(one_line(message.body), _TEXT)
    own = {"id": str(message.id), "url": link_of(message), "deal_id": str(message.data.get("deal_id") or "")}
    service = _service(endpoint)
    if service == "GCM":
        shown = {"title": title, "body": text} | ({"image": picture} if (picture := picture_of(message)) else {})
        android = {"ttl": f"{KEPT_SECONDS}s", "notification": {"tag": str(message.id)}}
        content: dict[str, Any] = {
            "fcmV1Message": {"message": {"notification": shown, "data": own, "android": android}}
        }
    else:
        content = {"aps": {"alert": {"title": title, "body": text}, "sound": "default"}, **own}
    return {"default": message.short or title, service: json.dumps(content, ensure_ascii=False)}


def _service(endpoint: str) -> str:
    """Whose service an endpoint is of: GCM, APNS, or APNS_SANDBOX, which apps under development use. Its ARN says so."""
    return next((name for name in ("GCM", "APNS_SANDBOX") if f":endpoint/{name}/" in endpoint), "APNS")


def _attributes(service: str) -> dict[str, dict[str, str]]:
    def text(value: str) -> dict[str, str]:
        return {"DataType": "String", "StringValue": value}

    if service == "GCM":
        return {"AWS.SNS.MOBILE.FCM.TTL": text(str(KEPT_SECONDS))}
    return {
        f"AWS.SNS.MOBILE.{service}.TTL": text(str(KEPT_SECONDS)),
        "AWS.SNS.MOBILE.APNS.PUSH_TYPE": text("alert"),
    }


def _application(platform: str) -> str:
    return str(settings.SNS_APPLE_APPLICATION if platform == "apple" else settings.SNS_GOOGLE_APPLICATION)

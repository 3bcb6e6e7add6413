"""Web push on the wire: the request is decrypted as a browser does it, and its token verified as a push service does."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.core.exceptions import ValidationError
from django.test import Client
from pydantic import ValidationError as ConfigError

from notifications.channel_actions import add_channel
from notifications.channels.base import PermanentError, TransientError
from notifications.channels.configs import opened_config, stored_config
from notifications.channels.webpush.channel import WebPushChannel, WebPushConfig
from notifications.channels.webpush.encryption import (
    MOST_BYTES,
    encrypted,
    from_base64,
    key_from_text,
    point_of,
    to_base64,
)
from notifications.channels.webpush.keys import contact, public_key
from notifications.delivery import deliver_pending
from notifications.models import Delivery, Notification, UserChannel
from tests.notifications.channels.messages import DEAL, make_message
from tests.notifications.making import make_notice, tell
from tests.wire_server import Request, WireServer, hang_up, said, wire_server


class Browser:
    """The other end: it has the keys of a subscription, and reads what comes."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.auth = bytes(range(16))

    @property
    def public(self) -> bytes:
        return point_of(self.key)

    def read(self, body: bytes) -> bytes:
        """RFC 8188 and 8291, from the receiver's side."""
        salt, size, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
        sender, record = body[21 : 21 + length], body[21 + length :]
        assert length == 65 and len(record) <= size
        shared = self.key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender))
        info = b"WebPush: info\x00" + point_of(self.key) + sender
        secret = HKDF(hashes.SHA256(), 32, self.auth, info).derive(shared)
        key = HKDF(hashes.SHA256(), 16, salt, b"Content-Encoding: aes128gcm\x00").derive(secret)
        nonce = HKDF(hashes.SHA256(), 12, salt, b"Content-Encoding: nonce\x00").derive(secret)
        plain = AESGCM(key).decrypt(nonce, record, None)
        assert plain.endswith(b"\x02"), "the mark of the last record"
        return plain[:-1]

    def config(self, service: str, name: str = "one") -> dict[str, str]:
        return {
            "endpoint": f"{service}/push/{name}",
            "p256dh": to_base64(point_of(self.key)),
            "auth": to_base64(self.auth),
            "key": public_key(),
        }


@pytest.fixture
def service(settings: Any) -> Iterator[WireServer]:
    settings.EGRESS_ALLOW_CIDRS, settings.PUBLIC_URL = ["127.0.0.0/8"], "https://deals.example"
    settings.USER_AGENT_CONTACT = "https://deals.example"
    with wire_server(said(b"", 201, Location="/message/m-17")) as server:
        yield server


def verified(request: Request, audience: str) -> dict[str, Any]:
    """What a push service does with the header: the key that it names verifies the token."""
    scheme, _, rest = request.headers["authorization"].partition(" ")
    parts = dict(part.strip().split("=", 1) for part in rest.split(","))
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), from_base64(parts["k"]))
    assert scheme == "vapid" and parts["k"] == public_key()
    claims: dict[str, Any] = jwt.decode(parts["t"], key, algorithms=["ES256"], audience=audience)
    return claims


def test_encryption_is_that_of_the_example_in_rfc_8291() -> None:
    key = key_from_text("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")
    receiver = from_base64("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4")
    auth, salt = from_base64("BTBZMqHH6r4Tts7J_aSIgg"), from_base64("DGv6ra1nlYgDCS1FRnbzlw")
    body = encrypted(b"When I grow up, I want to be a watermelon", receiver, auth, key=key, salt=salt)
    assert to_base64(body) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_"
        "yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


def test_a_message_is_read_by_the_browser_and_its_sender_is_known(service: WireServer) -> None:
    browser = Browser()
    receipt = WebPushChannel().send(make_message(), WebPushConfig(**browser.config(service.url)))
    (request,) = service.requests
    assert (request.method, request.path, receipt) == ("POST", "/push/one", "m-17")
    told = {name: request.headers[name] for name in ("content-encoding", "ttl", "urgency", "topic")}
    assert told == {
        "content-encoding": "aes128gcm",
        "ttl": "86400",
        "urgency": "normal",
        "topic": make_message().id.hex,
    }
    assert b"Sony" not in request.body
    content = json.loads(browser.read(request.body))
    assert content["title"] == "Sony <XM5> & case for $228.00"
    assert content["url"] == "https://deals.example/m/open-1/"
    assert content["image"] == "https://pictures.example/xm5.jpg"
    claims = verified(request, service.url)
    assert claims["sub"] == "https://deals.example" and 0 < claims["exp"] - time.time() <= 24 * 3600


def test_a_long_message_fits(service: WireServer) -> None:
    browser, long = Browser(), "ü" * 5000
    message = make_message(
        title=long, body=long, data={"url": f"/deals/{DEAL}/", "image_url": "https://p.example/" + "a" * 1900}
    )
    WebPushChannel().send(message, WebPushConfig(**browser.config(service.url)))
    plain = browser.read(service.requests[0].body)
    assert len(service.requests[0].body) <= 4096 and len(plain) <= MOST_BYTES
    assert json.loads(plain)["title"].startswith("üüü")


@pytest.mark.parametrize(
    ("behaviour", "error", "gone"),
    [(said(b"", 404), PermanentError, True), (said(b"", 410), PermanentError, True), (said(b"", 403), PermanentError, False),
     (said(b"", 413), PermanentError, False), (said(b"", 429, Retry_After="60"), TransientError, None),
     (said(b"", 503), TransientError, None), (hang_up, TransientError, None)],
)  # fmt: skip
def test_what_push_services_answer(service: WireServer, behaviour: Any, error: Any, gone: bool | None) -> None:
    service.next = [behaviour]
    with pytest.raises(error) as raised:
        WebPushChannel().send(make_message(), WebPushConfig(**Browser().config(service.url)))
    assert getattr(raised.value, "gone", None) == gone and "/push/one" not in str(raised.value)
    if raised.value.args[0].endswith("(429)."):
        assert raised.value.retry_after == timedelta(seconds=60)


@pytest.mark.parametrize(
    "changed", [{"p256dh": "AAAA"}, {"p256dh": "B" * 87}, {"auth": "AAAA"}, {"auth": "!"}, {"endpoint": "x"}]
)
def test_what_is_no_subscription_is_refused(service: WireServer, changed: dict[str, str]) -> None:
    with pytest.raises(ConfigError):
        WebPushConfig(**Browser().config(service.url) | changed)


def test_an_expired_subscription_is_removed_and_its_owner_told(owner: Any, service: WireServer) -> None:
    row = add_channel(owner, "webpush", {"config": Browser().config(service.url), "name": "Firefox"})
    assert service.url not in str(row.config["endpoint"]) and row.service == f"webpush:{service.url[7:]}"
    service.next = [said(b"", 410)]
    tell(make_notice(owner, channels=["webpush"]))
    deliver_pending()
    assert not UserChannel.objects.filter(kind="webpush").exists()
    assert Delivery.objects.get(channel="webpush").state == "failed"
    told = Notification.objects.get(reason="channel")
    assert told.title.startswith("This browser “Firefox” was removed") and "Resume" not in told.body


def test_a_browser_belongs_to_whoever_pressed_the_button_last(owner: Any, stranger: Any, service: WireServer) -> None:
    config = Browser().config(service.url)
    theirs = add_channel(stranger, "webpush", {"config": config})
    mine = add_channel(owner, "webpush", {"config": config | {"digest": "x"}})
    theirs.refresh_from_db()
    assert not theirs.is_enabled and theirs.disabled_reason.startswith("Somebody else")
    with pytest.raises(ValidationError, match="on your list"):
        add_channel(owner, "webpush", {"config": config})
    add_channel(stranger, "webpush", {"config": config})
    assert UserChannel.objects.filter(kind="webpush", user=stranger).count() == 1, "the disabled one has made room"
    mine.refresh_from_db()
    assert not mine.is_enabled


def test_a_subscription_outlives_a_change_of_the_secret_key(owner: Any, service: WireServer, settings: Any) -> None:
    config, channel, before = Browser().config(service.url), WebPushChannel(), settings.SECRET_KEY
    stored = stored_config(add_channel_config(owner, config))
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another " * 8, [before]
    assert public_key() != config["key"]
    channel.send(make_message(), opened_config(channel, stored))
    assert f"k={config['key']}" in service.requests[0].headers["authorization"]
    opened = opened_config(channel, stored)
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(PermanentError, match="Set the browser up again"):
        channel.send(make_message(), opened)
    with pytest.raises(ValidationError, match="another installation"):
        channel.completed(WebPushConfig(**config), owner, None)
    settings.VAPID_PRIVATE_KEY = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
    assert public_key().startswith(
        "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A"
    )


def add_channel_config(owner: Any, config: dict[str, str]) -> WebPushConfig:
    completed = WebPushChannel().completed(WebPushConfig(**config), owner, None)
    assert isinstance(completed, WebPushConfig)
    return completed


@pytest.mark.parametrize(
    ("stated", "wanted"),
    [("https://deals.example", "https://deals.example"), ("admin@deals.example", "mailto:admin@deals.example"),
     ("http://127.0.0.1:8000", "mailto:deals@localhost")],
)  # fmt: skip
def test_a_push_service_may_write_to_somebody(settings: Any, stated: str, wanted: str) -> None:
    settings.USER_AGENT_CONTACT, settings.DEFAULT_FROM_EMAIL = stated, "Deal Finder <deals@localhost>"
    assert contact() == wanted


def test_the_page_carries_our_key_and_hides_what_its_script_fills_in(
    owner: Any, signed_in: Callable[[Any], Client], settings: Any
) -> None:
    page = signed_in(owner).get("/settings/channels/add/webpush/").content.decode()
    assert f'data-key="{public_key()}"' in page and 'src="/static/push/subscribe.js"' in page
    for name in ("endpoint", "p256dh", "auth", "key"):
        assert f'<input type="hidden" name="config_{name}"' in page
    assert "config_digest" not in page
    # Phones of Apple have web push for what stands on the Home Screen alone, which a manifest of this kind is needed for.
    assert '<link rel="manifest" href="/static/manifest.json">' in page
    manifest = json.loads((settings.BASE_DIR / "static" / "manifest.json").read_text())
    assert (manifest["display"], manifest["start_url"]) == ("standalone", "/")

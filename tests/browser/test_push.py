"""Web push from the button to the notification. The push service is played here: Chromium's own is on the internet.

The button is pressed, permission is given, the browser "subscribes" with keys of its own at our push service, a test is sent over
the real channel, the push service hands what it got to the browser, and the service worker shows it.
"""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from notifications.channels.configs import opened_config, stored_config
from notifications.channels.registry import channel_of
from notifications.models import UserChannel
from notifications.trying import try_channel
from tests.notifications.channels.test_webpush import Browser
from tests.wire_server import said, wire_server

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

_SERVICE = """([endpoint, p256dh, auth]) => {
  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer;
  window.subscribed = 0;
  PushManager.prototype.getSubscription = async () => null;
  PushManager.prototype.subscribe = async (options) => {
    window.subscribed += 1;
    const keys = { p256dh: bytes(p256dh), auth: bytes(auth) };
    return { endpoint, options, getKey: (name) => keys[name] };
  };
}"""


def _worker(page: Any, client: Any, site: str) -> str:
    """The id that Chromium gives the registration of our worker."""
    found: list[str] = []
    client.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: found.extend(
            each["registrationId"] for each in event["registrations"] if each["scopeURL"] == f"{site}/static/push/"
        ),
    )
    client.send("ServiceWorker.enable")
    while not found:
        page.wait_for_timeout(50)
    return found[0]


def test_a_browser_is_subscribed_by_its_button_and_shows_what_is_pushed(
    page: Any, site: str, sign_in_browser: Any, owner: Any, settings: Any
) -> None:
    sign_in_browser(owner)
    browser = Browser()
    page.goto(f"{site}/settings/channels/add/webpush/")
    keys = [base64.b64encode(browser.public).decode(), base64.b64encode(browser.auth).decode()]
    page.evaluate(_SERVICE, ["https://push.example/one", *keys])
    page.context.grant_permissions(["notifications"], origin=site)
    assert page.evaluate("window.subscribed") == 0, "nobody has pressed the button"
    page.get_by_role("button", name="Allow notifications here").click()
    page.wait_for_url("**/settings/channels/")
    row = UserChannel.objects.get(kind="webpush")
    assert row.name.startswith("Chrome on ")
    settings.EGRESS_ALLOW_CIDRS, settings.PUBLIC_URL = ["127.0.0.0/8"], site
    with wire_server(said(b"", 201)) as service:
        # From here on the push service of the subscription is the one on this machine.
        config = opened_config(channel_of("webpush"), row.config).model_copy(update={"endpoint": f"{service.url}/one"})
        row.config = stored_config(config)
        assert try_channel(row).sent
        pushed = browser.read(service.requests[0].body).decode()
    client = page.context.new_cdp_session(page)
    registration = _worker(page, client, site)
    message = {"origin": site, "registrationId": registration, "data": pushed}
    client.send("ServiceWorker.deliverPushMessage", message)
    client.send("ServiceWorker.deliverPushMessage", message)
    script = """async () => {
      const registration = await navigator.serviceWorker.getRegistration("/static/push/");
      for (let tries = 0; tries < 200; tries += 1) {
        const shown = await registration.getNotifications();
        if (shown.length) return shown.map((each) => ({ title: each.title, body: each.body, tag: each.tag, url: each.data.url }));
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      return [];
    }"""
    told = json.loads(pushed)
    assert page.evaluate(script) == [
        {
            "title": "A test from Deal Finder",
            "body": told["body"],
            "tag": told["id"],
            "url": f"{site}/settings/channels/",
        }
    ]

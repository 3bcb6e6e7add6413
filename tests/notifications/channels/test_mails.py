"""What mails say and show: the language, the links of the foot, one-click unsubscribing, and the digest."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
from django.utils import timezone

from accounts.actions.preferences import update_preferences
from agents.planning.actions import match_pending
from common.models import new_id
from notifications.channels.base import Message
from notifications.channels.email.channel import EmailConfig
from notifications.channels.email.mails import mail_of
from notifications.channels.registry import channel_of
from notifications.messages import message_of
from notifications.models import Delivery, Notification, UserChannel
from tests.agents.messaging.test_texts import DATA, usd
from tests.matching_factories import make_deal, make_goal

LINKS = {
    name: f"https://deals.example/m/{name}/"
    for name in (
        "open", "snooze_goal", "snooze_product", "snooze_all", "mute_merchant", "too_high", "too_low", "not_for_me",
        "bought", "unsubscribe",
    )
}  # fmt: skip


def message(data: dict[str, Any], **fields: Any) -> Message:
    values: dict[str, Any] = {
        "id": new_id(),
        "notification_id": new_id(),
        "user_id": new_id(),
        "address": "reader@example.com",
        "name": "",
        "time_zone": "UTC",
        "title": "A title",
        "body": "A body",
        "reason_text": "You asked for it.",
        "data": data,
        "created_at": timezone.now(),
        "links": LINKS,
    }
    return Message(**values | fields)


def parts(one: Message) -> tuple[str, str]:
    mail = mail_of(one, one.address)
    return str(mail.body), str(mail.alternatives[0][0])


class _Tags(HTMLParser):
    """The tags with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


ALERT = DATA | {"url": "/deals/1/", "goal_url": "/goals/1/", "image_url": "https://shop.example/1.jpg"}


def test_a_reader_of_german_gets_german_mail_with_german_numbers(owner: Any) -> None:
    update_preferences(owner, language="de")
    make_goal(owner, "Kopfhörer", keywords=["sony"], max_price=1250, min_discount_percent=10, condition="new")
    make_deal(price="1106.18", worth="1310", condition="new")
    match_pending()
    told = Notification.objects.get()
    assert told.title == "Sony WH-1000XM5 headphones für 1.106,18\u00a0$"
    assert told.match.reasons[1] == "$1,106.18 is under your $1,250.00"  # the pages are in English
    text, html = parts(message_of(Delivery.objects.get(channel="email")))
    for part in (text, html):
        for words in (
            "1.106,18\u00a0$ · wert 1.310\u00a0$ (1.114–1.506\u00a0$)",
            "1.106,18\u00a0$ liegen unter Ihren 1.250,00\u00a0$",
            "16\u00a0% unter seinem Wert; Sie wollten 10\u00a0%",
            "Es ist neu, wie gewünscht",
            "Diese Mails abbestellen",
        ):
            assert words in part
        assert not re.search(r"\$1,106|Worth|You asked|Turn these", part)
    assert '<html lang="de">' in html


def test_the_foot_offers_what_there_are_links_for() -> None:
    text, html = parts(message(ALERT))
    for link in LINKS.values():
        assert link in text and link in html
    assert "Nothing more from Amazon" in text
    text, html = parts(message(ALERT, links={}))
    assert "/m/" not in text + html and "Be quiet" not in text + html
    assert "/settings/" in text and "/deals/1/" in text


def test_one_click_is_promised_over_https_alone() -> None:
    headers = mail_of(message(ALERT), "a@example.com").extra_headers
    assert headers["List-Unsubscribe"] == f"<{LINKS['unsubscribe']}>"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    plain = LINKS | {"unsubscribe": "http://127.0.0.1/m/x/"}
    headers = mail_of(message(ALERT, links=plain), "a@example.com").extra_headers
    assert headers["List-Unsubscribe"] == "<http://127.0.0.1/m/x/>" and "List-Unsubscribe-Post" not in headers


def _digest(count: int = 7, **fields: Any) -> Message:
    items = [
        ALERT | {"id": str(number), "title": f"Thing <{number}>", "score": 40 + number, "url": f"/deals/{number}/"}
        for number in range(count)
    ]
    items[0] |= {"confidence": 0.1, "score": 99}
    items[1] |= {"image_url": "javascript:alert(1)", "links": {"open": "https://deals.example/m/one/"}}
    items.append({"kind": "following", "headline": "A price that cannot be read", "url": "/tracking/"})
    data = {"kind": "digest", "items": items, "url": "/alerts/", "since": "2026-11-25T08:00:00+00:00", "more": 3}
    return message(data | fields)


def test_a_digest_has_the_best_five_a_chart_and_the_rest() -> None:
    one = _digest()
    text, html = parts(one)
    assert mail_of(one, "a@example.com").subject == "11 alerts for you: Thing <6>"
    best, chart = text.split("What you pay of what each is worth")
    # What we are not sure of is not among the best, however high its score.
    assert re.findall(r"\d\. Thing <(\d)>", best) == ["6", "5", "4", "3", "2"]
    chart, rest = chart.split("The rest")
    assert chart.count("74\u00a0%") == 5 and "███████████████░░░░░ 74\u00a0%  Thing <6>" in chart
    assert re.findall(r"- Thing <(\d)>, \$228.00 at Amazon", rest) == ["1", "0"]
    assert "A price that cannot be read" in rest and "And 3 more in your inbox." in rest
    assert "https://deals.example/m/one/" in rest
    assert "<1>" not in html and "Thing &lt;6&gt;" in html and "javascript" not in html
    assert "too_high" not in text + html and LINKS["snooze_all"] in html


def test_a_digest_shows_in_every_client_and_to_every_reader() -> None:
    tags = _Tags(parts(_digest())[1]).found
    names = [tag for tag, _ in tags]
    assert not {"script", "link", "iframe", "form", "svg", "object", "video"} & set(names)
    pictures = [attributes for tag, attributes in tags if tag == "img"]
    assert len(pictures) == 5
    for picture in pictures:
        assert picture["alt"] and (picture["width"], picture["height"]) == ("96", "96")
        assert not str(picture["src"]).startswith(
            ("http://127", "https://deals.example")
        )  # no picture that tells us of its reader
    assert [tag for tag in names if tag in ("h1", "h2")] == ["h1", *["h2"] * 6]
    assert names.count("caption") == 1 and names.count("th") == 5
    layout = [attributes for tag, attributes in tags if tag == "table"]
    assert sum(attributes.get("role") == "presentation" for attributes in layout) == len(layout) - 1
    assert ("meta", {"name": "color-scheme", "content": "light dark"}) in tags


@pytest.mark.parametrize(
    "items",
    [
        [],
        [{"kind": "following", "url": "/tracking/"}],
        [ALERT | {"worth": None, "low": None, "high": None, "discount": None}],
    ],
)
def test_a_digest_of_little_is_a_mail_all_the_same(items: list[dict[str, Any]]) -> None:
    one = message({"kind": "digest", "items": items, "url": "/alerts/", "since": "no time"}, language="de")
    text, html = parts(one)
    assert "für Sie" in text and "None" not in text + html and "Was Sie vom jeweiligen Wert" not in text


def test_what_is_dearer_than_its_worth_fills_its_bar() -> None:
    items = [ALERT | {"price": usd("465.00"), "discount": usd("-155.00"), "discount_percent": "-50"}, ALERT]
    text, html = parts(message({"kind": "digest", "items": items, "url": "/alerts/"}))
    assert "████████████████████ 150\u00a0%" in text and 'width="100%" height="12"' in html and "-50\u00a0%" not in text


def test_an_address_that_was_given_up_gets_nothing(owner: Any) -> None:
    from allauth.account.models import EmailAddress

    row = UserChannel(user=owner, kind="email", config={"address": "second@example.com"})
    assert "no confirmed address" in channel_of("email").obstacle(row)
    second = EmailAddress.objects.create(user=owner, email="Second@example.com", verified=False)
    assert channel_of("email").obstacle(row)
    second.verified = True
    second.save()
    assert channel_of("email").obstacle(row) == ""
    assert channel_of("email").obstacle(UserChannel(user=owner, kind="email", config={"address": ""})) == ""


def test_a_mail_goes_to_the_address_of_its_channel(settings: Any, mailoutbox: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    one = replace(message(ALERT), title="Cheap\r\nBcc: all@example.com")
    channel_of("email").send(one, EmailConfig(address="second@example.com"))
    (mail,) = mailoutbox
    assert (mail.to, mail.subject) == (["second@example.com"], "Cheap Bcc: all@example.com")

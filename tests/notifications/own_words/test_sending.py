"""Users' own words go out where they work, and ours where they do not; the pages show and keep them."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from accounts.actions.preferences import update_preferences
from notifications.messages import message_of
from notifications.models import Delivery, MessageTemplate
from notifications.own_words.actions import save_template
from notifications.own_words.previewing import preview
from tests.matching_factories import make_deal
from tests.notifications.making import make_notice, tell


def sent(channel: str = "email") -> Any:
    return message_of(Delivery.objects.get(channel=channel))


def test_own_words_go_out_in_the_language_of_messages(owner: Any) -> None:
    save_template(
        owner, "match", "long", "Look:\r\n{name}\n\n\n\n{price}{if old_price} ({old_price}){end}, {saving_percent}  "
    )
    save_template(owner, "match", "short", "{our_words} {our_words}")
    update_preferences(owner, language="de")
    (notification,) = tell(make_notice(owner, deal=make_deal("Sony {price} <b>XM5</b>")))
    message = sent()
    assert message.body == "Look:\nSony {price} <b>XM5</b>\n\n228,00 $, 26 %" and message.language == "de"
    assert len(message.short) < 200 and message.short.startswith("Sony")
    assert sent("in_app").body == notification.body


def test_what_fails_when_it_goes_out_gives_way_to_ours(owner: Any) -> None:
    # As an older version may have left them, or none of them says anything of this one.
    for channel_class, text in {"long": "{vanished_field}", "short": "{if old_price}x{end}", "loud": "x"}.items():
        MessageTemplate.objects.create(user=owner, kind="match", channel_class=channel_class, text=text)
    (notification,) = tell(make_notice(owner, text={"short": "our short", "long": "our long"}))
    assert (sent().body, sent().short) == ("our long", "our short")
    assert notification.body != "our long"


def test_nobody_gets_the_words_of_another(owner: Any, stranger: Any) -> None:
    save_template(stranger, "match", "long", "Mine")
    save_template(owner, "tracking", "long", "Not of this kind")
    tell(make_notice(owner, text={"long": "our long"}))
    assert sent().body == "our long"


def test_a_template_is_kept_once_and_only_where_it_is_one(owner: Any) -> None:
    save_template(owner, "match", "short", "{price}")
    save_template(owner, "match", "short", "{name}")
    assert MessageTemplate.objects.get().text == "{name}"
    for kind, channel_class, text in (("match", "short", "{nam}"), ("alarm", "short", "x"), ("match", "loud", "x")):
        with pytest.raises(ValidationError):
            save_template(owner, kind, channel_class, text)
    assert MessageTemplate.objects.get().text == "{name}"


def test_the_preview_is_of_the_last_message_of_its_kind(owner: Any, stranger: Any) -> None:
    assert preview(owner, "match", "long", "{name}").said == "Sony WH-1000XM5 headphones"  # the example
    tell(make_notice(stranger, deal=make_deal("Of a stranger")))
    tell(make_notice(owner, deal=make_deal("Mine", price="17"), title="Mine for $17.00"))
    shown = preview(owner, "match", "long", "{name} {price}")
    assert (shown.said, shown.about, shown.problem) == ("Mine $17.00", "Mine for $17.00", "")
    assert preview(owner, "tracking", "long", "{name}{goal}").said == "Sony WH-1000XM5 headphones"
    assert "Did you mean {name}?" in preview(owner, "match", "long", "{nam}").problem
    assert "our own words would go out" in preview(owner, "match", "long", "{old_price}").problem


def test_the_pages_show_keep_and_forget(owner: Any, stranger: Any, signed_in: Any) -> None:
    client = signed_in(owner)
    at = "/settings/messages/match/long/"
    assert client.get("/settings/messages/").status_code == 200
    refused = client.post(at, {"text": "{prise} <script>"})
    assert refused.status_code == 422 and "Did you mean {price}?" in refused.content.decode()
    shown = client.post(f"{at}preview/", {"text": "<b>{price}</b>"}).content.decode()
    assert "&lt;b&gt;$228.00&lt;/b&gt;" in shown and not MessageTemplate.objects.exists()
    assert client.post(at, {"text": "Now {price}"}).status_code == 302
    assert "Now $228.00" in client.get("/settings/messages/").content.decode()
    other = signed_in(stranger)
    assert "Now {price}" not in other.get(at).content.decode()
    other.post(f"{at}ours/")
    assert MessageTemplate.objects.count() == 1
    client.post(f"{at}ours/")
    assert not MessageTemplate.objects.exists()
    assert client.get("/settings/messages/alarm/long/").status_code == 404

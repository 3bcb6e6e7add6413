"""Signed links in messages: they do one thing for one user, and looking at them changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.selectors import preferences_of
from common.models import OutboxEvent, new_id
from notifications.channels.base import Message
from notifications.links import BrokenLink, OldLink, data_with_links, links_for, read_link
from notifications.messages import message_of
from notifications.models import Delivery, MutedMerchant, Notification, Snooze
from notifications.routing import make_mail_channels
from tests.matching_factories import make_deal
from tests.notifications.making import make_notice, tell

pytestmark = pytest.mark.django_db

ALL = {"open", "snooze_goal", "snooze_product", "snooze_all", "mute_merchant", "unsubscribe"} | {
    "too_high", "too_low", "not_for_me", "bought",
}  # fmt: skip


@pytest.fixture
def told(owner: Any) -> Notification:
    (notification,) = tell(make_notice(owner))
    return notification


@pytest.fixture
def links(told: Notification) -> dict[str, str]:
    """The paths of the links in the mail about it."""
    mail = told.deliveries.get(channel="email")
    return {name: _path(address) for name, address in links_for(mail.pk, told).items()}


def _path(address: str) -> str:
    return address.removeprefix("http://localhost:8000") if "://" not in address else "/" + address.split("/", 3)[3]


def _token(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2]


def test_a_message_has_its_links_and_they_are_short(told: Notification) -> None:
    mail = Delivery.objects.select_related("notification__user__preferences").get(channel="email")
    message = message_of(mail)
    assert isinstance(message, Message) and set(message.links) == ALL
    assert {len(_token(link)) for link in message.links.values()} == {50}
    assert read_link(_token(message.links["open"])).subject == told.pk
    assert read_link(_token(message.links["unsubscribe"])).subject == mail.pk


def test_what_would_do_nothing_is_left_out(owner: Any) -> None:
    bare = Notification.objects.create(
        user=owner, reason="alarm", reason_text="", title="Alarm", body="", data={"url": "/operations/"}
    )
    assert set(links_for(new_id(), bare)) == {"open", "snooze_all", "unsubscribe"}
    item = {"id": str(new_id()), "deal_id": "x", "goal_id": None, "merchant": "Acme"}
    bare.data = {"kind": "digest", "items": [item], "url": "/alerts/"}
    (shown,) = data_with_links(bare)["items"]
    assert set(shown["links"]) == ALL - {"snooze_goal", "snooze_all", "unsubscribe"}
    assert read_link(_token(shown["links"]["bought"])).subject == UUID(item["id"])
    assert "links" not in item, "what is stored has none"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(place=st.integers(0, 49), other=st.sampled_from("ABCdef019-_=é "))
def test_a_link_that_was_changed_or_cut_off_is_none_of_ours(told: Notification, place: int, other: str) -> None:
    token = _token(links_for(new_id(), told)["snooze_all"])
    changed = token[:place] + other + token[place + 1 :]
    for broken in {changed, token[:place], token + "A", ""} - {token}:
        with pytest.raises(BrokenLink):
            read_link(broken)


def test_a_stranger_who_changes_a_link_gets_a_clear_page(links: dict[str, str], settings: Any) -> None:
    client = Client()
    path = links["unsubscribe"]
    for broken in (path[:-3] + "xx/", "/m/hello/", f"/m/{'A' * 50}/"):
        for answer in (client.get(broken), client.post(broken)):
            assert answer.status_code == 404
            assert "This link was changed or cut off on its way. Nothing was changed." in answer.content.decode()
    with time_machine.travel(timezone.now() + timedelta(days=91)):
        answer = client.post(path)
        assert answer.status_code == 410 and "This link is too old." in answer.content.decode()
        with pytest.raises(OldLink):
            read_link(_token(path))
    assert not Snooze.objects.exists()
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another key"
    assert client.get(path).status_code == 200, "links outlive a change of the key"
    settings.SECRET_KEY_FALLBACKS = []
    assert client.get(path).status_code == 404


def test_looking_presses_nothing(owner: Any, links: dict[str, str]) -> None:
    client = Client(enforce_csrf_checks=True)
    for name in sorted(ALL - {"open"}):
        for answer in (client.get(links[name]), client.head(links[name])):
            assert answer.status_code == 200
            assert answer["Referrer-Policy"] == "no-referrer" and "no-store" in answer["Cache-Control"]
        assert client.get(links[name]).content.decode().count('<button class="button button-main"') == 1
    client.head(links["open"])
    client.get(links["open"], headers={"Sec-Purpose": "prefetch"})
    assert not owner.interactions.exists() and not Snooze.objects.exists() and not MutedMerchant.objects.exists()
    assert preferences_of(owner).email_alerts and Notification.objects.get().read_at is None


def test_opening_is_written_down_and_leads_to_our_own_page_alone(
    owner: Any, stranger: Any, told: Notification, links: dict[str, str], signed_in: Callable[[Any], Client]
) -> None:
    answer = Client().get(links["open"])
    assert answer["Location"] == f"/deals/{told.deal_id}/"
    signed_in(stranger).get(links["open"])
    assert list(owner.interactions.values_list("kind", "deal")) == [("click", told.deal_id)], "once in half an hour"
    assert not stranger.interactions.exists()
    assert OutboxEvent.objects.get(topic="user.interactions").data["kind"] == "click"
    told.refresh_from_db()
    assert told.read_at is None, "a scanner of links may have opened it"
    signed_in(owner).get(links["open"])
    told.refresh_from_db()
    assert told.read_at is not None
    for url in ("//evil.example/", "https://evil.example/", "/\\evil.example", None):
        Notification.objects.update(data={"url": url})
        assert Client().get(links["open"])["Location"] == "/alerts/"


def test_each_link_does_what_it_says_once(owner: Any, told: Notification, links: dict[str, str]) -> None:
    client = Client(enforce_csrf_checks=True)
    for name, hours in (("snooze_goal", 24), ("snooze_product", 168), ("snooze_all", 8)):
        assert client.post(links[name], {"hours": "5"}).status_code == 422, "no such choice"
        for _ in range(2):
            assert client.post(links[name], {"hours": str(hours)}).status_code == 200
    deal = told.deal
    assert deal is not None
    snoozes = Snooze.objects.order_by("created_at").values_list("goal", "product_key", "everything")
    assert list(snoozes) == [
        (told.goal_id, "", False),
        (None, str(deal.product_id or deal.pk), False),
        (None, "", True),
    ]
    for name in ("mute_merchant", "too_high", "too_low", "not_for_me", "bought"):
        for _ in range(2):
            assert client.post(links[name]).status_code == 200
    assert MutedMerchant.objects.get().merchant == told.data["merchant"]
    kinds = owner.interactions.order_by("created_at").values_list("kind", flat=True)
    assert list(kinds) == ["too_high", "too_low", "dismiss", "bought"]
    assert set(Snooze.objects.values_list("user", flat=True)) == {owner.pk}


def test_mail_programs_unsubscribe_with_one_post(owner: Any, stranger: Any, links: dict[str, str]) -> None:
    make_mail_channels([stranger.pk])
    client = Client(enforce_csrf_checks=True)
    answer = client.post(links["unsubscribe"], "List-Unsubscribe=One-Click", "application/x-www-form-urlencoded")
    assert answer.status_code == 200 and not answer.cookies
    owner.refresh_from_db()
    assert not preferences_of(owner).email_alerts and preferences_of(stranger).email_alerts
    (later,) = tell(make_notice(owner, deal=make_deal()))
    assert not later.deliveries.filter(channel="email").exists()
    Delivery.objects.filter(channel="email").update(user_channel=None)
    assert client.post(links["unsubscribe"]).status_code == 200, "a second time too, and where its channel is gone"


def test_what_is_gone_is_said_to_be_and_no_log_holds_a_link(owner: Any, links: dict[str, str], caplog: Any) -> None:
    assert Client().post(links["snooze_all"], {"hours": "5"}).status_code == 422
    Notification.objects.all().delete()
    for name in ("open", "unsubscribe", "bought"):
        answer = Client().post(links[name])
        assert answer.status_code == 404 and "is gone" in answer.content.decode()
    assert not any(_token(link) in caplog.text for link in links.values())

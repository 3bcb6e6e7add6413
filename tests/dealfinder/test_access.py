"""Each page of the site, tried as a visitor, an owner, a stranger and an operator."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import redis
from django.contrib import admin
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from accounts.actions.invitations import create_operator_invitation
from accounts.actions.keys import create_key
from accounts.models import Goal
from agents.models import ModelVersion, Run
from common.models import DeadLetter
from deals.actions import record_interaction
from deals.models import Alarm, InteractionKind, Product, Submission, Tracking
from notifications.links import links_for
from notifications.models import Delivery, MutedMerchant, Notification, Snooze, UserChannel
from tests.dealfinder.access_rules import (
    ALERT,
    CHANNEL,
    FOLLOWED,
    GOAL,
    KEY,
    LOGIN,
    MERCHANT,
    ON,
    PAGE_RULES,
    SAVED,
    SENT,
    Answer,
    Rule,
)
from tests.deals.making import make_deal, make_source, make_valuation
from tests.emptying import undone

PERSONAE = ("visitor", "owner", "stranger", "operator")


def _names(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            if entry.app_name == "admin" or str(entry.pattern).startswith("api/"):
                continue
            yield from _names(entry, f"{prefix}{entry.namespace}:" if entry.namespace else prefix)
        elif isinstance(entry, URLPattern):
            yield f"{prefix}{entry.name}"


def _page_names() -> set[str]:
    return {name for name in _names(get_resolver()) if not name.startswith("api-")}


def test_every_page_has_a_rule_and_every_rule_a_page() -> None:
    assert _page_names() == set(PAGE_RULES)


@dataclass
class World:
    """What the rules' addresses are filled with; all of it belongs to the owner, or to nobody."""

    deal: Any
    product: Any
    goal: Any
    alert: Any
    key: Any
    run: Any
    source: Any
    letter: Any
    model: Any
    alarm: Any
    invitation: str
    submission: Any
    tracking: Any
    mail: Any
    channel: Any
    link: str
    delivery: Any
    snooze: Any
    mute: Any
    people: dict[str, Any]

    def value(self, name: str) -> str:
        found = name[1:] if name.startswith("=") else getattr(self, name)
        return str(getattr(found, "pk", found))


@pytest.fixture
def world(owner: Any, stranger: Any, operator: Any) -> World:
    product = Product.objects.create(key="sony", name="Sony headphones")
    deal = make_deal("Sony headphones", product=product)
    make_valuation(deal)
    record_interaction(owner, make_deal(SAVED, state="sold_out"), InteractionKind.SAVE)
    goal = Goal.objects.create(user=owner, title=GOAL)
    alert = Notification.objects.create(
        user=owner, goal=goal, reason="match", reason_text="It meets your goal.", title=ALERT, body="", state="sent"
    )
    # Whoever has a link of a message may see which message it is of.
    sent = Notification.objects.create(user=owner, reason="match", reason_text="", title="Lamp for $20", body="")
    letter = DeadLetter.objects.create(
        stage="value", object_id="1", task="value.pending", error="It failed.", payload={"args": []}
    )
    return World(
        deal=deal,
        product=product,
        goal=goal,
        alert=alert,
        key=create_key(owner, KEY, ["read"])[0],
        run=Run.objects.create(agent="scanning", trigger="schedule"),
        source=make_source(),
        letter=letter,
        alarm=Alarm.objects.create(source=make_source(), subject="s", kind="empty", title="Shop", sentence="None."),
        model=ModelVersion.objects.create(version="20260101-0000-aaaaaaaa", location="local", checksum="0" * 64),
        invitation=create_operator_invitation(),
        submission=Submission.objects.create(user=owner, url=SENT, canonical_url=SENT),
        tracking=Tracking.objects.create(
            user=owner, url=FOLLOWED, canonical_url=FOLLOWED, state="waiting", drop_percent=10
        ),
        mail=UserChannel.objects.create(user=owner, kind="email", config={"address": ""}),
        channel=UserChannel.objects.create(user=owner, kind="pigeon", name=CHANNEL),
        delivery=Delivery.objects.create(notification=alert, channel="in_app", state="failed"),
        link=links_for(sent.pk, sent)["snooze_all"].rstrip("/").rpartition("/")[2],
        snooze=Snooze.objects.create(user=owner, everything=True, until=timezone.now() + timedelta(days=1)),
        mute=MutedMerchant.objects.create(user=owner, merchant=MERCHANT),
        people={"owner": owner, "stranger": stranger, "operator": operator},
    )


def _ask(client: Client, name: str, rule: Rule, world: World) -> Any:
    address = reverse(name, kwargs={part: world.value(source) for part, source in rule.at.items()})
    if rule.query:
        address += "?" + rule.query.format(deal=world.deal.pk)
    return getattr(client, rule.method)(address, dict(rule.body))


def _meets(answer: Any, expected: Answer) -> bool:
    location = answer.headers.get("Location", "")
    if expected == LOGIN:
        return answer.status_code == 302 and location.startswith("/accounts/login/?next=")
    if expected == ON:
        return answer.status_code == 302 and not location.startswith("/accounts/login/?next=")
    return bool(answer.status_code == expected)


@pytest.mark.parametrize("name", sorted(PAGE_RULES))
def test_each_persona_gets_what_the_rule_says(
    name: str, world: World, signed_in: Callable[[Any], Client], valkey: redis.Redis
) -> None:
    rule = PAGE_RULES[name]
    for persona in PERSONAE:
        with undone():
            valkey.flushdb()
            client = Client() if persona == "visitor" else signed_in(world.people[persona])
            answer = _ask(client, name, rule, world)
            expected: Answer = getattr(rule, persona)
            assert _meets(answer, expected), (persona, answer.status_code, answer.headers.get("Location"), expected)
            text = answer.content.decode()
            if rule.secret:
                assert (rule.secret in text) is (persona == "owner"), persona
            for secret in (GOAL, ALERT, KEY, SAVED):
                assert persona == "owner" or secret not in text, persona
            if rule.shows and expected == 200:
                assert rule.shows in text, persona


@pytest.mark.parametrize("persona", PERSONAE)
def test_only_operators_enter_the_admin(persona: str, world: World, signed_in: Callable[[Any], Client]) -> None:
    client = Client() if persona == "visitor" else signed_in(world.people[persona])
    answer = client.get(reverse("admin:index"))
    assert answer.status_code == (200 if persona == "operator" else 302)


def test_every_model_has_an_admin_that_opens(world: World, signed_in: Callable[[Any], Client]) -> None:
    from django.apps import apps

    ours = {"common", "accounts", "deals", "notifications", "agents"}
    models = [model for model in apps.get_models() if model._meta.app_label in ours]
    client = signed_in(world.people["operator"])
    for model in models:
        assert admin.site.is_registered(model), model
        changelist = f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
        assert client.get(reverse(changelist) + "?q=a").status_code == 200, model
    for thing in (
        world.deal,
        world.deal.valuation,
        world.goal,
        world.alert,
        world.key,
        world.source,
        world.run,
        world.model,
    ):
        meta = thing._meta
        answer = client.get(reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[thing.pk]))
        assert answer.status_code == 200, thing
        assert "secret_hash" not in answer.content.decode()

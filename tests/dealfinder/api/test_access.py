"""Each verb of each address of the API, tried as a visitor, a stranger, an operator and the owner."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import redis
from django.db import transaction
from django.urls import URLPattern, URLResolver
from django.utils import timezone

from accounts.actions.keys import create_key
from accounts.models import Goal, User
from agents.models import Run
from common.outbox import record
from common.relay import place_events
from dealfinder.api import urls
from deals.models import Submission, Tracking
from notifications.events import NotificationSent
from notifications.models import Delivery, MutedMerchant, Notification, Snooze, UserChannel
from tests.dealfinder.api_rules import ALERT, API_RULES, CHANNEL, FOLLOWED, GOAL, KEY, MERCHANT, SENT
from tests.deals.making import make_deal, make_valuation
from tests.emptying import undone

pytestmark = pytest.mark.django_db

VERBS = ("get", "post", "put", "patch", "delete")


def verbs_of_the_url_map(patterns: list[Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from verbs_of_the_url_map(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern) and pattern.name != "api-nothing":
            view: Any = pattern.callback
            path = re.sub(r"<\w+:(\w+)>", r"{\1}", route).removesuffix("/")
            yield from ((verb, path) for verb in VERBS if hasattr(view.view_class, verb))


def test_every_verb_has_a_rule_and_every_rule_a_verb() -> None:
    assert set(verbs_of_the_url_map(urls.urlpatterns)) == set(API_RULES)


@pytest.fixture
def things(owner: User) -> dict[str, str]:
    """One of everything that an address may name; all of it is the owner's, or nobody's."""
    deal = make_deal()
    make_valuation(deal)
    goal = Goal.objects.create(user=owner, title=GOAL)
    alert = Notification.objects.create(
        user=owner, reason="match", reason_text="…", title=ALERT, body="…", state="sent"
    )
    with transaction.atomic():
        event = NotificationSent(notification_id=str(alert.pk), title=ALERT, body="", deal_id=None)
        record(event, user_id=owner.pk)
    place_events(10)
    key, _ = create_key(owner, KEY, ["read"])
    run = Run.objects.create(agent="scanning", trigger="schedule")
    sent = Submission.objects.create(user=owner, url=SENT, canonical_url=SENT)
    followed = Tracking.objects.create(
        user=owner, url=FOLLOWED, canonical_url=FOLLOWED, state="waiting", drop_percent=10
    )
    channel = UserChannel.objects.create(user=owner, kind="email", name=CHANNEL, config={"address": ""})
    snooze = Snooze.objects.create(user=owner, everything=True, until=timezone.now() + timedelta(days=1))
    mute = MutedMerchant.objects.create(user=owner, merchant=MERCHANT)
    return {
        "snooze_id": str(snooze.pk), "mute_id": str(mute.pk), "channel_id": str(channel.pk),
        "deal_id": str(deal.pk), "goal_id": str(goal.pk), "notification_id": str(alert.pk),
        "delivery_id": str(Delivery.objects.create(notification=alert, channel="in_app", state="failed").pk), "key_id": str(key.pk),
        "submission_id": str(sent.pk), "tracking_id": str(followed.pk), "run_id": str(run.pk), "source_id": str(deal.source_id),
        "kind": "match", "channel_class": "short",
    }  # fmt: skip


@pytest.mark.parametrize(("verb", "path"), sorted(API_RULES))
def test_each_persona_gets_what_the_rule_says_with_a_slash_and_without(
    verb: str,
    path: str,
    api: Any,
    things: dict[str, str],
    owner: User,
    stranger: User,
    operator: User,
    valkey: redis.Redis,
) -> None:
    rule = API_RULES[verb, path]
    known = {"visitor": None, "stranger": stranger, "operator": operator, "owner": owner}
    accept = {"HTTP_ACCEPT": "text/html"} if path == "docs" else {}
    for slash in ("", "/"):
        address = f"/api/v1/{path.format(**things)}{slash}{rule.query.format(**things)}"
        with undone():
            valkey.flushdb()
            for name, persona in known.items():
                # As the database has it: what is undone must not be remembered by the object.
                user = persona and User.objects.get(pk=persona.pk)
                answer = getattr(api(user), verb)(address, rule.body, **accept)
                assert answer.status_code == getattr(rule, name), (address, name, answer.content[:300])
                text = answer.content.decode()
                if name == "owner":
                    assert rule.secret in text
                else:
                    assert not any(secret in text for secret in (GOAL, ALERT, KEY, SENT, FOLLOWED, CHANNEL, MERCHANT))
                assert answer["X-Request-ID"]

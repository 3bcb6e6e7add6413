"""Who may do what at each address of the API: one rule for each verb. A new address or verb without a rule fails its test.

A rule is what a visitor, the owner of the things in question, a stranger and an operator get.
"""

from __future__ import annotations

from typing import Any, NamedTuple

GOAL, ALERT, KEY = "Secret goal of the owner", "Secret alert of the owner", "Secret key"
SENT = "https://secret.example/sent-by-the-owner"
FOLLOWED = "https://secret.example/followed-by-the-owner"
CHANNEL, MERCHANT = "Secret channel of the owner", "Secretly muted merchant"


class Rule(NamedTuple):
    """The status codes, what is sent, and the text that the owner reads there and nobody else does."""

    visitor: int
    owner: int
    stranger: int
    operator: int
    body: Any = None
    secret: str = ""
    query: str = ""


def everyone(code: int = 200, **more: Any) -> Rule:
    return Rule(code, code, code, code, **more)


def users(code: int = 200, **more: Any) -> Rule:
    """Everybody who is signed in, each with their own things."""
    return Rule(401, code, code, code, **more)


def owner_only(code: int = 200, **more: Any) -> Rule:
    """For anybody else, operators too, the thing does not exist."""
    return Rule(401, code, 404, 404, **more)


def operators(code: int = 200, **more: Any) -> Rule:
    return Rule(401, 403, 403, code, **more)


_NEW = {"email": "new@example.com", "password": "a lighthouse at noon"}
_SOURCE = {"name": "new", "title": "New", "url": "https://new.example/feed", "marketplace": "new"}

API_RULES: dict[tuple[str, str], Rule] = {
    ("post", "auth/register"): Rule(201, 400, 400, 400, body=_NEW),  # the visitor takes the address first
    ("post", "auth/token"): everyone(401, body=_NEW),
    ("post", "auth/token/refresh"): everyone(401, body={"refresh": "nonsense"}),
    ("post", "auth/token/revoke"): everyone(204, body={"refresh": "nonsense"}),
    ("post", "auth/password-reset"): everyone(202, body={"email": "nobody@example.com"}),
    ("get", "me"): users(),
    ("patch", "me"): users(body={"name": "Ada"}),
    ("delete", "me"): users(202),
    ("get", "me/keys"): users(secret=KEY),
    ("post", "me/keys"): users(201, body={"name": "New", "scopes": ["read"]}),
    ("get", "me/keys/{key_id}"): owner_only(secret=KEY),
    ("delete", "me/keys/{key_id}"): owner_only(204),
    ("get", "me/export"): users(secret=GOAL),
    ("post", "me/export"): users(secret=ALERT),
    ("get", "goals"): users(secret=GOAL),
    ("post", "goals"): users(201, body={"title": "New"}),
    ("get", "goals/{goal_id}"): owner_only(secret=GOAL),
    ("patch", "goals/{goal_id}"): owner_only(body={"priority": 1}, secret=GOAL),
    ("delete", "goals/{goal_id}"): owner_only(204),
    ("post", "goals/{goal_id}/scan"): owner_only(202),
    ("get", "goals/{goal_id}/matches"): owner_only(),
    ("get", "goals/{goal_id}/backtest"): owner_only(),
    ("post", "goals/interpret"): users(body={"text": "Sony headphones under $150"}),
    ("get", "deals"): everyone(),
    ("post", "deals"): users(202, body={"url": "https://shop.example/lamp"}),
    ("get", "submissions"): users(secret=SENT),
    ("get", "submissions/{submission_id}"): owner_only(secret=SENT),
    ("get", "deals/compare"): everyone(query="?ids={deal_id}"),
    ("get", "deals/{deal_id}"): everyone(),
    ("get", "deals/{deal_id}/price-history"): everyone(),
    ("get", "tracking"): users(secret=FOLLOWED),
    ("post", "tracking"): users(201, body={"url": "https://shop.example/lamp", "drop_percent": 10}),
    ("get", "tracking/{tracking_id}"): owner_only(secret=FOLLOWED),
    ("patch", "tracking/{tracking_id}"): owner_only(body={"drop_percent": 20}, secret=FOLLOWED),
    ("delete", "tracking/{tracking_id}"): owner_only(204),
    ("get", "me/taste"): users(),
    ("delete", "me/taste"): users(204),
    ("get", "deals/{deal_id}/why"): users(),
    ("get", "deals/{deal_id}/similar"): everyone(),
    ("get", "deals/{deal_id}/valuation"): everyone(),
    ("post", "deals/{deal_id}/interactions"): users(201, body={"kind": "save"}),
    ("get", "opportunities"): everyone(),
    ("post", "estimates"): users(400, body={}),
    ("get", "score"): everyone(),
    ("get", "events"): users(secret=ALERT),
    ("get", "notifications"): users(secret=ALERT),
    ("post", "notifications/read"): users(body={}),
    ("get", "notifications/{notification_id}"): owner_only(secret=ALERT),
    ("patch", "notifications/{notification_id}"): owner_only(body={"read": True}, secret=ALERT),
    ("post", "notifications/{notification_id}/deliveries/{delivery_id}/again"): owner_only(202),
    ("post", "notifications/{notification_id}/snooze"): owner_only(201, body={"what": "everything", "hours": 24}),
    ("get", "me/alerts"): users(),
    ("patch", "me/alerts"): users(body={"quiet_from": "22:00", "quiet_until": "07:00"}),
    ("get", "snoozes"): users(),
    ("post", "snoozes"): users(201, body={"hours": 8}),
    ("delete", "snoozes/{snooze_id}"): owner_only(204),
    ("get", "message-templates"): users(),
    ("get", "message-templates/{kind}/{channel_class}"): users(),
    ("put", "message-templates/{kind}/{channel_class}"): users(body={"text": "Only {price}"}),
    ("delete", "message-templates/{kind}/{channel_class}"): users(204),
    ("post", "message-templates/{kind}/{channel_class}/preview"): users(body={"text": "Only {price}"}),
    ("get", "muted-merchants"): users(secret=MERCHANT),
    ("post", "muted-merchants"): users(201, body={"merchant": "Acme"}),
    ("delete", "muted-merchants/{mute_id}"): owner_only(204),
    ("get", "channels"): users(secret=CHANNEL),
    ("post", "channels"): users(400, body={"kind": "in_app"}),
    ("get", "channels/kinds"): everyone(),
    ("get", "channels/{channel_id}"): owner_only(secret=CHANNEL),
    ("patch", "channels/{channel_id}"): owner_only(body={"is_enabled": False}, secret=CHANNEL),
    ("delete", "channels/{channel_id}"): owner_only(400),
    ("post", "channels/{channel_id}/test"): owner_only(),
    ("get", "sources"): everyone(),
    ("post", "sources"): operators(201, body=_SOURCE),
    ("get", "sources/kinds"): everyone(),
    ("post", "sources/import"): operators(body={"content": "url\nhttps://one.example/feed\n"}),
    ("get", "sources/export"): operators(),
    ("get", "sources/{source_id}"): everyone(),
    ("patch", "sources/{source_id}"): operators(body={"state": "paused"}),
    ("delete", "sources/{source_id}"): operators(204),
    ("get", "sources/{source_id}/access"): operators(),
    ("patch", "sources/{source_id}/access"): operators(body={"user_agents": ["ExampleBot/1"]}),
    ("get", "runs"): operators(),
    ("get", "runs/{run_id}"): operators(),
    ("get", "schema"): everyone(),
    ("get", "docs"): everyone(),
}

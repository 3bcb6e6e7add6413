"""Who may do what at each page: one rule for each name of the URL map. A new page without a rule fails its test.

Every rule is tried as a visitor, as the owner of the things in `World`, as a stranger, and as an operator. The rules of
the API are in `api_rules.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

LOGIN: Literal["login"] = "login"  # sent to the login page
ON: Literal["on"] = "on"  # done, and sent on to another page
Answer = int | Literal["login", "on"]

# Titles that only the owner may ever read.
SENT = "https://secret.example/sent-by-the-owner"
FOLLOWED = "https://secret.example/followed-by-the-owner"
GOAL, ALERT, KEY, SAVED = "Secret goal of the owner", "Secret alert of the owner", "Secret key", "Secretly saved deal"
CHANNEL, MERCHANT = "Secret channel of the owner", "Secretly muted merchant"


@dataclass(frozen=True)
class Rule:
    """What each persona gets. `at` fills the address from attributes of `World`. `secret` is a text that the owner sees
    and nobody else; `shows` one that everybody sees who gets the page."""

    visitor: Answer
    owner: Answer
    stranger: Answer
    operator: Answer
    method: Literal["get", "post"] = "get"
    at: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)
    query: str = ""
    secret: str = ""
    shows: str = ""


def everyone(shows: str = "", **more: Any) -> Rule:
    return Rule(200, 200, 200, 200, shows=shows, **more)


def members(**more: Any) -> Rule:
    """Everybody who is signed in, each with their own things."""
    return Rule(LOGIN, 200, 200, 200, **more)


def owner_only(answer: Answer = 200, **more: Any) -> Rule:
    """For anybody else, operators too, the thing does not exist."""
    return Rule(LOGIN, answer, 404, 404, **more)


def operators(answer: Answer = 200, **more: Any) -> Rule:
    return Rule(LOGIN, 403, 403, answer, **more)


_GOAL = {"goal_id": "goal"}
_DEAL = {"deal_id": "deal"}
_WORDS = {"kind": "=match", "channel_class": "=long"}
_GOAL_FORM = {"title": "Lamp", "currency": "USD", "condition": "any", "priority": "3", "check_interval_minutes": "60"}

PAGE_RULES: dict[str, Rule] = {
    "deals:feed": everyone("Sony headphones"),
    "deals:feed-new": everyone(query="ids={deal}"),
    "deals:feed-missed": everyone(),
    "deals:deal": everyone("Sony headphones", at=_DEAL),
    "deals:why": members(shows="Why am I seeing this?", at=_DEAL),
    "deals:taste": members(shows="Your taste"),
    "deals:interact": Rule(LOGIN, ON, ON, ON, method="post", at=_DEAL | {"kind": "=save"}),
    "deals:product": everyone("The lowest price over time", at={"product_id": "product"}),
    "deals:opportunities": everyone("Opportunities"),
    "deals:saved": members(secret=SAVED),
    "deals:compare": everyone("Side by side"),
    "deals:map": everyone("Map"),
    "deals:compare-choose": Rule(ON, ON, ON, ON, method="post", at=_DEAL | {"doing": "=add"}),
    "deals:compare-none": Rule(ON, ON, ON, ON, method="post"),
    "deals:submit": members(shows="Send an offer"),
    "deals:submission": owner_only(at={"submission_id": "submission"}, secret=SENT),
    "deals:sending": members(secret=SENT),
    "deals:tracking": members(secret=FOLLOWED),
    "deals:tracking-new": members(shows="Follow a price"),
    "deals:tracking-terms": owner_only(at={"tracking_id": "tracking"}, secret=FOLLOWED),
    "deals:tracking-do": owner_only(ON, method="post", at={"tracking_id": "tracking", "doing": "=pause"}),
    "deals:goals": members(secret=GOAL),
    "deals:goal-new": members(shows="New goal"),
    "deals:goal-preview": Rule(LOGIN, 200, 200, 200, method="post", body=_GOAL_FORM),
    "agents:goal-understand": Rule(LOGIN, 200, 200, 200, method="post", body={"text": "Sony under $150"}, shows="Sony"),
    "deals:goal": owner_only(at=_GOAL, secret=GOAL),
    "deals:goal-edit": owner_only(at=_GOAL, secret=GOAL),
    "deals:goal-delete": owner_only(at=_GOAL, secret=GOAL),
    "deals:goal-status": owner_only(ON, method="post", at=_GOAL | {"status": "=paused"}),
    "notifications:alerts": members(secret=ALERT),
    "notifications:read-many": Rule(LOGIN, ON, ON, ON, method="post"),
    "notifications:unread": members(),
    "notifications:alert": owner_only(at={"notification_id": "alert"}, secret=ALERT),
    "notifications:open-one": owner_only(ON, at={"notification_id": "alert"}),
    "notifications:snooze-one": owner_only(ON, method="post", at={"notification_id": "alert"}),
    "notifications:delivery-again": owner_only(ON, method="post", at={"delivery_id": "delivery"}),
    "notifications:link": everyone("Snooze all alerts", at={"token": "link"}),
    "notifications:wishes": members(secret=MERCHANT),
    "notifications:snooze-all": Rule(LOGIN, ON, ON, ON, method="post"),
    "notifications:pace": owner_only(422, method="post", at={"channel_id": "mail"}),
    "notifications:snooze-end": owner_only(ON, method="post", at={"snooze_id": "snooze"}),
    "notifications:mute-end": owner_only(ON, method="post", at={"mute_id": "mute"}),
    "notifications:health": members(secret=CHANNEL),
    "notifications:read-one": owner_only(ON, method="post", at={"notification_id": "alert"}),
    "notifications:messages": members(shows="Words of your alerts"),
    "notifications:message-template": members(shows="How it is written", at=_WORDS),
    "notifications:message-preview": Rule(LOGIN, 200, 200, 200, method="post", at=_WORDS, body={"text": "{price}"}),
    "notifications:message-ours": Rule(LOGIN, ON, ON, ON, method="post", at=_WORDS),
    "notifications:channels": members(secret=CHANNEL),
    "notifications:channel-new": Rule(LOGIN, 404, 404, 404, at={"kind": "=in_app"}),
    "notifications:channel": owner_only(at={"channel_id": "mail"}),
    "notifications:channel-do": owner_only(ON, method="post", at={"channel_id": "mail", "action": "=pause"}),
    "notifications:channel-remove": owner_only(at={"channel_id": "channel"}, secret=CHANNEL),
    "agents:worth": everyone("What is it worth?"),
    "agents:score": everyone("How a score is made"),
    "agents:runs": operators(shows="Runs"),
    "agents:run": operators(at={"run_id": "run"}),
    "agents:operations": operators(shows="Sources"),
    "agents:source": operators(at={"source_id": "source"}),
    "agents:source-kinds": operators(shows="Craigslist"),
    "agents:source-new": operators(shows="Client secret", at={"kind": "=ebay"}),
    "agents:source-edit": operators(at={"source_id": "source"}),
    "agents:source-delete": operators(at={"source_id": "source"}),
    "agents:source-exchange": operators(shows="OPML"),
    "agents:source-export": operators(at={"form": "=csv"}),
    "agents:source-trial": operators(at={"source_id": "source", "trial_id": "run"}, shows="not kept any more"),
    "agents:fetch-raw": operators(404, at={"fetch_id": "run"}),
    "agents:alarm-end": operators(ON, method="post", at={"alarm_id": "alarm"}),
    "agents:source-action": operators(ON, method="post", at={"source_id": "source", "action": "=pause"}),
    "agents:model-action": operators(ON, method="post", at={"model_id": "model", "action": "=retire"}),
    "agents:model-roll-back": operators(ON, method="post"),
    "agents:letter-replay": operators(ON, method="post", at={"letter_id": "letter"}),
    "accounts:you": everyone("You"),
    "accounts:settings": members(shows="Settings"),
    "accounts:keys": members(secret=KEY),
    "accounts:key-revoke": owner_only(ON, method="post", at={"key_id": "key"}),
    "accounts:operator-invitation": everyone("Become the operator", at={"token": "invitation"}),
    "pages:about": everyone("How it works"),
    "pages:privacy": everyone("Privacy"),
    "account_login": Rule(200, ON, ON, ON),
    "account_signup": Rule(200, ON, ON, ON),
    "account_logout": Rule(ON, 200, 200, 200),
    "account_inactive": everyone("This account is closed"),
    "account_reauthenticate": Rule(LOGIN, 200, 200, 200),
    "account_email": members(shows="Your addresses"),
    "account_email_verification_sent": everyone("Look into your mail"),
    "account_confirm_email": everyone("This link does not work", at={"key": "=unknown"}),
    "account_change_password": members(shows="Your password now"),
    "account_set_password": Rule(LOGIN, ON, ON, ON),
    "account_reset_password": everyone("Reset your password"),
    "account_reset_password_done": everyone("Look into your mail"),
    "account_reset_password_from_key": everyone("This link does not work", at={"uidb36": "=1", "key": "=unknown"}),
    "account_reset_password_from_key_done": everyone("Your password is changed"),
    "account_confirm_login_code": Rule(ON, ON, ON, ON),
    "healthz": everyone(),
    "readyz": everyone(),
    "metrics": Rule(403, 403, 403, 200, shows="dealfinder_stopped"),
}

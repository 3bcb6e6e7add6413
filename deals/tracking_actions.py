"""Writes of followed prices: within a limit, with terms that can come true, judged as soon as they stand."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from babel.numbers import list_currencies
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.models import User
from common.enqueue import wake_after_commit
from common.money import Money, UnknownRate, convert
from common.text import shortened
from common.urls import canonical_url
from deals.models import Deal, SubmissionState, Tracking, TrackingState
from deals.submission_actions import known_deal, submit

MOST_FOLLOWED = 200
"""Prices that one user may follow: each may be a page that is read again several times a day."""
TERMS = frozenset({"target_price", "currency", "drop_percent", "lowest_in_days", "back_in_stock"})
_JUDGED = ("met", "seen_price")


class TooManyFollowed(Exception):
    """The user follows as many prices as one may. The message is one sentence."""


class FollowedAlready(Exception):
    """The user follows this already; `tracking` is how."""

    def __init__(self, tracking: Tracking) -> None:
        super().__init__("You follow this price already.")
        self.tracking = tracking


def follow_deal(user: User, deal: Deal, **terms: Any) -> Tracking:
    """Follow the price of a deal, live or past. `terms` are those of `Tracking`.

    Raises `ValidationError` by field, `FollowedAlready` and `TooManyFollowed`.
    """
    return _follow(user, Tracking(deal=deal, url=deal.url, canonical_url=deal.canonical_url), terms)


def follow_address(user: User, url: str, **terms: Any) -> Tracking:
    """Follow the price on a page. One that is not known is sent like any other (`submit`), and followed once it has been read.

    Raises as `follow_deal` does, and `TooManySubmissions`.
    """
    deal = known_deal(url)
    if deal is not None:
        return follow_deal(user, deal, **terms)
    following = Tracking(url=url.strip(), canonical_url=canonical_url(url), state=TrackingState.WAITING)
    return _follow(user, following, terms)


def change_terms(user: User, tracking: Tracking, **terms: Any) -> Tracking:
    """Change the terms of one of the user's own followed prices; it is judged anew. Raises `ValidationError` by field."""
    before = {name: getattr(tracking, name) for name in TERMS}
    _set_terms(tracking, terms)
    changed = {name for name in TERMS if getattr(tracking, name) != before[name]}
    if "currency" in changed:
        changed.add("target_price")
    with transaction.atomic():
        tracking.met = [term for term in tracking.met if term not in changed]
        tracking.seen_price = None
        tracking.save(update_fields=[*TERMS, *_JUDGED])
        wake_after_commit("match.tracking")
    return tracking


def pause(tracking: Tracking) -> Tracking:
    """Stop following for now; what was sent stays sent."""
    if tracking.state == TrackingState.ACTIVE:
        tracking.state, tracking.source = TrackingState.PAUSED, None
        tracking.save(update_fields=["state", "source"])
        wake_after_commit("scan.following")
    return tracking


def resume(user: User, tracking: Tracking) -> Tracking:
    """Follow again, from what the price is now; one whose page could not be read is sent again.

    Raises `ValidationError` and `TooManySubmissions` as sending does.
    """
    if tracking.state not in (TrackingState.PAUSED, TrackingState.UNREADABLE):
        return tracking
    with transaction.atomic():
        if tracking.deal_id is None:
            tracking.submission = submit(user, tracking.url)
            tracking.state = TrackingState.WAITING
        else:
            tracking.state = TrackingState.ACTIVE
        tracking.reason, tracking.seen_price = "", None
        tracking.save(update_fields=["submission", "state", "reason", *_JUDGED])
        wake_after_commit("scan.following")
        wake_after_commit("match.tracking")
    return tracking


def unfollow(tracking: Tracking) -> None:
    """Follow no more; notifications that were sent stay."""
    with transaction.atomic():
        tracking.delete()
        wake_after_commit("scan.following")


def settle_waiting(submission_ids: Sequence[uuid.UUID] | None = None) -> list[Tracking]:
    """Lead waiting followers on to the deal that their page turned out to be, and return those whose page cannot be followed.

    `submission_ids` are the submissions to look at, all where it is None. In the caller's transaction.
    """
    waiting = Tracking.objects.filter(state=TrackingState.WAITING).exclude(submission__state=SubmissionState.WAITING)
    if submission_ids is not None:
        waiting = waiting.filter(submission__in=submission_ids)
    found = list(
        waiting.select_related("submission").order_by("pk").select_for_update(of=("self",), skip_locked=True)[:500]
    )
    stuck = []
    for tracking in found:
        reason = _settle(tracking)
        if reason:
            tracking.state, tracking.reason = TrackingState.UNREADABLE, shortened(reason, 300)
            stuck.append(tracking)
    Tracking.objects.bulk_update(found, ["deal", "state", "reason", "base_price", "base_currency"])
    return stuck


def _settle(tracking: Tracking) -> str:
    """Find the deal of a page that was read; returns why there is none, in a sentence."""
    sent = tracking.submission
    if sent is None:
        return "What was sent is not there any more. Follow the address again."
    if sent.state != SubmissionState.READ:
        return sent.reason or "The page could not be read."
    deals = list(sent.deals.defer("description")[:3])
    own = [deal for deal in deals if deal.canonical_url == tracking.canonical_url]
    chosen = own or deals
    if len(chosen) != 1:
        return "The page lists several offers. Open the one that you mean, and follow that."
    if Tracking.objects.filter(user=tracking.user_id, deal=chosen[0]).exists():
        return "You follow this offer already, by another address."
    tracking.deal, tracking.state, tracking.reason = chosen[0], TrackingState.ACTIVE, ""
    tracking.base_price, tracking.base_currency = chosen[0].price, chosen[0].currency
    return ""


def _follow(user: User, tracking: Tracking, terms: dict[str, Any]) -> Tracking:
    tracking.user = user
    deal = tracking.deal
    if deal is not None:
        tracking.base_price, tracking.base_currency = deal.price, deal.currency
    _set_terms(tracking, terms)
    try:
        with transaction.atomic():
            # Two requests at once must not both take the last place: the user's row is the lock.
            User.objects.select_for_update().get(pk=user.pk)
            _refuse_second(user, tracking)
            if Tracking.objects.filter(user=user).count() >= MOST_FOLLOWED:
                raise TooManyFollowed(f"At most {MOST_FOLLOWED} prices can be followed. Stop following one first.")
            if deal is None:
                tracking.submission = submit(user, tracking.url)
            tracking.save()
            wake_after_commit("scan.following")
            if deal is not None:
                wake_after_commit("match.tracking")
    except IntegrityError as error:  # the address of one and the deal of another are the same
        raise ValidationError({"url": ["You follow this price already."]}) from error
    return tracking


def _refuse_second(user: User, tracking: Tracking) -> None:
    mine = Tracking.objects.filter(user=user)
    same = mine.filter(canonical_url=tracking.canonical_url).first()
    if same is None and tracking.deal is not None:
        same = mine.filter(deal=tracking.deal).first()
    if same is not None:
        raise FollowedAlready(same)


def _set_terms(tracking: Tracking, terms: dict[str, Any]) -> None:
    unknown = set(terms) - TERMS
    if unknown:
        raise TypeError(f"A followed price has no term {', '.join(sorted(unknown))}.")
    for name, value in terms.items():
        setattr(tracking, name, value)
    tracking.currency = (tracking.currency or "USD").upper()
    problems: dict[str, list[str]] = {}
    if not tracking.terms:
        problems["target_price"] = [
            "Say when you want to be told: at a price, after a drop, at a low, or when it is back."
        ]
    if tracking.currency not in list_currencies():
        problems["currency"] = ["No such currency; an example is EUR."]
    elif tracking.target_price is not None and (reason := _without_rate(tracking)):
        problems["currency"] = [reason]
    _check_ranges(tracking, problems)
    if problems:
        raise ValidationError(problems)


def _check_ranges(tracking: Tracking, problems: dict[str, list[str]]) -> None:
    checked = {"target_price", "drop_percent", "lowest_in_days"}
    try:
        tracking.clean_fields(exclude={field.name for field in Tracking._meta.fields} - checked)
    except ValidationError as error:
        problems |= {name: [*problems.get(name, []), *said] for name, said in error.message_dict.items()}
    if tracking.target_price is not None and tracking.target_price <= 0 and "target_price" not in problems:
        problems["target_price"] = ["Enter a price above 0."]


def _without_rate(tracking: Tracking) -> str:
    """Why a target in this currency could never be compared with the deal's price; empty where it can."""
    if tracking.deal is None or tracking.deal.currency == tracking.currency:
        return ""
    try:
        convert(Money(tracking.deal.price, tracking.deal.currency), tracking.currency)
    except UnknownRate:
        here = tracking.deal.currency
        return f"There is no exchange rate from {here} to {tracking.currency}. Enter the price in {here}."
    return ""

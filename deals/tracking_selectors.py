"""Reads of followed prices. Each takes the user and returns only what is theirs."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from common.templatetags.show import short_money, time_words
from deals.life import why_over
from deals.models import Deal, Source, SourceState, Tracking, TrackingState

_TRIES = 3
_SETTING_UP = timedelta(minutes=10)
_LONG_UNSEEN = timedelta(days=2)


def trackings_of(user: User) -> QuerySet[Tracking]:
    """Return what the user follows, the last first, with its deal, product and sources; nobody else's, for operators too."""
    return (
        Tracking.objects.filter(user=user)
        .select_related("deal", "deal__valuation", "deal__product", "deal__source", "source")
        .defer("deal__description")
        .order_by("-created_at", "-id")
    )


def tracking_of(user: User, tracking_id: uuid.UUID) -> Tracking:
    """Return one of the user's own followed prices. Raises `Tracking.DoesNotExist` for anybody else's."""
    return trackings_of(user).get(pk=tracking_id)


def tracking_of_deal(user: User | None, deal: Deal) -> Tracking | None:
    """How the user follows this deal, or None."""
    return None if user is None else trackings_of(user).filter(deal=deal).first()


def terms_in_words(tracking: Tracking) -> list[str]:
    """What the user asked to be told of, a phrase each."""
    words = []
    if tracking.target_price is not None:
        words.append(f"at {short_money(tracking.target_price, tracking.currency)} or less")
    if tracking.drop_percent is not None:
        since = (
            f" than {short_money(tracking.base_price, tracking.base_currency)}"
            if tracking.base_price is not None
            else ""
        )
        words.append(f"{tracking.drop_percent}\u00a0% cheaper{since}")
    if tracking.lowest_in_days is not None:
        words.append(f"the lowest price in {tracking.lowest_in_days} days")
    if tracking.back_in_stock:
        words.append("back in stock")
    return words


@dataclass(frozen=True, slots=True)
class Standing:
    """How a followed price stands, in a word, a sentence and a tone (`good`, `plain`, `warn`)."""

    word: str
    sentence: str
    tone: str = "plain"


def standing_of(tracking: Tracking) -> Standing:
    """How a followed price stands now, and how it comes to be read again."""
    if tracking.state == TrackingState.UNREADABLE:
        return Standing("Cannot be read", tracking.reason, "warn")
    deal = tracking.deal
    if tracking.state == TrackingState.WAITING or deal is None:
        return Standing("Waiting", "Its page is being read for the first time.")
    if tracking.state == TrackingState.PAUSED:
        return Standing("Paused", "You are not told of it until you resume it.")
    over = why_over(deal, timezone.now())
    reading = _reading(tracking, deal)
    if reading.tone == "warn":
        return reading
    if over:
        return Standing(over, f"It is followed further, in case it is offered again. {reading.sentence}", "warn")
    price_terms = [term for term in tracking.met if term != "back_in_stock"]
    if price_terms:
        return Standing("Met", reading.sentence, "good")
    return Standing("Followed", reading.sentence)


def _reading(tracking: Tracking, deal: Deal) -> Standing:
    """How its price is read again, and how that goes."""
    source = tracking.source or deal.source
    if source is None or source.state != SourceState.ACTIVE:
        if timezone.now() - tracking.created_at < _SETTING_UP and tracking.source is None:
            return Standing("Followed", "We are about to read its page again.")
        return Standing(
            "Not read again",
            "Nothing reads its page by itself. Send the page again to bring the price up to date.",
            "warn",
        )
    if source.consecutive_failures >= _TRIES:
        last = f" Last read {time_words(source.last_success_at)}." if source.last_success_at else ""
        return Standing("Cannot be read", f"{source.last_error or 'Its page could not be read.'}{last}", "warn")
    every = _interval_words(source)
    if tracking.source is not None:
        read_at = source.last_success_at
        return Standing("Followed", f"Its page is read {every}{f', last {time_words(read_at)}' if read_at else ''}.")
    if timezone.now() - deal.last_seen_at > _LONG_UNSEEN:
        seen = time_words(deal.last_seen_at)
        page = f" Its page cannot be read: {tracking.reason}" if tracking.reason else ""
        return Standing(
            "Not seen lately", f"Its source has not shown it since {seen}, so its price may be old.{page}", "warn"
        )
    return Standing("Followed", f"Its source is read {every}; seen there last {time_words(deal.last_seen_at)}.")


def _interval_words(source: Source) -> str:
    minutes = int(source.current_interval.total_seconds() // 60)
    if minutes < 120:
        return f"every {minutes} minutes"
    return f"every {minutes // 60} hours" if minutes < 2 * 1440 else f"every {minutes // 1440} days"


def change_since(tracking: Tracking) -> Decimal | None:
    """By how many per cent the price is above (or, below 0, under) that at the beginning; None where they cannot be compared."""
    deal = tracking.deal
    if deal is None or not tracking.base_price or deal.currency != tracking.base_currency:
        return None
    return round(100 * (deal.price - tracking.base_price) / tracking.base_price, 1)

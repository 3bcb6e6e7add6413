"""Looks at the pictures of deals, each once, and keeps what they look like: a fingerprint, never the picture.

Pictures are asked for as pages are: as robots.txt allows, at the pace of the host. One that cannot be had is tried three times.
The pictures of samples are not asked for. Offers with one picture address share one look.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone

from agents.identity.pictures import MAX_BYTES, Look, look_at
from agents.scanning.fetching.visit import Asking, NotNow, ask_once, place_of
from common.egress import EgressError
from common.retries import sentence_of
from deals.models import Deal, DealPicture, DealState

log = logging.getLogger(__name__)

MOST_TRIES: Final = 3
_ASKING: Final = Asking("image/webp, image/png, image/jpeg, image/gif;q=0.8", MAX_BYTES, role="picture")
_CANDIDATES: Final = 400
_PER_PLACE: Final = 10
_ROUND_SECONDS: Final = 90.0
_WAIT: Final = timedelta(hours=1)
_BUSY: Final = timedelta(minutes=10)


@dataclass(slots=True)
class Looked:
    """What a round did: pictures with a fingerprint, pictures without one, and those that are tried again."""

    known: int = 0
    useless: int = 0
    again: int = 0


def look_at_pictures() -> Looked:
    """Look at pictures that nobody has looked at, those of the newest deals first, for a minute and a half at most.

    Of one host there are at most ten in a round, so that a slow one does not keep the others waiting.
    """
    done = Looked()
    if not settings.PICTURE_FINGERPRINTS:
        return done
    until = time.monotonic() + _ROUND_SECONDS
    asked: Counter[str] = Counter()
    for deal in _waiting():
        if time.monotonic() > until:
            break
        same = DealPicture.objects.filter(url=deal.image_url, looked_at__isnull=False).first()
        place = place_of(deal.image_url)
        if same is None and asked[place] >= _PER_PLACE:
            continue
        picture = _claim(deal)
        if picture is None:
            continue
        if same is not None:
            _settle(picture, Look(same.hash, same.error), done)
            continue
        asked[place] += 1
        if not _ask(picture, done):
            asked[place] = _PER_PLACE
    return done


def _waiting() -> list[Deal]:
    """Deals whose picture is to be looked at now, the newest first."""
    unknown = Q(picture__isnull=True) | ~Q(picture__url=F("image_url"))
    again = Q(picture__looked_at=None, picture__tries__lt=MOST_TRIES, picture__retry_at__lte=timezone.now())
    found = Deal.objects.filter(unknown | again, state=DealState.ACTIVE, is_sample=False)
    found = found.filter(Q(image_url__startswith="https://") | Q(image_url__startswith="http://"))
    return list(
        found.select_related("picture").only("id", "image_url", "picture").order_by("-first_seen_at")[:_CANDIDATES]
    )


def _claim(deal: Deal) -> DealPicture | None:
    """The picture of a deal, counted as tried before it is: what kills a worker does so three times. None where another has it."""
    now = timezone.now()
    picture: DealPicture | None = getattr(deal, "picture", None)
    if picture is None:
        picture, made = DealPicture.objects.get_or_create(
            deal=deal, defaults={"url": deal.image_url, "tries": 1, "retry_at": now + _BUSY}
        )
        return picture if made else None
    fresh = {"url": deal.image_url, "retry_at": now + _BUSY}
    if picture.url != deal.image_url:
        fresh |= {"hash": None, "looked_at": None, "error": "", "tries": 1}
    else:
        fresh |= {"tries": picture.tries + 1}
    mine = DealPicture.objects.filter(pk=picture.pk, url=picture.url, tries=picture.tries, retry_at=picture.retry_at)
    if not mine.update(**fresh):
        return None
    for name, value in fresh.items():
        setattr(picture, name, value)
    return picture


def _ask(picture: DealPicture, done: Looked) -> bool:
    """Ask for one picture and keep what it looks like; returns whether its host may be asked for more now."""
    try:
        page = ask_once(picture.url, _ASKING)
    except NotNow as error:
        # It was not asked for after all, so that was no try.
        picture.tries, picture.retry_at = picture.tries - 1, timezone.now() + timedelta(seconds=error.wait)
        picture.save(update_fields=["tries", "retry_at"])
        done.again += 1
        return False
    except EgressError as error:
        sentence = sentence_of(error)
        log.info("A picture could not be had: %s", sentence)
        if picture.tries >= MOST_TRIES:
            _settle(picture, Look(None, sentence), done)
            return True
        wait = max(_WAIT * 4 ** (picture.tries - 1), timedelta(seconds=float(error.retry_after or 0)))
        picture.error, picture.retry_at = sentence[:300], timezone.now() + wait
        picture.save(update_fields=["error", "retry_at"])
        done.again += 1
        return True
    _settle(picture, look_at(page.body), done)
    return True


def _settle(picture: DealPicture, look: Look, done: Looked) -> None:
    picture.hash, picture.error, picture.looked_at = look.hash, look.reason[:300], timezone.now()
    picture.save(update_fields=["hash", "error", "looked_at"])
    if look.hash is None:
        done.useless += 1
    else:
        done.known += 1

"""Writes that people make by sending what they saw elsewhere."""

from __future__ import annotations

import gzip
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils import timezone

from accounts.models import User
from common.enqueue import wake_after_commit
from common.urls import canonical_url, host_of, is_web_url
from deals.models import Deal, Submission, SubmissionState

LARGEST_PAGE = 6_000_000
"""Bytes of a page that is sent: the largest saved page of a marketplace that is known has 2.8 million."""
MOST_A_DAY = 300
MOST_WAITING = 30


class TooManySubmissions(Exception):
    """The user has sent as much as one may. The message is one sentence."""


def known_deal(url: str) -> Deal | None:
    """The deal with this address, whatever its state, or None."""
    return Deal.objects.filter(canonical_url=canonical_url(url)).select_related("valuation", "source").first()


def submit(user: User, url: str, html: str = "") -> Submission:
    """Keep what a user sends; it is read soon, in another process. Raises `ValidationError` by field and `TooManySubmissions`.

    Who sends the same address again while it waits gets the submission that waits, with the newer page.
    """
    page = _checked(url, html)
    mine = Submission.objects.filter(user=user)
    waiting = mine.filter(state=SubmissionState.WAITING)
    same = waiting.filter(canonical_url=canonical_url(url), attempts=0).first()
    if same is None:
        if mine.filter(created_at__gte=timezone.now() - timedelta(days=1)).count() >= MOST_A_DAY:
            raise TooManySubmissions(f"At most {MOST_A_DAY} pages can be sent in a day. Try again tomorrow.")
        if waiting.count() >= MOST_WAITING:
            raise TooManySubmissions("Many of your pages still wait to be read. Try again in a few minutes.")
        same = Submission(user=user, url=url.strip(), canonical_url=canonical_url(url))
    if page or not same.size:
        same.page, same.size = (gzip.compress(page, 6) if page else None), len(page)
    same.save()
    wake_after_commit("submission.read", str(same.pk))
    return same


def _checked(url: str, html: str) -> bytes:
    url = url.strip()
    problems: dict[str, list[str]] = {}
    try:
        URLValidator(["http", "https"])(url)
    except ValidationError:
        problems["url"] = ["This wants the address of a page, beginning with http:// or https://."]
    if not problems and (
        not is_web_url(url) or not host_of(url) or len(canonical_url(url)) > 2_000 or len(url) > 2_000
    ):
        problems["url"] = ["This is no address of a page that could be kept."]
    page = html.replace("\x00", "").encode("utf-8", "replace")
    if len(page) > LARGEST_PAGE:
        problems["html"] = [f"A page may have at most {LARGEST_PAGE // 1_000_000} MB."]
    if problems:
        raise ValidationError(problems)
    return page

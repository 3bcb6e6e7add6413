"""What people sent is read: fetched where only an address came, cut up by the reader of its place, and weighed against what is known.

Whoever sends a page may have written it themselves. So a page that came from a browser

- speaks only for the place that its address names,
- never changes a deal that was found by scanning: what it says is kept beside it, and where it differs the source is scanned;
- changes a deal that came in this way only for the one who sent it before, for an operator, or when a second user reports the same price,
- and meets only the goals of those who sent it (`deals/matching.py`), so that nobody can send others an alert.

An address without a page is fetched by us, like any other page; what it says is then as good as a scan.
"""

from __future__ import annotations

import gzip
import logging
import uuid
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import User
from agents.models import Agent
from agents.runs import RunRecorder, record_run
from agents.scanning.actions.deals import write_offers
from agents.scanning.fetching.robots import RobotsRefusal
from agents.scanning.fetching.visit import ask_once
from agents.scanning.sources.base import Offer, Skip, UnreadableSource
from agents.scanning.sources.places import currency_of_place
from agents.scanning.sources.registry import get_kind
from agents.scanning.sources.submitted.kind import reader_for
from common.dead_letters import record_dead_letter
from common.egress import EgressError
from common.enqueue import wake_after_commit
from common.money import amount_text
from common.retries import is_exhausted, next_try, sentence_of
from common.text import shortened
from common.urls import host_of, marketplace_of
from deals.models import Deal, Source, SourceState, Submission, SubmissionState

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
MOST_OFFERS = 120
AGREEMENT = timedelta(days=7)
"""How far apart two users may report the same price to be believed together."""


@dataclass(frozen=True, slots=True)
class _Body:
    """A page, and whether we fetched it ourselves."""

    content: bytes
    content_type: str
    url: str
    is_ours: bool


def read_submission(submission_id: uuid.UUID) -> str:
    """Read one submission, once; returns its state. A failure is on its record; a page that cannot be used is refused with a sentence."""
    found = _claim(submission_id)
    if found is None:
        return "busy"
    place = marketplace_of(found.url)
    with record_run(Agent.SCANNING, "submission", f"Sent: {place}") as run:
        try:
            body = _body(found, run)
            offers, skips = _read(found, body, run)
            if not offers:
                raise UnreadableSource(_why_nothing(skips))
            with run.step("Weigh against what is known") as step, transaction.atomic():
                step.detail.update(_keep(found, body, offers))
                _end(found, SubmissionState.READ, "")
        except UnreadableSource as error:
            run.fail(str(error))
            _end(found, SubmissionState.REFUSED, str(error))
        except EgressError as error:
            run.fail(str(error))
            _try_later(found, str(error), for_good=_is_final(error))
        except Exception as error:
            log.exception("Submission %s could not be read", found.pk)
            run.fail(sentence_of(error))
            _try_later(found, sentence_of(error))
    return found.state


def read_waiting(limit: int = 50) -> int:
    """Read submissions whose message was lost or whose reader died; returns how many that were."""
    now = timezone.now()
    old = Submission.objects.filter(state=SubmissionState.WAITING, created_at__lte=now - timedelta(seconds=30))
    free = old.filter(Q(leased_until__isnull=True) | Q(leased_until__lte=now))
    ids = list(free.order_by("created_at").values_list("pk", flat=True)[:limit])
    for pk in ids:
        read_submission(pk)
    return len(ids)


def _claim(submission_id: uuid.UUID) -> Submission | None:
    now = timezone.now()
    free = Submission.objects.filter(pk=submission_id, state=SubmissionState.WAITING)
    free = free.filter(Q(leased_until__isnull=True) | Q(leased_until__lte=now))
    if not free.update(leased_until=now + LEASE, attempts=F("attempts") + 1):
        return None
    return Submission.objects.select_related("user").get(pk=submission_id)


def _body(found: Submission, run: RunRecorder) -> _Body:
    if found.page:
        try:
            return _Body(gzip.decompress(bytes(found.page)), "text/html; charset=utf-8", found.url, is_ours=False)
        except (OSError, EOFError, zlib.error) as error:
            raise UnreadableSource("The page that was sent is damaged. Send it again.") from error
    kind = get_kind(reader_for(found.url))
    if not kind.is_fetched:
        raise UnreadableSource(
            f"{kind.label} forbids robots, so its pages are not fetched. Open the page in your browser and send it from there: "
            "under Settings is a button for that."
        )
    with run.step("Fetch", url=found.url) as step:
        page = ask_once(found.url, get_kind("page"))
        step.detail.update(status=page.status, bytes=len(page.body))
    if marketplace_of(page.url) != marketplace_of(found.url):
        raise UnreadableSource(f"This address leads on to {host_of(page.url)}. Send the address of the offer itself.")
    return _Body(page.body, page.headers.get("content-type", ""), page.url, is_ours=True)


def _read(found: Submission, body: _Body, run: RunRecorder) -> tuple[list[Offer], list[Skip]]:
    kind = get_kind("submitted")
    config = kind.config_class(default_currency=currency_of_place(body.url), marketplace=marketplace_of(found.url))
    with run.step("Read the page") as step:
        answers = [kind.read(entry, config) for entry in kind.parse(body.content, body.content_type, body.url, config)]
        offers = [answer for answer in answers if isinstance(answer, Offer)][:MOST_OFFERS]
        skips = [answer for answer in answers if isinstance(answer, Skip)]
        step.detail.update(offers=len(offers), skipped=len(skips))
    return offers, skips


def _why_nothing(skips: Sequence[Skip]) -> str:
    if not skips:
        return "The page says itself that it lists nothing."
    first = skips[0]
    return f"“{shortened(first.title, 80)}” cannot be used: {first.reason.rstrip('.')}."


def _keep(found: Submission, body: _Body, offers: list[Offer]) -> dict[str, int]:
    """Write what may be written, keep the rest as evidence, and return the count of each outcome."""
    source = _source(found, is_ours=body.is_ours)
    known = _known(source, offers)
    writable: list[tuple[Source, Offer]] = []
    rows: list[tuple[Offer, Deal | None, str]] = []
    rescans: set[str] = set()
    for offer in offers:
        deal = known.get(offer.canonical_url) or known.get(offer.external_id)
        outcome = _outcome(found, body, offer, deal)
        if outcome in {"new", "updated"}:
            writable.append((source, offer))
        elif outcome == "differs" and deal is not None and deal.source is not None and deal.source.url:
            rescans.add(str(deal.source.pk))
        rows.append((offer, deal, outcome))
    written = iter(write_offers(writable).deals)
    evidence, deals = [], []
    for offer, deal, outcome in rows:
        kept = next(written) if outcome in {"new", "updated"} else deal
        assert kept is not None
        deals.append(kept)
        evidence.append(_evidence(kept, offer, outcome))
    found.evidence = evidence
    found.deals.set(deals)
    for pk in rescans:
        wake_after_commit("scan.source", pk)
    if writable:
        wake_after_commit("value.pending")
    return {
        name: sum(1 for _, _, outcome in rows if outcome == name) for name in ("new", "updated", "agrees", "differs")
    }


def _evidence(deal: Deal, offer: Offer, outcome: str) -> dict[str, Any]:
    return {
        "deal_id": str(deal.pk),
        "title": shortened(offer.title, 200),
        "url": offer.canonical_url,
        "price": amount_text(offer.price, offer.currency),
        "currency": offer.currency,
        "outcome": outcome,
    }


def _outcome(found: Submission, body: _Body, offer: Offer, deal: Deal | None) -> str:
    """new, updated, agrees or differs: whether an offer becomes a deal, changes one, or is only kept beside it."""
    if deal is None:
        return "new"
    if body.is_ours:
        return "updated"
    is_scanned = deal.source is not None and deal.source.kind != "submitted"
    if (deal.price, deal.currency) == (offer.price, offer.currency):
        return "agrees" if is_scanned else "updated"
    if is_scanned:
        return "differs"
    if found.user.is_operator or _sent_before(found.user, deal) or _said_by_another(found, deal, offer):
        return "updated"
    return "differs"


def _sent_before(user: User, deal: Deal) -> bool:
    """Whether this user is one of those that the deal came from."""
    mine = Submission.objects.filter(user=user, deals=deal, state=SubmissionState.READ)
    return any(
        row["deal_id"] == str(deal.pk) and row["outcome"] in {"new", "updated"} for one in mine for row in one.evidence
    )


def _said_by_another(found: Submission, deal: Deal, offer: Offer) -> bool:
    """Whether another user reported this very price for the deal a short while ago."""
    said = [{"deal_id": str(deal.pk), "price": amount_text(offer.price, offer.currency), "currency": offer.currency}]
    others = Submission.objects.exclude(user=found.user).filter(
        evidence__contains=said, created_at__gte=timezone.now() - AGREEMENT
    )
    return others.exists()


def _known(source: Source, offers: list[Offer]) -> dict[str, Deal]:
    """The deals that these offers speak of, by address and by number."""
    same = Q(canonical_url__in=[offer.canonical_url for offer in offers])
    same |= Q(marketplace=source.marketplace, external_id__in=[offer.external_id for offer in offers])
    known: dict[str, Deal] = {}
    for deal in Deal.objects.filter(same).select_related("source").defer("description"):
        known[deal.canonical_url] = deal
        if deal.marketplace == source.marketplace:
            known[deal.external_id] = deal
    return known


def _source(found: Submission, *, is_ours: bool) -> Source:
    """The source that such deals are filed under: one for each place, and another where we fetched the page ourselves."""
    place = marketplace_of(found.url)
    name, title = ("asked", f"Asked for: {place}") if is_ours else ("sent", f"Sent by people: {place}")
    source, _ = Source.objects.get_or_create(
        name=f"{name}-{''.join(letter if letter.isalnum() and letter.isascii() else '-' for letter in place.lower())}"[
            :80
        ].strip("-"),
        defaults={
            "title": shortened(title, 120),
            "kind": reader_for(found.url) if is_ours else "submitted",
            "marketplace": place[:80],
            "default_currency": currency_of_place(found.url),
            "state": SourceState.PAUSED,
        },
    )
    return source


def _is_final(error: EgressError) -> bool:
    """Whether asking again would be answered in the same way: by the server, or by its robots.txt."""
    if isinstance(error, RobotsRefusal):
        return error.is_said
    return error.status is not None and 400 <= error.status < 500 and error.status != HTTPStatus.TOO_MANY_REQUESTS


def _end(found: Submission, state: SubmissionState, reason: str) -> None:
    """Close a submission. Its page is no longer needed, and may hold more about its sender than anybody should keep."""
    found.state, found.reason, found.page = state, shortened(reason, 300), None
    found.finished_at, found.leased_until = timezone.now(), None
    found.save(update_fields=["state", "reason", "page", "finished_at", "leased_until", "evidence"])


def _try_later(found: Submission, sentence: str, *, for_good: bool = False) -> None:
    if for_good:
        _end(found, SubmissionState.REFUSED, sentence)
    elif is_exhausted(found.attempts):
        with transaction.atomic():
            _end(found, SubmissionState.FAILED, sentence)
            record_dead_letter("submission", found.pk, "submission.again", sentence, attempts=found.attempts)
    else:
        found.reason, found.leased_until = shortened(sentence, 300), next_try(found.attempts)
        found.save(update_fields=["reason", "leased_until"])


def read_again(submission_id: uuid.UUID) -> None:
    """Start from the beginning with a submission that failed for good. One whose page is gone is fetched."""
    again = Submission.objects.filter(pk=submission_id, state=SubmissionState.FAILED)
    if again.update(state=SubmissionState.WAITING, attempts=0, leased_until=None, finished_at=None):
        read_submission(submission_id)

"""Trying a source: it is asked and read as a scan would, and nothing is written but the answer, for a quarter of an hour."""

from __future__ import annotations

import logging
import time
import uuid
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Final

import redis
from celery import current_app
from celery.exceptions import SoftTimeLimitExceeded
from django.core.cache import cache
from kombu.exceptions import OperationalError

from agents.scanning.actions.sources import BadSource, kind_and_config
from agents.scanning.fetching.access import Access, BadAccess, access_of
from agents.scanning.fetching.robots import RobotsRefusal, rules_for
from agents.scanning.fetching.visit import Visit
from agents.scanning.sources.base import Offer, SourceKind, UnreadableSource
from common.egress import EgressError
from common.money import format_money
from common.retries import sentence_of
from common.text import shortened
from deals.models import Source

log = logging.getLogger(__name__)

SECONDS: Final = 30
"""For all of it; the task is stopped then."""
WAITING: Final = 60
"""Seconds after which a trial that no worker has taken up is dropped."""
_KEPT: Final = 900
_SHOWN: Final = 30
_MOST_READ: Final = 2_000
_SAMPLE: Final = 600


class TrialUnavailable(Exception):
    """A trial could not be started. The message is one plain sentence."""


@dataclass(slots=True)
class Trial:
    """What a source would give. `error` is a sentence where it gave nothing; `sample` then begins what came instead.

    `robots` says what robots.txt has to say to it. `offers` and `skips` are the first thirty; `reasons` counts all skips by their reason.
    """

    address: str = ""
    status: int | None = None
    size: int = 0
    seconds: float = 0.0
    content_type: str = ""
    robots: str = ""
    entries: int = 0
    offer_count: int = 0
    offers: list[dict[str, str]] = field(default_factory=list)
    skip_count: int = 0
    skips: list[dict[str, str]] = field(default_factory=list)
    reasons: dict[str, int] = field(default_factory=dict)
    error: str = ""
    sample: str = ""


def start_trial(source: Source) -> uuid.UUID:
    """Ask a worker to try a source; the id finds its answer. Raises `TrialUnavailable`."""
    trial_id = uuid.uuid4()
    try:
        cache.set(_key(trial_id), {"source": str(source.pk), "at": time.time()}, _KEPT)
        current_app.send_task(
            "scan.try", args=[str(source.pk), str(trial_id)], expires=WAITING, ignore_result=True, retry=False
        )
    except (redis.RedisError, OperationalError, OSError) as error:
        raise TrialUnavailable(
            "The queue cannot be reached, so nothing was tested. Look whether Valkey runs, then try again."
        ) from error
    return trial_id


@dataclass(frozen=True, slots=True)
class TrialState:
    """`trial` is None as long as there is no answer; `waited` is for how many seconds it was waited for."""

    trial: Trial | None
    waited: float

    @property
    def is_lost(self) -> bool:
        """No worker can answer any more."""
        return self.trial is None and self.waited > WAITING + SECONDS


def trial_state(source: Source, trial_id: uuid.UUID) -> TrialState | None:
    """How a trial stands; None where it is not known (any more), or is one of another source."""
    try:
        known = cache.get(_key(trial_id))
    except (redis.RedisError, OSError):
        return None
    if not isinstance(known, dict) or known.get("source") != str(source.pk):
        return None
    result = known.get("result")
    return TrialState(Trial(**result) if result else None, time.time() - known["at"])


def run_trial(source_id: uuid.UUID, trial_id: uuid.UUID) -> None:
    """Try a source and keep the answer for whoever waits for it."""
    source = Source.objects.filter(pk=source_id).first()
    if source is None:
        return
    trial = Trial(address=source.url)
    try:
        try_source(source, trial)
    except SoftTimeLimitExceeded:
        trial.error = f"It took longer than {SECONDS} seconds, so it was stopped."
    except (EgressError, UnreadableSource, BadSource, BadAccess) as error:
        trial.error = sentence_of(error)
    except Exception as error:
        log.exception("The trial of %s failed", source.name)
        trial.error = sentence_of(error)
    cache.set(_key(trial_id), {"source": str(source.pk), "at": time.time(), "result": asdict(trial)}, _KEPT)


def try_source(source: Source, trial: Trial) -> None:
    """Fill `trial` with what a scan of this source would read now. Raises what a scan would raise; writes nothing."""
    kind, config = kind_and_config(source)
    if not kind.is_fetched or not source.url:
        raise BadSource(f"“{source.title}” is read from what people send; there is no address to ask.")

    access = access_of(source)
    trial.robots = _robots_verdict(source, kind, access)
    visit = Visit(source, kind, access, patient=False, conditional=False)
    started = time.monotonic()
    try:
        page = kind.collect(source.url, config, visit)
    except EgressError as error:
        trial.status = error.status
        raise
    finally:
        visit.close()
        trial.seconds = round(time.monotonic() - started, 2)
    trial.address, trial.status, trial.size = page.url, page.status, len(page.body)
    trial.content_type = page.headers.get("content-type", "")[:100]
    try:
        entries = kind.parse(page.body, page.headers.get("content-type", ""), page.url, config)
    except UnreadableSource:
        trial.sample = page.body[:_SAMPLE].decode("utf-8", "replace")
        raise
    trial.entries = len(entries)
    reasons: Counter[str] = Counter()
    for entry in entries[:_MOST_READ]:
        result = kind.read(entry, config)
        if isinstance(result, Offer):
            trial.offer_count += 1
            if len(trial.offers) < _SHOWN:
                price = format_money(result.price, result.currency)
                trial.offers.append({"title": shortened(result.title, 160), "price": price, "url": result.url})
        else:
            trial.skip_count += 1
            reasons[result.reason] += 1
            if len(trial.skips) < _SHOWN:
                trial.skips.append({"title": shortened(entry.title, 160), "reason": result.reason})
    trial.reasons = dict(reasons.most_common(10))


def _robots_verdict(source: Source, kind: SourceKind, access: Access) -> str:
    """What robots.txt says of the address of a source, in a sentence."""
    if kind.is_interface:
        return "It has nothing to say here: an interface made for programs is asked."
    rules = rules_for(source.url, access.proxy)
    try:
        rules.check(source.url)
    except RobotsRefusal as refusal:
        return str(refusal)
    pace = f", once in {rules.delay:g} seconds" if rules.delay else ""
    return f"It allows us to ask for this address{pace}."


def _key(trial_id: uuid.UUID) -> str:
    return f"trial:{trial_id}"

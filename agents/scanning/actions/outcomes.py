"""How an attempt to scan ends: on the record, and with the next one on the clock."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Case, DurationField, ExpressionWrapper, F, FloatField, Value, When
from django.db.models.functions import Greatest, Least, Power
from django.utils import timezone

from agents.scanning.actions.asking import Answer
from agents.scanning.actions.entries import Stored
from agents.scanning.actions.leases import Held, LeaseLost
from agents.scanning.actions.life import withdraw_the_one
from agents.scanning.actions.reading import ReadOutcome
from agents.scanning.actions.sources import kind_and_config
from agents.scanning.fetching.visit import NotNow
from common.dead_letters import record_dead_letter
from common.models import DeadLetter
from common.outbox import record_all
from common.retries import is_exhausted, next_try, sentence_of
from deals.events import ScanFinished
from deals.models import Fetch, FetchOutcome, Source

_GONE = frozenset({404, 410})
LONGEST_PAUSE = datetime.timedelta(hours=6)


def succeed(held: Held, answer: Answer, *, changed: bool) -> None:
    """Give the lease back and keep what makes the next request conditional, in the caller's transaction: only now that everything
    is stored and read. Raises `LeaseLost`."""
    source, now = held.source, timezone.now()
    source.unchanged_scans = 0 if changed else source.unchanged_scans + 1
    fields: dict[str, object] = {
        "lease": None,
        "leased_until": None,
        "last_success_at": now,
        "consecutive_failures": 0,
        "last_error": "",
        "unchanged_scans": source.unchanged_scans,
        "next_run_at": now + source.current_interval,
    }
    if answer.page is not None and not answer.page.not_modified:
        fields["etag"] = answer.page.headers.get("etag", "")[:300]
        fields["last_modified"] = answer.page.headers.get("last-modified", "")[:100]
        if not answer.unchanged:
            fields["body_hash"], fields["body_read_at"] = answer.body_hash, now
    if not Source.objects.filter(pk=source.pk, lease=held.lease).update(**fields):
        raise LeaseLost
    if source.consecutive_failures:
        _forget_dead_letters([source], now)


def succeed_unchanged(many: Sequence[tuple[Held, Answer]]) -> None:
    """End many scans that found their source as it was, in the caller's transaction and in few statements. Those whose lease was
    lost are left to whoever has it."""
    now = timezone.now()
    sources = [held.source for held, _ in many]
    mine = Source.objects.filter(
        pk__in=[source.pk for source in sources], lease__in={held.lease for held, _ in many if held.lease}
    )
    mine.update(
        lease=None,
        leased_until=None,
        last_success_at=now,
        consecutive_failures=0,
        last_error="",
        unchanged_scans=F("unchanged_scans") + 1,
        next_run_at=Value(now) + _stretched_interval(),
    )
    if failed := [source for source in sources if source.consecutive_failures]:
        _forget_dead_letters(failed, now)
    for held, answer in many:
        held.attempt.http_status = answer.page.status if answer.page else None
        held.attempt.size = len(answer.page.body) if answer.page else 0
        held.attempt.outcome, held.attempt.finished_at = FetchOutcome.NOT_MODIFIED, now
    plain = [held.attempt.pk for held, _ in many if held.attempt.size == 0]
    Fetch.objects.filter(pk__in=plain).update(http_status=304, outcome=FetchOutcome.NOT_MODIFIED, finished_at=now)
    Fetch.objects.bulk_update(
        [held.attempt for held, _ in many if held.attempt.size], ["http_status", "size", "outcome", "finished_at"]
    )
    record_all((_finished(held, FetchOutcome.NOT_MODIFIED), None) for held, _ in many)


def fail(held: Held, error: Exception, sentence: str) -> None:
    """Put a failure on the record, and the next try on the clock: soon at first, later the longer it lasts."""
    source = held.source
    held.attempt.http_status = getattr(error, "status", None) or held.attempt.http_status
    with transaction.atomic():
        mine = Source.objects.filter(pk=source.pk, lease=held.lease)
        if mine.update(
            consecutive_failures=F("consecutive_failures") + 1, last_error=sentence, lease=None, leased_until=None
        ):
            failures = Source.objects.values_list("consecutive_failures", flat=True).get(pk=source.pk)
            Source.objects.filter(pk=source.pk).update(
                next_run_at=_next_try(source, failures, getattr(error, "retry_after", None))
            )
            if is_exhausted(failures):
                record_dead_letter("scan", source.pk, "scan.source", sentence, attempts=failures)
            if held.attempt.http_status in _GONE and kind_and_config(source)[0].is_one_thing:
                withdraw_the_one(source, f"Its page answered {held.attempt.http_status}: it is not there any more.")
        complete(held, FetchOutcome.FAILED, error=sentence)


def postpone(held: Held, why: NotNow) -> None:
    """Give a source back that was not asked, because its host is not to be asked now. It is no failure; its next run is later,
    and where the host wants to be left alone the source says so."""
    with transaction.atomic():
        fields: dict[str, object] = {"lease": None, "leased_until": None}
        fields["next_run_at"] = timezone.now() + min(datetime.timedelta(seconds=why.wait), LONGEST_PAUSE)
        if why.left_alone:
            fields["last_error"] = sentence_of(why)
        Source.objects.filter(pk=held.source.pk, lease=held.lease).update(**fields)
        held.attempt.delete()
        record_all([(_finished(held, "postponed"), None)])


def complete(
    held: Held,
    outcome: FetchOutcome,
    *,
    stored: Stored | None = None,
    entries: int = 0,
    reading: ReadOutcome | None = None,
    error: str = "",
) -> None:
    """Complete the record of the attempt, with its event, in the caller's transaction."""
    reading, attempt = reading or ReadOutcome(), held.attempt
    attempt.outcome, attempt.finished_at, attempt.error = outcome, timezone.now(), error
    attempt.entries, attempt.new_entries = entries, stored.new if stored else 0
    attempt.new_deals, attempt.changed_deals = reading.new_deals, reading.changed_deals
    attempt.skipped = reading.skipped
    attempt.save()
    record_all([(_finished(held, outcome), None)])


def _finished(held: Held, outcome: str) -> ScanFinished:
    attempt = held.attempt
    return ScanFinished(
        source=held.source.name,
        title=held.source.title,
        outcome=str(outcome),
        entries=attempt.entries,
        new_deals=attempt.new_deals,
        changed_deals=attempt.changed_deals,
        skipped=attempt.skipped,
    )


def _stretched_interval() -> Case:
    """`Source.current_interval` after one more scan without a change, for the database to compute."""
    from deals.models.source import LONGEST_STRETCH, LONGEST_STRETCHED, PATIENT_SCANS

    plain = F("interval_seconds") * 1.0
    times = Power(Value(1.5), Greatest(Value(0), F("unchanged_scans") + 1 - PATIENT_SCANS), output_field=FloatField())
    stretched = Least(
        plain * Least(Value(float(LONGEST_STRETCH)), times),
        Value(LONGEST_STRETCHED.total_seconds()),
        output_field=FloatField(),
    )
    seconds = Case(
        When(is_adaptive=True, then=Greatest(plain, stretched, output_field=FloatField())),
        default=plain,
        output_field=FloatField(),
    )
    return ExpressionWrapper(seconds * Value(datetime.timedelta(seconds=1)), output_field=DurationField())  # type: ignore[return-value]


def _forget_dead_letters(sources: Sequence[Source], now: datetime.datetime) -> None:
    ids = [str(source.pk) for source in sources]
    DeadLetter.objects.filter(stage="scan", object_id__in=ids, replayed_at__isnull=True).update(replayed_at=now)


def _next_try(source: Source, failures: int, retry_after: int | None) -> datetime.datetime:
    """Twice soon after a failure; then at the source's own interval, doubled with each further failure up to six hours."""
    if is_exhausted(failures):
        pause = datetime.timedelta(seconds=source.interval_seconds * 2.0 ** min(failures - 3, 10))
        due = timezone.now() + max(min(pause, LONGEST_PAUSE), datetime.timedelta(seconds=source.interval_seconds))
    else:
        due = next_try(failures)
    asked = timezone.now() + min(datetime.timedelta(seconds=retry_after or 0), LONGEST_PAUSE)
    return max(due, asked)

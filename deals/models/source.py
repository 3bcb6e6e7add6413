"""Places that are scanned, each attempt to fetch them, and what they gave, unread."""

from __future__ import annotations

import datetime

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from common.models import UUIDModel

LONGEST_STRETCH = 8
LONGEST_STRETCHED = datetime.timedelta(days=1)
FOLLOWED = "followed-"
"""How the names of sources begin that were made to read followed pages again (`agents/scanning/following.py`)."""
PATIENT_SCANS = 3
"""Scans without a change after which a source is asked less often."""


class SourceState(models.TextChoices):
    ACTIVE = "active", "Active"
    PAUSED = "paused", "Paused"


class Source(UUIDModel):
    """A place that is scanned. `config` is checked by the typed configuration of its kind."""

    name = models.SlugField(max_length=80, unique=True)
    title = models.CharField(max_length=120)
    kind = models.CharField(max_length=30, default="feed")
    url = models.URLField(max_length=2000, blank=True)
    marketplace = models.CharField(max_length=80)
    default_currency = models.CharField(max_length=3, default="USD")
    config = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=10, choices=SourceState.choices, default=SourceState.ACTIVE)
    interval_seconds = models.PositiveIntegerField(
        default=300, validators=[MinValueValidator(60), MaxValueValidator(86_400 * 7)]
    )
    is_sample = models.BooleanField(default=False)
    is_adaptive = models.BooleanField(
        default=True, help_text="Ask less often, down to an eighth as often, for as long as nothing changes."
    )
    unchanged_scans = models.PositiveIntegerField(default=0, help_text="Scans in a row that found nothing new.")
    next_run_at = models.DateTimeField(default=timezone.now)
    etag = models.CharField(max_length=300, blank=True)
    last_modified = models.CharField(max_length=100, blank=True)
    body_hash = models.CharField(max_length=64, blank=True, help_text="Of what it gave last and was read.")
    body_read_at = models.DateTimeField(null=True, blank=True, help_text="When that was read.")
    leased_until = models.DateTimeField(null=True, blank=True, help_text="Somebody scans it until then, at most.")
    lease = models.UUIDField(null=True, blank=True)
    last_attempt_at = models.DateTimeField(null=True, blank=True)
    last_success_at = models.DateTimeField(null=True, blank=True)
    consecutive_failures = models.PositiveIntegerField(default=0)
    last_error = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    watched_from = models.DateTimeField(
        default=timezone.now, help_text="It was made, resumed or given another address then: silence counts from there."
    )
    compared_from = models.DateTimeField(
        null=True, blank=True, help_text="What it gave before then is no measure of what it gives now."
    )

    class Meta:
        ordering = ["title"]
        indexes = [models.Index(fields=["next_run_at"], condition=Q(state="active"), name="source_due")]

    def __str__(self) -> str:
        return self.title

    @property
    def stretch(self) -> float:
        """By how much longer than its interval it is left alone now, 1 to 8, because nothing changed for a while.

        Half as long again after each further scan without a change from the fourth on. What changes is asked at its interval.
        """
        if not self.is_adaptive:
            return 1.0
        return float(min(LONGEST_STRETCH, 1.5 ** max(0, self.unchanged_scans - PATIENT_SCANS)))

    @property
    def current_interval(self) -> datetime.timedelta:
        """How far apart its scans are now: its interval, stretched, but for that no longer than a day."""
        plain = datetime.timedelta(seconds=self.interval_seconds)
        return max(plain, min(plain * self.stretch, LONGEST_STRETCHED))


class FetchOutcome(models.TextChoices):
    RUNNING = "running", "Running"
    OK = "ok", "Read"
    NOT_MODIFIED = "not_modified", "Not changed"
    FAILED = "failed", "Failed"


class Fetch(UUIDModel):
    """One attempt to fetch a source, and what became of it."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="fetches")
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=14, choices=FetchOutcome.choices, default=FetchOutcome.RUNNING)
    http_status = models.PositiveSmallIntegerField(null=True, blank=True)
    size = models.PositiveBigIntegerField(default=0, help_text="Bytes of the body.")
    entries = models.PositiveIntegerField(default=0)
    readable = models.PositiveIntegerField(
        null=True, blank=True, help_text="Entries of this fetch that were read into deals; older records do not say it."
    )
    new_entries = models.PositiveIntegerField(default=0)
    new_deals = models.PositiveIntegerField(default=0)
    changed_deals = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    sample = models.TextField(blank=True, help_text="The beginning of a body that could not be read.")
    archive_key = models.CharField(max_length=200, blank=True, help_text="Where the archive has what it gave.")
    archive_sha256 = models.CharField(max_length=64, blank=True)
    archive_error = models.CharField(max_length=300, blank=True, help_text="Why the archive does not have it.")

    class Meta:
        ordering = ["-started_at"]
        verbose_name_plural = "fetches"
        indexes = [
            models.Index(fields=["source", "-started_at"], name="fetch_source_started"),
            models.Index(fields=["source", "-started_at"], condition=Q(outcome="ok"), name="fetch_read"),
            models.Index(fields=["source", "-started_at"], condition=~Q(archive_key=""), name="fetch_archived"),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} {self.started_at:%Y-%m-%d %H:%M}"


class EntryState(models.TextChoices):
    UNREAD = "unread", "Unread"
    READ = "read", "Read"
    SKIPPED = "skipped", "Skipped"
    FAILED = "failed", "Failed"


class Entry(UUIDModel):
    """What a source gave, as it came. Read once; read again when its content changes."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="entries")
    external_id = models.CharField(max_length=500)
    content_hash = models.CharField(max_length=64)
    payload = models.JSONField()
    position = models.PositiveIntegerField(default=0, help_text="Its place in the last fetch.")
    state = models.CharField(max_length=8, choices=EntryState.choices, default=EntryState.UNREAD)
    skip_reason = models.CharField(max_length=300, blank=True)
    deal = models.ForeignKey("deals.Deal", null=True, blank=True, on_delete=models.SET_NULL, related_name="entries")
    missed = models.PositiveSmallIntegerField(
        default=0, help_text="Full fetches in a row that did not hold it, where the source lists everything."
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)
    retry_at = models.DateTimeField(null=True, blank=True)
    first_seen_at = models.DateTimeField(default=timezone.now)
    last_seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "entries"
        constraints = [models.UniqueConstraint(fields=["source", "external_id"], name="one_entry_per_source_and_id")]
        indexes = [models.Index(fields=["source", "position"], condition=Q(state="unread"), name="entry_unread")]

    def __str__(self) -> str:
        return self.external_id

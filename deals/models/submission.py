"""What people send: an address, with or without its page, and what became of it."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from common.models import UUIDModel


class SubmissionState(models.TextChoices):
    WAITING = "waiting", "Waiting"
    READ = "read", "Read"
    REFUSED = "refused", "Not usable"
    FAILED = "failed", "Failed"


class Submission(UUIDModel):
    """One address that a user sent. `page` is the gzipped HTML, kept only until it is read.

    `evidence` is a list of `{"deal_id", "title", "url", "price", "currency", "outcome"}`: what the page said of each deal, and
    whether that is the deal's price now. Whoever sent it, it stays beside the deal and never inside of it.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="submissions")
    url = models.URLField(max_length=2000)
    canonical_url = models.CharField(max_length=2000)
    page = models.BinaryField(null=True, blank=True)
    size = models.PositiveIntegerField(
        default=0, help_text="Bytes of the page, unpacked; 0 where only the address was sent."
    )
    state = models.CharField(max_length=8, choices=SubmissionState.choices, default=SubmissionState.WAITING)
    reason = models.CharField(max_length=300, blank=True)
    evidence = models.JSONField(default=list, blank=True)
    deals = models.ManyToManyField("deals.Deal", blank=True, related_name="submissions")
    attempts = models.PositiveSmallIntegerField(default=0)
    leased_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    # Written out, because the type checker finds none on a model with a many-to-many field.
    objects: ClassVar[models.Manager[Submission]] = models.Manager()

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["user", "-created_at"], name="submission_user"),
            models.Index(fields=["created_at"], condition=models.Q(state="waiting"), name="submission_waiting"),
        ]

    def __str__(self) -> str:
        return self.url

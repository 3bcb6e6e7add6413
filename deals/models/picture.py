"""What the picture of a deal looks like. The picture itself is not kept."""

from __future__ import annotations

from django.contrib.postgres.indexes import HashIndex
from django.db import models
from django.utils import timezone


class DealPicture(models.Model):
    """The fingerprint of the picture at `url`, which was the deal's when it was looked at.

    `looked_at` is when that was settled: there is a `hash` then, or an `error` says why there is none. Until then it is tried
    again from `retry_at` on.
    """

    deal = models.OneToOneField("deals.Deal", on_delete=models.CASCADE, primary_key=True, related_name="picture")
    url = models.CharField(max_length=2000)
    hash = models.BigIntegerField(null=True, blank=True, help_text="64 bits; pictures that look alike differ in few.")
    looked_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=300, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    retry_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [HashIndex(fields=["url"], name="picture_url")]

    def __str__(self) -> str:
        return self.url

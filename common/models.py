"""What every room builds on: identifiers, the outbox and its streams, and the list of work that failed for good."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from uuid_utils.compat import uuid7


def new_id() -> uuid.UUID:
    """Return a UUIDv7: unique, and ordered by the time of its making."""
    return uuid7()


class UUIDModel(models.Model):
    """A row whose identifier is a UUIDv7."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)

    class Meta:
        abstract = True


class OutboxEvent(models.Model):
    """A typed event, written in the transaction of the change that it tells of.

    The relay publishes it and gives it its place: `public_seq` counts public events, `user_seq` counts the events of one
    user. A user's stream is both together, and the place of an event in it is `public_seq + user_seq`, which grows by
    exactly one from each event of that stream to the next, without a copy of each public event for every user:
    a public event stores `public_seq` alone, a user's event stores its `user_seq` and the `public_seq` reached before it.
    """

    type = models.CharField(max_length=60)
    version = models.PositiveSmallIntegerField(default=1)
    topic = models.CharField(max_length=60)
    data = models.JSONField()
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    internal = models.BooleanField(default=False, help_text="Goes to the stream only, to no reader of the live feed.")
    created_at = models.DateTimeField(default=timezone.now)
    published_at = models.DateTimeField(null=True, blank=True)
    public_seq = models.BigIntegerField(null=True, blank=True)
    user_seq = models.BigIntegerField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["id"], condition=models.Q(published_at__isnull=True), name="outbox_unpublished"),
            models.Index(
                fields=["public_seq"],
                condition=models.Q(user__isnull=True, public_seq__isnull=False),
                name="outbox_public_stream",
            ),
            models.Index(
                fields=["user", "user_seq"], condition=models.Q(user_seq__isnull=False), name="outbox_user_stream"
            ),
            models.Index(fields=["created_at"], name="outbox_created_at"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.pk}"


class DeadLetter(UUIDModel):
    """Work that failed three times: what it was, why it failed, and whether somebody replayed it."""

    stage = models.CharField(max_length=40)
    object_id = models.CharField(max_length=80)
    task = models.CharField(max_length=80, help_text="The Celery task that a replay enqueues, with the object's id.")
    error = models.TextField()
    attempts = models.PositiveSmallIntegerField(default=3)
    payload = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    replayed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["stage", "object_id"], condition=models.Q(replayed_at__isnull=True), name="one_open_dead_letter"
            )
        ]

    def __str__(self) -> str:
        return f"{self.stage} {self.object_id}"


class Marker(models.Model):
    """Something that is done once for a whole installation, such as loading the samples."""

    name = models.CharField(max_length=80, primary_key=True)
    data = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name

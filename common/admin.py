"""Admin of the outbox, of what failed for good, and of what is done once."""

# Django's admin classes take no type arguments when they run.
# mypy: disable-error-code="type-arg"

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from common.dead_letters import AlreadyReplayed, replay
from common.history_admin import HistoryAdmin
from common.models import DeadLetter, Marker, OutboxEvent


@admin.register(OutboxEvent)
class OutboxEventAdmin(HistoryAdmin):
    list_display = ["id", "type", "topic", "user", "internal", "created_at", "published_at", "public_seq", "user_seq"]
    list_filter = ["type", "topic", "internal", ("published_at", admin.EmptyFieldListFilter)]
    list_select_related = ["user"]
    search_fields = ["type", "data"]
    ordering = ["-id"]


@admin.register(DeadLetter)
class DeadLetterAdmin(HistoryAdmin):
    list_display = ["stage", "object_id", "task", "attempts", "error", "created_at", "replayed_at"]
    list_filter = ["stage", ("replayed_at", admin.EmptyFieldListFilter)]
    search_fields = ["object_id", "error"]
    date_hierarchy = "created_at"
    actions = ["try_again"]

    @admin.action(description="Try the work again", permissions=["view"])
    def try_again(self, request: HttpRequest, letters: QuerySet[DeadLetter]) -> None:
        """Enqueue the chosen work once more; what was replayed before is left out."""
        replayed = 0
        for letter in letters:
            try:
                replay(letter.pk)
            except AlreadyReplayed:
                continue
            replayed += 1
        self.message_user(request, f"{replayed} of {len(letters)} are tried again.", messages.SUCCESS)


@admin.register(Marker)
class MarkerAdmin(HistoryAdmin):
    list_display = ["name", "created_at"]

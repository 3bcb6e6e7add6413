"""Work that failed for good: kept with its reason until somebody replays it."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from common.enqueue import send
from common.models import DeadLetter, new_id
from common.retries import MAX_TRIES


class AlreadyReplayed(Exception):
    """The dead letter was replayed before; if its work failed again there is a newer one."""


def record_dead_letter(
    stage: str,
    object_id: uuid.UUID | str,
    task: str,
    error: str,
    payload: dict[str, Any] | None = None,
    *,
    attempts: int = MAX_TRIES,
) -> None:
    """Put work on the list, or renew its open entry, so that an object has one open entry a stage.

    `task` is the Celery task that tries again from the beginning. It is sent `payload["args"]` where there is one,
    and the object's id alone otherwise. Written in the caller's transaction where there is one.
    """
    # Django's upsert cannot name the condition of a partial unique index, so this one is written out.
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO common_deadletter (id, stage, object_id, task, error, attempts, payload, created_at)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
            ON CONFLICT (stage, object_id) WHERE replayed_at IS NULL DO UPDATE
               SET task = EXCLUDED.task, error = EXCLUDED.error, attempts = EXCLUDED.attempts,
                   payload = EXCLUDED.payload, created_at = EXCLUDED.created_at
            """,
            [new_id(), stage, str(object_id), task, error, attempts, json.dumps(payload or {}), timezone.now()],
        )


def replay(dead_letter_id: uuid.UUID) -> DeadLetter:
    """Enqueue the work again and mark its entry. Raises `DeadLetter.DoesNotExist` and `AlreadyReplayed`.

    The task is sent before the mark is committed: if the broker cannot be reached the entry stays open, and a task that
    is sent twice does no harm, since every stage is idempotent.
    """
    with transaction.atomic():
        letter = DeadLetter.objects.select_for_update().get(pk=dead_letter_id)
        if letter.replayed_at is not None:
            raise AlreadyReplayed(f"Dead letter {letter.pk} was replayed at {letter.replayed_at:%Y-%m-%d %H:%M} UTC.")
        send(letter.task, *letter.payload.get("args", [letter.object_id]))
        letter.replayed_at = timezone.now()
        letter.save(update_fields=["replayed_at"])
    return letter

"""What an installation remembers of its samples, and the lock under which they come and go."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

from django.db import connection

from common.models import Marker

SOURCE = "samples"
_MARKER = "samples"
_LOCK = 0x5A3F1E


class SamplesState(StrEnum):
    """`ABSENT`: never loaded. `LOADING` also stays behind where the process died, so that the next one goes on."""

    ABSENT = "absent"
    LOADING = "loading"
    LOADED = "loaded"
    REMOVED = "removed"


def samples_state() -> SamplesState:
    """Where the samples stand now."""
    marker = Marker.objects.filter(name=_MARKER).first()
    return SamplesState(marker.data["state"]) if marker else SamplesState.ABSENT


def remember(state: SamplesState) -> None:
    """Write down where the samples stand."""
    Marker.objects.update_or_create(name=_MARKER, defaults={"data": {"state": state}})


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Wait for anybody else who loads or removes the samples. A lock of the connection: a killed process holds nothing up."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])

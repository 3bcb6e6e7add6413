"""How many tasks wait in each queue."""

from __future__ import annotations

import logging
from typing import Any

from celery import current_app
from kombu.exceptions import OperationalError

QUEUES = ("scan", "pricing", "match", "notify", "maintenance")
_log = logging.getLogger(__name__)


def queue_lengths() -> list[tuple[str, int | None]]:
    """Tasks that wait in each queue; None where the broker cannot be asked. An unused queue is empty."""
    try:
        with current_app.connection_for_read(connect_timeout=2) as connection:
            connection.ensure_connection(max_retries=1, timeout=2)
            channel: Any = connection.default_channel
            return [(queue, channel.queue_declare(queue, durable=True).message_count) for queue in QUEUES]
    except (OperationalError, OSError):
        _log.warning("The broker cannot be asked for the length of its queues")
        return [(queue, None) for queue in QUEUES]

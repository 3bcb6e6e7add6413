"""What every channel promises.

- `send` MUST return only when the service has taken the message, and raise `PermanentError` or `TransientError` otherwise,
  each with one plain sentence that is safe to show to the message's reader: no secrets, no tracebacks.
- `send` MUST NOT retry: whoever calls it decides that, from the kind of the error.
- `send` MUST bound its waits so that it ends within `TIME_LIMIT`: the lease of a delivery is made to outlast that.
- `send` SHOULD hand `Message.id` to the service as its idempotency key where the service takes one: the same message may
  be sent twice when a worker dies between sending and writing that down.
- Numbers and names MUST come from the message; a channel only lays them out.
"""

from __future__ import annotations

import uuid
from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

TIME_LIMIT = timedelta(seconds=30)


class DeliveryError(Exception):
    """A message that was not taken, and why, in a sentence."""


class PermanentError(DeliveryError):
    """Trying again would change nothing, such as an address that does not exist."""


class TransientError(DeliveryError):
    """It may work later, such as a service that does not answer."""


@dataclass(frozen=True, slots=True)
class Message:
    """One notification on its way to one user. `id` is the delivery's: the same at every try."""

    id: uuid.UUID
    notification_id: uuid.UUID
    user_id: uuid.UUID
    address: str
    name: str
    time_zone: str
    title: str
    body: str
    reason_text: str
    data: dict[str, Any]
    created_at: datetime


class Channel(ABC):
    """One kind of channel.

    `writes_here` is true where sending is a write in our own database: it is then done in the transaction that records
    the delivery, and so happens exactly once. All other channels are used outside of any transaction.
    """

    kind: ClassVar[str]
    label: ClassVar[str]
    writes_here: ClassVar[bool] = False

    @abstractmethod
    def send(self, message: Message) -> None:
        """Hand the message over. Raises `PermanentError` or `TransientError`."""

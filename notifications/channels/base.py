"""What every channel promises.

- `send` MUST return only when the service has taken the message, and raise `PermanentError` or `TransientError` otherwise,
  each with one plain sentence that is safe to show to the message's reader: no secrets, no tracebacks.
- `send` MUST NOT retry: whoever calls it decides that, from the kind of the error.
- `send` MUST bound its waits so that it ends within `TIME_LIMIT`: the lease of a delivery is made to outlast that.
- `send` SHOULD NOT touch the database, but for a channel that `writes_here`: it runs in a thread of its own, many at a time.
  What has to be asked of the database before is asked in `obstacle`.
- A channel whose service takes an idempotency key MUST hand it `Message.id`, and say so with `takes_key`: the same message may
  be sent twice when a worker dies between sending and writing that down.
- Numbers and names MUST come from the message; a channel only lays them out.
- Whatever is asked of an address that a user has stated MUST go through `common.egress`.
"""

from __future__ import annotations

import random
import uuid
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from django.core.exceptions import ValidationError
from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from accounts.models import User
    from notifications.models import UserChannel

TIME_LIMIT = timedelta(seconds=30)
WAITS = tuple(timedelta(seconds=seconds) for seconds in (2, 8, 32, 128))
SHORT = 200
"""Characters: a short text has fewer than this."""
STEP = "step"
"""The code of a `ValidationError` of `Channel.completed` that is no mistake of the user, but asks for what comes next."""


def is_step(error: ValidationError) -> bool:
    """Whether all that stands in the way of a channel is its user's next step, such as a code that was sent just now."""
    fields = error.error_dict.values() if hasattr(error, "error_dict") else [error.error_list]
    return all(each.code == STEP for problems in fields for each in problems)


class DeliveryError(Exception):
    """A message that was not taken, and why, in a sentence."""


class PermanentError(DeliveryError):
    """Trying again would change nothing, such as an address that does not exist.

    `gone`: the target itself is no more (an expired subscription, a revoked token, 410), and its channel is disabled at once.
    """

    def __init__(self, sentence: str, *, gone: bool = False) -> None:
        super().__init__(sentence)
        self.gone = gone


class TransientError(DeliveryError):
    """It may work later, such as a service that does not answer; not before `retry_after` where the service has said so.

    `answered` where the service works and only this message has to wait (429, a full mailbox): that says nothing against the service.
    """

    def __init__(self, sentence: str, retry_after: timedelta | None = None, *, answered: bool = False) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after
        self.answered = answered


class ChannelConfig(BaseModel):
    """What a kind needs to know about one channel of a user. Kinds add their own fields, each with a title and a description.

    `secrets` are the names of the fields (texts, or lists of texts) that are sealed in the database and never shown. `ours` are
    those that `Channel.completed` sets: nobody states them. `by_page` are those that a script of the set-up page fills in.
    """

    model_config = ConfigDict(extra="forbid")

    secrets: ClassVar[frozenset[str]] = frozenset()
    ours: ClassVar[frozenset[str]] = frozenset()
    by_page: ClassVar[frozenset[str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Message:
    """One notification on its way over one channel. `id` is the delivery's: the same at every try.

    `address` is the account's own, `short` has fewer than 200 characters, and `links` are whole addresses by their names
    (`notifications.links`). `is_test` where the owner of a channel tries it out: no notification stands behind it.
    """

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
    language: str = "en"
    short: str = ""
    links: dict[str, str] = field(default_factory=dict)
    is_test: bool = False


class Channel(ABC):
    """One kind of channel. Stateless: everything about one channel of a user is in its configuration.

    `help` says in a sentence what it is for. `is_short` where there is room for `Message.short` alone, `takes_key` where the service
    leaves out a message whose id it has seen before, `addable` where users add such channels themselves, `removed_when_gone` where
    one whose target is gone can never be repaired, so that it is removed and not kept as disabled. `disabled_when_given_up` where a
    message is tried for days, so that one which is given up without any success since says that nobody listens.
    `writes_here` is true where sending is a write in our own database: it is then done in the transaction that records
    the delivery, many at a time (`send_all`), and so happens exactly once. All other channels are used outside of any transaction.
    """

    kind: ClassVar[str]
    label: ClassVar[str]
    help: ClassVar[str] = ""
    config: ClassVar[type[ChannelConfig]] = ChannelConfig
    is_short: ClassVar[bool] = False
    takes_key: ClassVar[bool] = False
    writes_here: ClassVar[bool] = False
    addable: ClassVar[bool] = True
    removed_when_gone: ClassVar[bool] = False
    disabled_when_given_up: ClassVar[bool] = False

    @abstractmethod
    def send(self, message: Message, config: ChannelConfig) -> str | None:
        """Hand the message over; returns what the service calls it, where it says. Raises `PermanentError` or `TransientError`."""

    def send_all(self, messages: Sequence[Message]) -> None:
        """Write many messages in the caller's transaction; for a channel that `writes_here`."""
        for message in messages:
            self.send(message, self.config())

    def missing(self) -> str:
        """What an operator has to set before this installation can send over it, in a sentence; "" where nothing is missing."""
        return ""

    def completed(self, config: ChannelConfig, user: User, known: ChannelConfig | None) -> ChannelConfig:
        """The settings that are stored of those that a user states, with what the service or we add (`known` are those of before).

        Raises `ValidationError` of Django's by field, each as `config.NAME`, for what this user may not have.
        """
        return config

    def obstacle(self, channel: UserChannel) -> str:
        """Why nothing may go over this channel of a user now, in a sentence for its owner, such as a monthly cap that is reached;
        "" where it may. It is asked before each try, outside of any transaction, and may ask the database."""
        return ""

    def wait_after(self, tries: int) -> timedelta | None:
        """How long to wait after so many tries (1 or more) that failed for now; None: no more tries.

        By default five tries in about three minutes, each wait ± 50 % by chance, so that what failed together does not return together.
        """
        if tries > len(WAITS):
            return None
        return WAITS[tries - 1] * random.uniform(0.5, 1.5)  # noqa: S311

    def breaker_name(self, config: ChannelConfig) -> str:
        """Whom it asks, 200 characters at most: channels of one name fail together, and are left alone together."""
        return self.kind

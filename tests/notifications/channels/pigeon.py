"""A kind of channel that is there in tests alone: it has secrets, and does as the test says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ClassVar

from pydantic import Field

from notifications.channels import registry
from notifications.channels.base import Channel, ChannelConfig, Message


class PigeonConfig(ChannelConfig):
    secrets: ClassVar[frozenset[str]] = frozenset({"whistle", "rings"})

    loft: str = Field(title="Loft", description="Where it lives.", min_length=1)
    whistle: str = Field(title="Whistle", description="How it is called.")
    rings: list[str] = Field([], title="Rings", description="Of its feet.")


class Pigeon(Channel):
    kind = "pigeon"
    label = "Pigeon"
    help = "A bird that carries each alert."
    config = PigeonConfig
    taken: ClassVar[list[tuple[Message, ChannelConfig]]] = []
    answer: ClassVar[Callable[[Message], str | None]]

    def send(self, message: Message, config: ChannelConfig) -> str | None:
        receipt = type(self).answer(message)
        self.taken.append((message, config))
        return receipt

    def breaker_name(self, config: ChannelConfig) -> str:
        assert isinstance(config, PigeonConfig)
        return f"pigeon:{config.loft}"


@contextmanager
def pigeons() -> Iterator[type[Pigeon]]:
    """The kind is registered while the block runs."""
    registry.KINDS["pigeon"] = f"{__name__}.Pigeon"
    registry.channel_of.cache_clear()
    Pigeon.taken.clear()
    Pigeon.answer = staticmethod(lambda message: None)
    try:
        yield registry.channel_of("pigeon").__class__  # type: ignore[misc]
    finally:
        del registry.KINDS["pigeon"]
        registry.channel_of.cache_clear()

"""What every kind of source promises: it cuts a body into entries, and reads an entry into an offer or says why not."""

from __future__ import annotations

import abc
import datetime
import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar, Protocol

from pydantic import BaseModel, ConfigDict, Field

from common.egress import Page


class UnreadableSource(Exception):  # a source that cannot be read is a state, not a mistake in the code
    """A body that cannot be read. The message is one plain sentence for an operator."""


class SourceConfig(BaseModel):
    """What a kind needs to know about one source. Kinds add their own fields."""

    model_config = ConfigDict(extra="forbid")

    default_currency: str = Field("USD", title="Currency", description="Where a price names none, such as USD or GBP.")
    marketplace: str = Field("", title="Marketplace", description="The short name that its deals carry, such as ebay.")


@dataclass(frozen=True, slots=True)
class RawEntry:
    """One thing that a source gave, unread. Survives JSON in both directions unchanged."""

    external_id: str
    url: str
    title: str
    summary_html: str = ""
    published_at: str = ""
    categories: list[str] = field(default_factory=list)
    image_url: str = ""
    extra: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The entry as JSON values; `from_json` is the way back."""
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> RawEntry:
        """The entry that `as_json` made `data` of. Names that it does not know are left out."""
        return cls(**{name: data[name] for name in cls.__slots__ if name in data})


@dataclass(frozen=True, slots=True)
class Offer:
    """What an entry says, read: one thing at one exact price. Times are aware.

    `availability` is a word of schema.org (`InStock`, `OutOfStock`, `SoldOut`, `PreOrder`, `BackOrder`, `Reserved` where a sale is
    pending) or "" where nothing is said; `shipping` is in `currency`, 0 where it is free, None where nothing is said;
    `location` is the place as the page writes it.
    """

    external_id: str
    url: str
    canonical_url: str
    title: str
    price: Decimal
    currency: str
    description: str = ""
    list_price: Decimal | None = None
    merchant: str = ""
    brand: str = ""
    category: str = ""
    condition: str = "unknown"
    image_url: str = ""
    published_at: datetime.datetime | None = None
    expires_at: datetime.datetime | None = None
    gtin: str = ""
    mpn: str = ""
    sku: str = ""
    availability: str = ""
    shipping: Decimal | None = None
    location: str = ""


@dataclass(frozen=True, slots=True)
class Skip:
    """An entry that is no offer at one exact price. `reason` is a short plain phrase."""

    title: str
    reason: str


class Get(Protocol):
    """Asks for one address on behalf of a source: paced, conditional where that is possible, within the kind's limits.

    `headers` come on top of those that every request of the source carries. Raises `EgressError`.
    """

    def __call__(self, url: str, *, headers: Mapping[str, str] | None = None) -> Page: ...


class Coverage(enum.Enum):
    """How much a fetch holds of what its place offers, and so what it says of an offer that is missing from it."""

    NOTHING_CERTAIN = enum.auto()
    """A feed, a list of the best: what is missing may be there still."""
    NEWEST = enum.auto()
    """The newest offers, newest first: what is missing is gone where older ones still stand there."""
    EVERYTHING = enum.auto()
    """What is missing is gone."""


class SourceKind(abc.ABC):
    """One kind of source. Stateless: everything about one source is in its configuration.

    `parse` MUST raise `UnreadableSource`, and nothing else, for a body that it cannot read, and MUST NOT follow anything
    that the body points to. A page of listings without a listing is unreadable, unless the page itself says that there are
    none. `read` MUST NOT raise for anything that `parse` returned, and MUST NOT guess a price.

    `is_fetched` is false where bodies come from people's browsers only, and no clock asks for them. `is_interface` is true where
    an interface made for programs is asked, which has terms and limits of its own: robots.txt does not speak of it.
    `is_one_thing` is true where a source is the page of one offer: when it answers 404 or 410, the offer is withdrawn.
    `unasked` is the sentence that tells operators why a source without an address is never asked.
    """

    kind: ClassVar[str]
    label: ClassVar[str]
    summary: ClassVar[str]
    config_class: ClassVar[type[SourceConfig]] = SourceConfig
    accept: ClassVar[str] = "*/*"
    max_bytes: ClassVar[int] = 10_000_000
    is_one_thing: ClassVar[bool] = False
    is_fetched: ClassVar[bool] = True
    is_interface: ClassVar[bool] = False
    unasked: ClassVar[str] = "It has no address to ask: what it gives comes from files, or from pages that people send."

    def address(self, config: SourceConfig) -> str:
        """The address that the configuration stands for; "" where a source states its address itself."""
        return ""

    def collect(self, url: str, config: SourceConfig, get: Get) -> Page:
        """Ask for a source's body with `get`, which knows the manners. Raises `EgressError` as `get` does, or `UnreadableSource`.

        A kind whose body comes in several answers, or wants a token, joins them here into the one body that `parse` reads.
        """
        return get(url)

    def coverage(self, config: SourceConfig, body: bytes) -> Coverage:
        """How much of what the place offers a body holds that `parse` could read."""
        return Coverage.NOTHING_CERTAIN

    @abc.abstractmethod
    def parse(self, body: bytes, content_type: str, url: str, config: SourceConfig | None = None) -> list[RawEntry]:
        """Cut a body into entries, in their order. `content_type` is the HTTP header or "", `url` the body's address.

        Without a `config`, as for a file at hand, what the body itself says must do.
        """

    @abc.abstractmethod
    def read(self, entry: RawEntry, config: SourceConfig) -> Offer | Skip:
        """Read one entry, exactly or not at all."""

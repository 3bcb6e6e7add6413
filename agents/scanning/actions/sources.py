"""Sources: those that come with Deal Finder, and the configuration that their kinds expect."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import ValidationError

from agents.scanning.sources.base import SourceConfig, SourceKind
from agents.scanning.sources.guessing import kind_of_address
from agents.scanning.sources.places import currency_of_place
from agents.scanning.sources.registry import UnknownKind, get_kind
from common.models import Marker
from common.sealing import Unopenable, unseal
from common.urls import host_of, marketplace_of
from deals.models import Source, SourceState

_MARKER = "default-sources"


@dataclass(frozen=True, slots=True)
class DefaultSource:
    """A feed that Deal Finder knows from the start."""

    name: str
    title: str
    url: str
    marketplace: str
    currency: str


DEFAULT_SOURCES = (
    DefaultSource(
        "dealnews-electronics",
        "DealNews Electronics",
        "https://www.dealnews.com/c142/Electronics/?rss=1",
        "dealnews",
        "USD",
    ),
    DefaultSource(
        "dealnews-computers", "DealNews Computers", "https://www.dealnews.com/c39/Computers/?rss=1", "dealnews", "USD"
    ),
    DefaultSource(
        "dealnews-smart-home",
        "DealNews Smart Home",
        "https://www.dealnews.com/f1912/Smart-Home/?rss=1",
        "dealnews",
        "USD",
    ),
    DefaultSource(
        "slickdeals-frontpage",
        "Slickdeals Front Page",
        "https://slickdeals.net/newsearch.php?mode=frontpage&searcharea=deals&searchin=first&rss=1",
        "slickdeals",
        "USD",
    ),
    DefaultSource("ozbargain", "OzBargain", "https://www.ozbargain.com.au/deals/feed", "ozbargain", "AUD"),
)


class BadSource(Exception):
    """A source's kind or configuration cannot be used. The message is one sentence."""


def install_default_sources() -> int:
    """Make the default sources that were never made before, and return how many that were.

    What an operator changed, renamed or removed since stays as they left it: each is made once in the life of an installation.
    """
    marker, _ = Marker.objects.get_or_create(name=_MARKER, defaults={"data": {"made": []}})
    made = set(marker.data.get("made", []))
    missing = [source for source in DEFAULT_SOURCES if source.name not in made]
    if not missing:
        return 0
    Source.objects.bulk_create(
        [
            Source(
                name=source.name,
                title=source.title,
                url=source.url,
                marketplace=source.marketplace,
                default_currency=source.currency,
            )
            for source in missing
        ],
        ignore_conflicts=True,
    )
    marker.data = {"made": sorted(made | {source.name for source in missing})}
    marker.save(update_fields=["data"])
    return len(missing)


def kind_and_config(source: Source) -> tuple[SourceKind, SourceConfig]:
    """The kind of a source and its checked configuration. Raises `BadSource` with a sentence."""
    try:
        kind = get_kind(source.kind)
        stated = {name: unseal(value) if isinstance(value, str) else value for name, value in source.config.items()}
        config = kind.config_class(
            **{"default_currency": source.default_currency, "marketplace": source.marketplace, **stated}
        )
    except (UnknownKind, Unopenable) as error:
        raise BadSource(str(error)) from error
    except (ValidationError, TypeError) as error:
        raise BadSource(
            f"The configuration of “{source.title}” cannot be used. Correct it on the page of the source."
        ) from error
    return kind, config


def source_for_file(places: Iterable[str], kind: str = "feed") -> Source:
    """The source for a file whose entries have these addresses: one for each kind and marketplace, which no clock scans."""
    counted = Counter(marketplace_of(url) for url in places if host_of(url))
    place = counted.most_common(1)[0][0] if counted else "unknown"
    example = next((url for url in places if marketplace_of(url) == place), "")
    name = f"file-{place}" if kind == "feed" else f"file-{kind}-{place}"
    return _paused_source(name, f"Files: {place}", place, example, "", kind)


def source_for_url(url: str) -> Source:
    """The source with this address; where there is none, one is made that no clock scans."""
    known = Source.objects.filter(url=url).first()
    if known is not None:
        return known
    place = marketplace_of(url) or "unknown"
    mark = hashlib.sha256(url.encode("utf-8", "replace")).hexdigest()[:8]
    return _paused_source(f"url-{mark}-{place}", f"Address: {place}", place, url, url, kind_of_address(url))


def read_as_page(source: Source) -> bool:
    """Take a source for a page whose address was taken for a feed's and gave something else; whether that was so."""
    wrong = Source.objects.filter(pk=source.pk, kind="feed", state=SourceState.PAUSED, last_success_at__isnull=True)
    return bool(wrong.update(kind="page"))


def _paused_source(name: str, title: str, place: str, example: str, url: str, kind: str) -> Source:
    source, _ = Source.objects.get_or_create(
        name=re.sub(r"[^a-z0-9-]+", "-", name.lower())[:80].strip("-"),
        defaults={
            "title": title[:120],
            "kind": kind,
            "marketplace": place[:80],
            "default_currency": currency_of_place(example),
            "state": SourceState.PAUSED,
            "url": url,
        },
    )
    return source

"""Reading the archive again, after a parser was mended: what sources gave is read in the order of time, as it should have been.

An old price never takes the place of a newer one: it goes into the history at the time of its fetch. A second run changes nothing.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from agents.models import Agent
from agents.runs import record_run
from agents.scanning.actions.deals import PastWritten, write_past_offers
from agents.scanning.actions.entries import content_hash
from agents.scanning.actions.sources import BadSource, kind_and_config
from agents.scanning.archive.bodies import Body, UnusableBody
from agents.scanning.archive.keeping import body_of
from agents.scanning.sources.base import Offer, RawEntry, Skip, SourceConfig, SourceKind, UnreadableSource
from common.enqueue import wake_after_commit
from deals.models import Deal, Entry, EntryState, Fetch, FetchOutcome, Source

_LIVE: Final = datetime.timedelta(days=1)
"""How long after its source was last read a deal that is found in the archive may still be there."""
_MOST_CHANGES: Final = 1_000
_BATCH: Final = 200


@dataclass(slots=True)
class Replay:
    """What reading again did. `changes` are sentences in the order of time, the first thousand; `unusable` says which bodies could
    not be read, and why."""

    source: str
    bodies: int = 0
    entries: int = 0
    new_entries: int = 0
    read_now: int = 0
    skipped_now: int = 0
    deals_found: int = 0
    prices_changed: int = 0
    prices_added: int = 0
    prices_mended: int = 0
    changes: list[str] = field(default_factory=list)
    unusable: list[dict[str, str]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}

    def add(self, written: PastWritten) -> None:
        """Count what was written of some entries."""
        self.deals_found += written.found
        self.prices_changed += written.repriced
        self.prices_added += written.added
        self.prices_mended += written.mended
        self.changes += written.changes[: _MOST_CHANGES - len(self.changes)]


@dataclass(frozen=True, slots=True)
class _Kept:
    """One body of the archive, and from when to when the source gave it unchanged."""

    fetch: Fetch
    begun: datetime.datetime
    ended: datetime.datetime


def replay(source: Source, since: datetime.datetime, *, trigger: str = "replay") -> Replay:
    """Read again what a source gave since then. Raises `BadSource` with a sentence where its configuration cannot be used."""
    done = Replay(source.name)
    kind, config = kind_and_config(source)
    with record_run(Agent.SCANNING, trigger, f"{source.title}, read again", source) as run:
        kept = _kept(source, since)
        with run.step("Read the archive again", bodies=len(kept), since=since.isoformat()) as step:
            live = _still_there(kind, config, kept)
            for each in kept:
                try:
                    entries = _entries(kind, config, body_of(each.fetch))
                except (UnusableBody, UnreadableSource) as error:
                    done.unusable.append(
                        {"fetch": str(each.fetch.pk), "at": each.begun.isoformat(), "error": str(error)}
                    )
                    continue
                done.bodies += 1
                done.entries += len(entries)
                for start in range(0, len(entries), _BATCH):
                    _read(source, kind, config, entries[start : start + _BATCH], each, live, done)
            step.detail.update(unusable=len(done.unusable))
        run.summary.update(
            {
                name: value
                for name, value in done.as_json().items()
                if isinstance(value, int) and (value or name == "bodies")
            }
        )
    return done


def replay_all(since: datetime.datetime, source: Source | None = None) -> list[Replay]:
    """Read again what all sources gave since then, or one; sources without anything in the archive are left out."""
    archived = Fetch.objects.filter(started_at__gte=since).exclude(archive_key="").values("source")
    wanted = Source.objects.filter(pk__in=archived).order_by("name")
    replays = []
    for each in wanted if source is None else wanted.filter(pk=source.pk):
        try:
            replays.append(replay(each, since, trigger="command"))
        except BadSource as error:
            replays.append(Replay(each.name, unusable=[{"fetch": "", "at": "", "error": str(error)}]))
    return replays


def _kept(source: Source, since: datetime.datetime) -> list[_Kept]:
    """The bodies of a source, oldest first; fetches that gave the same share one."""
    fetches = Fetch.objects.filter(source=source, started_at__gte=since, finished_at__isnull=False)
    kept: dict[str, _Kept] = {}
    for fetch in fetches.exclude(archive_key="").exclude(outcome=FetchOutcome.RUNNING).order_by("started_at"):
        first = kept.get(fetch.archive_key)
        assert fetch.finished_at is not None
        begun = first.begun if first else fetch.started_at
        kept[fetch.archive_key] = _Kept(first.fetch if first else fetch, begun, fetch.finished_at)
    return list(kept.values())


def _still_there(kind: SourceKind, config: SourceConfig, kept: Sequence[_Kept]) -> set[str]:
    """The external ids of what the source gave when it was last read, if that was lately."""
    if not kept or timezone.now() - kept[-1].ended > _LIVE:
        return set()
    try:
        return {entry.external_id for entry in _entries(kind, config, body_of(kept[-1].fetch))}
    except (UnusableBody, UnreadableSource):
        return set()


def _entries(kind: SourceKind, config: SourceConfig, body: Body) -> list[RawEntry]:
    return kind.parse(body.content, body.content_type, body.url, config)


@transaction.atomic
def _read(
    source: Source,
    kind: SourceKind,
    config: SourceConfig,
    raw: Sequence[RawEntry],
    kept: _Kept,
    live: set[str],
    done: Replay,
) -> None:
    """Read some entries of one body again, in one transaction."""
    known = Entry.objects.filter(source=source, external_id__in=[each.external_id for each in raw])
    rows = {row.external_id: row for row in known.order_by("pk").select_for_update(of=("self",))}
    results = {each.external_id: (each, kind.read(each, config)) for each in reversed(raw)}
    offers = [result for each in raw if isinstance(result := results[each.external_id][1], Offer)]
    written = write_past_offers([(source, offer) for offer in offers], kept.begun, kept.ended, live)
    done.add(written)
    deals = dict(zip([offer.external_id for offer in offers], written.deals, strict=True))
    by_entry = {key: deals[result.external_id] for key, (_, result) in results.items() if isinstance(result, Offer)}
    for position, (key, (each, result)) in enumerate(reversed(results.items())):
        _write_entry(rows.get(key), source, each, result, by_entry.get(key), position, kept, done)
    if written.found or written.repriced:
        wake_after_commit("value.pending")


def _write_entry(
    row: Entry | None,
    source: Source,
    raw: RawEntry,
    result: Offer | Skip,
    deal: Deal | None,
    position: int,
    kept: _Kept,
    done: Replay,
) -> None:
    """Note what was read of an entry, unless the source has said something else in the meantime."""
    state = EntryState.READ if isinstance(result, Offer) else EntryState.SKIPPED
    reason = "" if isinstance(result, Offer) else result.reason[:300]
    digest = content_hash(raw)
    if row is None:
        Entry.objects.create(
            source=source,
            external_id=raw.external_id,
            content_hash=digest,
            payload=raw.as_json(),
            position=position,
            state=state,
            skip_reason=reason,
            deal=deal,
            first_seen_at=kept.begun,
            last_seen_at=kept.begun,
        )
        done.new_entries += 1
        return
    if row.content_hash != digest and row.last_seen_at > kept.ended:
        return
    wanted: dict[str, Any] = {"state": state, "skip_reason": reason, "deal_id": deal.pk if deal else None}
    if row.content_hash != digest:
        wanted |= {"content_hash": digest, "payload": raw.as_json()}
    changed = [name for name, value in wanted.items() if getattr(row, name) != value]
    if not changed:
        return
    if row.state != state:
        done.read_now += state == EntryState.READ
        done.skipped_now += state == EntryState.SKIPPED
        if state == EntryState.SKIPPED and len(done.changes) < _MOST_CHANGES:
            done.changes.append(f"no offer any more: {raw.title} ({reason})")
    for name in changed:
        setattr(row, name, wanted[name])
    row.attempts, row.error, row.retry_at = 0, "", None
    row.save(update_fields=[*(name.removesuffix("_id") for name in changed), "attempts", "error", "retry_at"])

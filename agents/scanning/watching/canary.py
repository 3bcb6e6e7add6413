"""Canaries: what a source last gave, as it lies in the archive, must still be read by the rules that we have now.

The bytes do not change, so what changes between two checks is ours: a parser, a rule, a configuration. That the site itself has changed
shows in its scans.
"""

from __future__ import annotations

import logging

from django.db import transaction

from agents.scanning.actions.sources import BadSource, kind_and_config
from agents.scanning.archive.bodies import UnusableBody
from agents.scanning.archive.keeping import body_of
from agents.scanning.sources.base import Offer, UnreadableSource
from agents.scanning.watching.alarms import Watched, end_alarm, raise_alarm
from agents.scanning.watching.judgement import Finding
from common.money import Money
from common.retries import sentence_of
from deals.models import Alarm, AlarmKind, Fetch, FetchOutcome, PricePoint, Source, SourceState

log = logging.getLogger(__name__)


class _NoCanary(Exception):
    """Nothing of this source was read rightly and kept."""


def check_canaries() -> Watched:
    """Read again what each active source last gave, raise what alarms and end what is well again."""
    raised = ended = 0
    for source in Source.objects.filter(state=SourceState.ACTIVE):
        try:
            finding = canary(source)
        except _NoCanary:
            continue
        with transaction.atomic():
            Source.objects.select_for_update(no_key=True).get(pk=source.pk)  # two checks at once raise one alarm
            present = Alarm.objects.filter(source=source, kind=AlarmKind.CANARY, ended_at=None).first()
            if finding is not None and present is None:
                raise_alarm(finding, subject=str(source.pk), about=source.title, source=source)
                raised += 1
            elif finding is None and present is not None:
                ended += end_alarm(present)
    return Watched(raised, ended)


def canary(source: Source) -> Finding | None:
    """What is wrong with reading what a source last gave: half as much as then or less, or, of a page with one thing, another
    price. Raises `_NoCanary` where there is nothing to hold it against."""
    good = Fetch.objects.filter(source=source, outcome=FetchOutcome.OK, readable__gt=0).exclude(archive_key="")
    if source.compared_from is not None:
        good = good.filter(started_at__gte=source.compared_from)
    last = good.order_by("-started_at").first()
    if last is None or last.readable is None:
        raise _NoCanary
    try:
        body = body_of(last)
    except UnusableBody as error:
        log.info("No canary for %s: %s", source.name, error)
        raise _NoCanary from error
    figures = {"fetch": str(last.pk), "read_then": last.readable}
    try:
        kind, config = kind_and_config(source)
        entries = kind.parse(body.content, body.content_type, body.url, config)
        results = [kind.read(entry, config) for entry in entries]
    except (UnreadableSource, BadSource) as error:
        return _finding(f"it cannot be read at all: {sentence_of(error)}", last, figures | {"read_now": 0})
    offers = [(entry, result) for entry, result in zip(entries, results, strict=True) if isinstance(result, Offer)]
    figures["read_now"] = len(offers)
    if 2 * len(offers) <= last.readable:
        return _finding(f"{len(offers)} entries can be read; then it was {last.readable}.", last, figures)
    if len(entries) == 1:
        entry, offer = offers[0]
        then = PricePoint.objects.filter(
            deal__entries__source=source,
            deal__entries__external_id=entry.external_id,
            observed_at__lte=last.finished_at,
        )
        point = then.order_by("-observed_at").first()
        if point is not None and (point.price, point.currency) != (offer.price, offer.currency):
            now, before = Money(offer.price, offer.currency), Money(point.price, point.currency)
            return _finding(f"its price is read as {now}; then it was {before}.", last, figures)
    return None


def _finding(what: str, last: Fetch, figures: dict[str, object]) -> Finding:
    said = f"Of what it gave on {last.started_at:%d %b %Y} at {last.started_at:%H:%M} UTC, {what}"
    return Finding(AlarmKind.CANARY, f"{said} The bytes are the same, so one of our rules has changed.", figures)

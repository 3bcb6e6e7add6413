"""Canaries of the rules for single shops: the page that a rule names must still have what the rule has to find on it.

A page is asked for once a day, and only where this installation reads pages of that shop. A page that cannot be had says nothing
of the rule; when that has lasted a week it is an alarm of its own, because nobody looks at the rule any more.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from agents.scanning.fetching.visit import ask_once
from agents.scanning.pages.document import UnreadablePage
from agents.scanning.pages.product_page import extract_product
from agents.scanning.pages.site_rules import SiteRule, missing, shipped_rules
from agents.scanning.sources.registry import get_kind
from agents.scanning.watching.alarms import Watched, end_alarm, raise_alarm
from agents.scanning.watching.judgement import Finding
from common.egress import EgressError
from common.models import Marker
from common.retries import sentence_of
from common.urls import marketplace_of
from deals.models import Alarm, AlarmKind, Deal, Source, SourceState

log = logging.getLogger(__name__)

_LOOKED: Final = "site-rule-canaries"
_BLIND_AFTER: Final = timedelta(days=7)
_USED_WITHIN: Final = timedelta(days=30)


def check_site_rules(rules: Sequence[SiteRule] | None = None) -> Watched:
    """Look at the canary of each rule that is in use, of those that come along or of `rules`."""
    raised = ended = 0
    for rule in shipped_rules() if rules is None else rules:
        subject = f"rule:{rule.name}"
        open_ones = Alarm.objects.filter(subject=subject, kind=AlarmKind.CANARY, ended_at=None)
        finding = _finding(rule) if _is_used(rule) else None
        with transaction.atomic():
            Marker.objects.select_for_update().filter(name=_LOOKED).first()  # two checks at once raise one alarm
            present = open_ones.first()
            if finding is not None and present is None:
                raise_alarm(finding, subject=subject, about=f"The page of the rule {rule.name}")
                raised += 1
            elif finding is None and present is not None:
                ended += end_alarm(present)
    return Watched(raised, ended)


def _is_used(rule: SiteRule) -> bool:
    """Whether pages of the shop are read here: it has a source, or a deal that was seen within a month."""
    addresses = Source.objects.filter(state=SourceState.ACTIVE).exclude(url="").values_list("url", flat=True)
    if any(rule.fits(address) for address in addresses):
        return True
    place, since = marketplace_of(rule.canary.url), timezone.now() - _USED_WITHIN
    return Deal.objects.filter(marketplace=place, last_seen_at__gte=since).exists()


def _finding(rule: SiteRule) -> Finding | None:
    """What is wrong with a rule, by its page; or that its page could not be had for a week."""
    figures: dict[str, object] = {"rule": rule.name, "url": rule.canary.url}
    try:
        page = ask_once(rule.canary.url, get_kind("page"))
        found = extract_product(page.body, page.url, page.headers.get("content-type"), rules=[rule]).as_json()
    except (EgressError, UnreadablePage) as error:
        sentence = sentence_of(error)
        log.info("The canary of the rule %s could not be looked at: %s", rule.name, sentence)
        since = _note_failure(rule)
        if timezone.now() - since < _BLIND_AFTER:
            return None
        days = (timezone.now() - since).days
        return Finding(
            AlarmKind.CANARY,
            f"Its page could not be looked at for {days} days. {sentence}",
            figures | {"error": sentence},
        )
    _forget_failure(rule)
    lost = missing(rule, found)
    if not lost:
        return None
    return Finding(
        AlarmKind.CANARY,
        f"On the page that it is known by it does not find any more: {', '.join(lost)}. The shop has probably changed its pages.",
        figures | {"missing": lost},
    )


@transaction.atomic
def _note_failure(rule: SiteRule) -> datetime:
    """Since when the page of a rule could not be had."""
    Marker.objects.get_or_create(name=_LOOKED)
    marker = Marker.objects.select_for_update().get(name=_LOOKED)
    since = datetime.fromisoformat(marker.data.setdefault(rule.name, timezone.now().isoformat()))
    marker.save(update_fields=["data"])
    return since


@transaction.atomic
def _forget_failure(rule: SiteRule) -> None:
    marker = Marker.objects.select_for_update().filter(name=_LOOKED).first()
    if marker is not None and marker.data.pop(rule.name, None):
        marker.save(update_fields=["data"])

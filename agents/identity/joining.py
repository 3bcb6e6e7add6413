"""New products that no number names are compared with the others by their names, in the background."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from django.db import connection
from django.db.models import Exists, OuterRef

from agents.identity.candidates import candidates_of
from agents.identity.judging import Finding, Judged, judge
from agents.identity.names import read_name
from agents.identity.weighing import Model, load
from deals.models import Product, ProductNumber
from deals.picture_selectors import pairs_with_same_picture
from deals.suggestion_actions import join_alike, mark_compared, suggest

BATCH: Final = 200
_LOCK: Final = 0x1D3A11CE


@dataclass(frozen=True, slots=True)
class Compared:
    """How many products were compared, joined and suggested."""

    compared: int = 0
    joined: int = 0
    suggested: int = 0


def compare_new(limit: int = BATCH) -> Compared:
    """Compare the oldest products that were not compared yet; nothing where another process is at it. What it did not come to mark
    is compared again, which changes nothing."""
    with _alone() as is_alone:
        return _compare(limit, load()) if is_alone else Compared()


def _compare(limit: int, model: Model) -> Compared:
    stated = ProductNumber.objects.filter(product=OuterRef("pk"))
    new = list(
        Product.objects.filter(compared_at=None).annotate(numbered=Exists(stated)).order_by("created_at")[:limit]
    )
    asked = [product for product in new if not product.numbered and product.merged_into_id is None]
    found = judge(
        model,
        [read_name(product.name, product.brand) for product in asked],
        [(product.gtin, product.mpn) for product in asked],
        candidates_of([(product.pk, product.name) for product in asked]),
    )
    chosen = [
        (product, each)
        for product, each in zip(asked, found, strict=True)
        if each and each.finding(model.join, model.suggest) is not Finding.NOTHING
    ]
    alike = pairs_with_same_picture((product.pk, each.candidate.id) for product, each in chosen)
    outcomes = [
        _act(product, each, model, is_pictured=(product.pk, each.candidate.id) in alike) for product, each in chosen
    ]
    mark_compared([product.pk for product in new])
    return Compared(len(new), outcomes.count(Finding.JOIN), outcomes.count(Finding.SUGGEST))


def _act(product: Product, judged: Judged, model: Model, *, is_pictured: bool) -> Finding:
    """Join, suggest or leave; what was done in the end."""
    other = judged.candidate
    # The one that a number names stays, else the one that was known first.
    stays = other.is_numbered or (other.created_at, other.id) < (product.created_at, product.pk)
    kept, merged = (other.id, product.pk) if stays else (product.pk, other.id)
    reason = "Their names are alike, and no word tells them apart." if judged.is_clear else "Their names are alike."
    if is_pictured:
        reason += " They are shown with the same picture."
    finding = judged.finding(model.join, model.suggest)
    if finding is Finding.JOIN and join_alike(kept, merged, reason=reason, confidence=judged.likelihood):
        return finding
    if finding is Finding.SUGGEST and suggest(kept, merged, reason=reason, confidence=judged.likelihood):
        return finding
    return Finding.NOTHING


@contextmanager
def _alone() -> Iterator[bool]:
    """Whether no other session compares at this time."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        held = bool(cursor.fetchone()[0])
    try:
        yield held
    finally:
        if held:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])

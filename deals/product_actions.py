"""Writes on products: two turn out to be one, one turns out to be two, and both can be taken back.

A deal's `home` is the product that its own words and numbers name. Merges say which product that is in the end, its `product`; so
a merge that is undone finds every deal its way back, those too that came after it. Price points are always of their deal's product.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import Final

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from common.models import new_id
from deals.models import Deal, MergeState, Product, ProductMerge

_SETTLE: Final = """
    WITH stray AS (
        SELECT deal.id, coalesce(home.merged_into_id, home.id) AS product_id
          FROM deals_deal AS deal
          JOIN deals_product AS home ON home.id = deal.home_id
          JOIN deals_product AS was ON was.id = deal.product_id
         WHERE deal.product_id <> coalesce(home.merged_into_id, home.id) AND {chosen}
         ORDER BY deal.id
           FOR NO KEY UPDATE OF deal
    ),
    moved AS (
        UPDATE deals_deal AS deal SET product_id = stray.product_id
          FROM stray WHERE deal.id = stray.id RETURNING deal.id
    ),
    points AS (
        UPDATE deals_pricepoint AS point SET product_id = stray.product_id
          FROM stray WHERE point.deal_id = stray.id
    )
    SELECT count(*) FROM moved
"""


class NotMergeable(ValueError):
    """Two products cannot be merged, or a merge not undone; the message says why."""


@transaction.atomic
def merge_products(kept: Product, merged: Product, *, reason: str, by: User, confidence: float = 1.0) -> ProductMerge:
    """Make two products one: the deals and prices of the second become the first's. Doing it twice changes nothing.

    Raises `NotMergeable` where they are one already by another way.
    """
    first, second = _locked(kept.merged_into_id or kept.pk, merged.merged_into_id or merged.pk)
    if first.pk == second.pk:
        done = ProductMerge.objects.filter(kept=kept, merged=merged, state=MergeState.DONE).first()
        if done is None:
            raise NotMergeable("These are one product already.")
        return done
    pair = ProductMerge.objects.filter(kept__in=[first, second], merged__in=[first, second]).first()
    merge = pair or ProductMerge()
    merge.kept, merge.merged, merge.state, merge.undone_at = first, second, MergeState.DONE, None
    merge.reason, merge.confidence, merge.by, merge.created_at = reason, confidence, by, timezone.now()
    merge.save()
    Product.objects.filter(merged_into=second).update(merged_into=first)
    Product.objects.filter(pk=second.pk).update(merged_into=first)
    for name in ("gtin", "mpn", "brand"):
        if not getattr(first, name) and getattr(second, name):
            Product.objects.filter(pk=first.pk).update(**{name: getattr(second, name)})
    settle()
    return merge


@transaction.atomic
def undo_merge(merge: ProductMerge) -> None:
    """Take two products apart again, with what was merged into the second before; nothing happens where that was done already.

    Raises `NotMergeable` where the second is not a part of the first now.
    """
    merge = ProductMerge.objects.select_for_update().select_related("merged").get(pk=merge.pk)
    if merge.state == MergeState.UNDONE:
        return
    apart = merge.merged
    inside = _inside(apart.pk)
    _locked(apart.pk, *inside)
    merge.state, merge.undone_at = MergeState.UNDONE, timezone.now()
    merge.save(update_fields=["state", "undone_at"])
    Product.objects.filter(pk__in=inside).update(merged_into=apart)
    Product.objects.filter(pk=apart.pk).update(merged_into=None)
    settle([apart.pk, *inside])


@transaction.atomic
def split_deals(deals: Sequence[Deal], *, by: User) -> ProductMerge:
    """Give some deals of one product a product of their own, where they stay whatever their sources write of them.

    What returns is a merge that is undone: doing it again with `merge_products` is the way back. Raises `NotMergeable` with a
    sentence where the deals are not of one product, or are all that it has.
    """
    ids = {deal.pk for deal in deals}
    locked = list(Deal.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True).select_related(None))
    products = {deal.product_id for deal in locked}
    if len(products) != 1 or None in products:
        raise NotMergeable("Choose deals of one product.")
    (product_id,) = products
    assert product_id is not None
    if not Deal.objects.filter(product=product_id).exclude(pk__in=ids).exists():
        raise NotMergeable("These are all the deals of this product, so there is nothing to take apart.")
    old = Product.objects.get(pk=product_id)
    new = Product.objects.create(
        key=f"apart {new_id()}", name=locked[0].title[:300], brand=locked[0].brand, category=locked[0].category
    )
    Deal.objects.filter(pk__in=ids).update(
        home=new, product_by_hand=True, product_reason="An operator took it apart.", product_confidence=1.0
    )
    settle([new.pk])
    reason = "An operator took it apart."
    now = timezone.now()
    return ProductMerge.objects.create(
        kept=old, merged=new, state=MergeState.UNDONE, reason=reason, by=by, created_at=now, undone_at=now
    )


def settle(homes: Iterable[uuid.UUID] | None = None) -> int:
    """Bring deals and their prices to the product that merges lead to, in one statement each; returns how many deals that were.

    Those whose home is one of `homes`; where it is None, those that stand on a product that was merged into another, as a reader
    may leave them that ran beside the merge.
    """
    chosen = "home.id = ANY(%(homes)s)" if homes is not None else "was.merged_into_id IS NOT NULL"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_SETTLE.replace("{chosen}", chosen), {"homes": list(homes) if homes is not None else []})
        return int(cursor.fetchone()[0])


def _locked(*ids: uuid.UUID) -> list[Product]:
    """These products, locked in the order of their ids and given back in the order asked for."""
    rows = {row.pk: row for row in Product.objects.filter(pk__in=ids).order_by("pk").select_for_update()}
    return [rows[pk] for pk in ids]


def _inside(product_id: uuid.UUID) -> list[uuid.UUID]:
    """The products that were merged into this one, and into those."""
    found: list[uuid.UUID] = []
    layer = [product_id]
    while layer:
        merges = ProductMerge.objects.filter(kept__in=layer, state=MergeState.DONE)
        layer = [pk for pk in merges.values_list("merged_id", flat=True) if pk not in found]
        found += layer
    return found

"""Reads on what pictures look like: which products are shown with the same one."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db import connection

from deals.models import Product

MOST_BITS: Final = 4
"""Up to so many of the 64 bits differ between two copies of one picture."""
SHARED_BY: Final = 5
"""A picture that a place shows with so many products is its logo, or says that there is none."""
_MOST_FOUND: Final = 10
# The picture of one product, beside all that are the same, of whichever product: those of one place are counted.
_SQL: Final = """
    WITH mine AS (
        SELECT DISTINCT deal.product_id, picture.hash
          FROM deals_dealpicture AS picture JOIN deals_deal AS deal ON deal.id = picture.deal_id
         WHERE deal.product_id = ANY(%(products)s) AND picture.hash IS NOT NULL
    ),
    near AS MATERIALIZED (
        SELECT mine.product_id AS asked, mine.hash, deal.product_id AS found, deal.marketplace,
               bit_count((mine.hash # picture.hash)::bit(64)) AS bits
          FROM mine
          JOIN deals_dealpicture AS picture ON bit_count((mine.hash # picture.hash)::bit(64)) <= %(bits)s
          JOIN deals_deal AS deal ON deal.id = picture.deal_id
         WHERE deal.product_id IS NOT NULL
    ),
    shared AS (
        SELECT hash FROM near GROUP BY hash, marketplace HAVING count(DISTINCT found) >= %(shared)s
    )
    SELECT asked, found, min(bits) FROM near
     WHERE found <> asked AND hash NOT IN (SELECT hash FROM shared)
     GROUP BY asked, found ORDER BY asked, min(bits), found
"""


@dataclass(frozen=True, slots=True)
class SamePicture:
    """A product that is shown with the same picture as another, from which it differs in `bits` of 64."""

    product: Product
    bits: int


def same_picture(products: Iterable[Product]) -> dict[uuid.UUID, list[SamePicture]]:
    """For each product, by its id, at most ten others that a deal shows with the same picture, the most alike first.

    A picture that one place shows with many products says nothing and is left out. Two queries, whatever is asked; every
    fingerprint is looked at for each of the products' own.
    """
    found: dict[uuid.UUID, list[tuple[uuid.UUID, int]]] = {product.pk: [] for product in products}
    with connection.cursor() as cursor:
        cursor.execute(_SQL, {"products": list(found), "bits": MOST_BITS, "shared": SHARED_BY})
        for asked, other, bits in cursor.fetchall():
            if len(found[asked]) < _MOST_FOUND:
                found[asked].append((other, bits))
    rows = Product.objects.in_bulk({other for each in found.values() for other, _ in each})
    return {
        asked: [SamePicture(rows[other], bits) for other, bits in each if other in rows]
        for asked, each in found.items()
    }

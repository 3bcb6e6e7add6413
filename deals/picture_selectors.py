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
# What a person declined or took apart is one pair: no part of the one is named with a part of the other again.
_SQL: Final = """
    WITH RECURSIVE mine AS (
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
    ),
    alike AS (
        SELECT asked, found, min(bits) AS bits FROM near
         WHERE found <> asked AND hash NOT IN (SELECT hash FROM shared)
         GROUP BY asked, found
    ),
    family (whole, part) AS (
        SELECT asked, asked FROM alike UNION SELECT found, found FROM alike
        UNION SELECT family.whole, merge.merged_id
                FROM family JOIN deals_productmerge AS merge ON merge.kept_id = family.part AND merge.state = 'done'
    ),
    apart AS (
        SELECT kept_id AS one, merged_id AS other FROM deals_productsuggestion WHERE state = 'declined'
        UNION SELECT kept_id, merged_id FROM deals_productmerge WHERE state = 'undone'
    )
    SELECT asked, found, bits FROM alike
     WHERE NOT EXISTS (
        SELECT FROM apart JOIN family AS one ON one.part = apart.one JOIN family AS other ON other.part = apart.other
         WHERE (one.whole, other.whole) IN ((alike.asked, alike.found), (alike.found, alike.asked))
     )
     ORDER BY asked, bits, found
"""
# For pairs that are known: the pictures of the two beside each other, and all pictures only for those that are the same.
_PAIRS_SQL: Final = """
    WITH pair AS (
        SELECT * FROM unnest(%(ones)s::uuid[], %(others)s::uuid[]) AS pair (one, other)
    ),
    shown AS (
        SELECT DISTINCT deal.product_id, picture.hash
          FROM deals_dealpicture AS picture JOIN deals_deal AS deal ON deal.id = picture.deal_id
         WHERE deal.product_id = ANY(%(ones)s::uuid[] || %(others)s::uuid[]) AND picture.hash IS NOT NULL
    ),
    alike AS MATERIALIZED (
        SELECT DISTINCT pair.one, pair.other, mine.hash
          FROM pair JOIN shown AS mine ON mine.product_id = pair.one JOIN shown AS theirs ON theirs.product_id = pair.other
         WHERE bit_count((mine.hash # theirs.hash)::bit(64)) <= %(bits)s
    ),
    shared AS (
        SELECT mine.hash
          FROM (SELECT DISTINCT hash FROM alike) AS mine
          JOIN deals_dealpicture AS picture ON bit_count((mine.hash # picture.hash)::bit(64)) <= %(bits)s
          JOIN deals_deal AS deal ON deal.id = picture.deal_id
         GROUP BY mine.hash, deal.marketplace HAVING count(DISTINCT deal.product_id) >= %(shared)s
    )
    SELECT DISTINCT one, other FROM alike WHERE hash NOT IN (SELECT hash FROM shared)
"""


@dataclass(frozen=True, slots=True)
class SamePicture:
    """A product that is shown with the same picture as another, from which it differs in `bits` of 64."""

    product: Product
    bits: int


def same_picture(products: Iterable[Product]) -> dict[uuid.UUID, list[SamePicture]]:
    """For each product, by its id, at most ten others that a deal shows with the same picture, the most alike first.

    A picture that one place shows with many products says nothing and is left out, and so is a pair that a person declined or
    took apart. Two queries, whatever is asked; every
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


def pairs_with_same_picture(pairs: Iterable[tuple[uuid.UUID, uuid.UUID]]) -> set[tuple[uuid.UUID, uuid.UUID]]:
    """Those of the pairs of products, by their ids, that deals show with the same picture. One query, whatever is asked."""
    asked = list(pairs)
    if not asked:
        return set()
    ones, others = [one for one, _ in asked], [other for _, other in asked]
    with connection.cursor() as cursor:
        cursor.execute(_PAIRS_SQL, {"ones": ones, "others": others, "bits": MOST_BITS, "shared": SHARED_BY})
        return set(cursor.fetchall())

"""The priced products that a worth rests on: which are shown, and what they say about the evidence."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cache, partial
from typing import Final

import numpy as np
import numpy.typing as npt

from agents.pricing.batch import Batch
from agents.pricing.ensemble import LOCAL
from agents.pricing.evidence import Differences, differences
from agents.pricing.verdict import Evidence, similar_enough
from agents.pricing.worth import Comparable
from common.text import one_line

SHOWN: Final = 5
_MOST: Final = 12
_CLOSE_ENOUGH: Final = 0.5
_CENT: Final = Decimal("0.01")


@dataclass(frozen=True)
class Known:
    """What is known that is like an item: comparables, most telling first, at most 12, and what they say about the evidence."""

    comparables: list[Comparable]
    evidence: Evidence

    @property
    def shown(self) -> list[Comparable]:
        return self.comparables[:SHOWN]


def known_about(batch: Batch) -> list[Known]:
    """For each item of a batch what is known that is like it."""
    neighbours = batch.neighbours
    close = neighbours.closeness(0.5, 0.08)
    weights = neighbours.weights(close, 0.05)
    mismatches = [
        (weights * part).sum(axis=1)
        for part in (neighbours.accessory_differs, neighbours.pack_differs, neighbours.condition_differs)
    ]
    known = []
    for row in range(len(batch)):
        picked = similar_enough(close[row].tolist(), weights[row].tolist(), least=_CLOSE_ENOUGH)
        evidence = Evidence(
            similar=len(picked),
            identical=int(neighbours.identical[row].sum()),
            nearest=float(close[row].max(initial=0)),
            answered=len(LOCAL),
            accessory_mismatch=float(mismatches[0][row]),
            pack_mismatch=float(mismatches[1][row]),
            better_condition=float(mismatches[2][row]),
            differences=cache(partial(_differences, batch, row, weights[row])),
        )
        best = sorted(picked, key=lambda index: -weights[row, index])[:_MOST]
        known.append(Known([_comparable(batch, row, index, weights[row, index]) for index in best], evidence))
    return known


def _differences(batch: Batch, row: int, weights: npt.NDArray[np.float64]) -> Differences:
    item, products = batch.items[row], batch.found.table.products
    titles = [products[place].title if place >= 0 else "" for place in batch.found.row[row]]
    return differences(item.title, item.caution.kind, titles, weights.tolist())


def _comparable(batch: Batch, row: int, index: int, weight: float) -> Comparable:
    product = batch.found.table.products[batch.found.row[row, index]]
    return Comparable(
        title=one_line(product.title)[:200],
        price=Decimal(repr(product.price)).quantize(_CENT),
        similarity=float(batch.neighbours.similarity[row, index]),
        weight=float(weight),
        source=product.source,
        observed_at=product.observed_at,
        identity=product.identity,
    )

"""The nearest products of a batch as arrays, how close each is, and the statistics of their prices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from agents.pricing.catalogue.base import Floats, Found, Integers

Doubles = npt.NDArray[np.float64]
_SAME: Final = 0.3
# What a thing in a worse condition fetches against the same thing new; used where only new ones are known. Rough on
# purpose, from the shape of refurbishers' price lists; it errs towards worth too little, which makes no bargain.
CONDITION_SHARE: Final = np.array([1.0, 0.75, 0.6, 0.3])


@dataclass(frozen=True)
class Neighbours:
    """k nearest products for n items; every array is (n, k). `known` is False where there is no such neighbour."""

    row: Integers
    known: npt.NDArray[np.bool_]
    similarity: Floats  # cosine of the sentence vectors
    likeness: Floats  # cosine of the rare words in common
    log_price: Floats  # natural logarithm of US dollars, brought to the item's condition
    age_years: Floats
    half_life_years: Floats  # after how long a price of its category counts half
    accessory_differs: npt.NDArray[np.bool_]
    pack_differs: npt.NDArray[np.bool_]
    condition_differs: npt.NDArray[np.bool_]
    identical: npt.NDArray[np.bool_]  # the same product by its name (sameness.py)

    def take(self, rows: Integers) -> Neighbours:
        return Neighbours(**{name: value[rows] for name, value in vars(self).items()})

    def closeness(self, share: float, penalty: float) -> Doubles:
        """`share` of likeness and the rest similarity, less `penalty` for each way in which it is another thing.

        −1 where there is no neighbour. An accessory against the thing it is for counts three times. The same product is
        closer than anything that is only like it.
        """
        close = (1 - share) * self.similarity + share * self.likeness
        close = close - penalty * (3 * self.accessory_differs + 2.0 * self.pack_differs + self.condition_differs)
        close = close + _SAME * self.identical
        nearness: Doubles = np.where(self.known, close, -1.0)
        return nearness

    def weights(self, close: Doubles, temperature: float) -> Doubles:
        """Weights that fall with distance and age and sum to one (or are all 0).

        Ten listings of one thing at one price are hardly more than one opinion: a weight is divided by the square root of
        how many neighbours have that price, unless they are the very thing asked about.
        """
        best = close.max(axis=1, keepdims=True, initial=-1)
        raw = np.where(self.known, np.exp((close - best) / temperature), 0.0)
        raw *= np.where(np.isnan(self.age_years), 1.0, 0.5 ** (np.nan_to_num(self.age_years) / self.half_life_years))
        raw /= np.where(self.identical, 1, self._copies())
        total = raw.sum(axis=1, keepdims=True)
        shares: Doubles = np.divide(raw, total, out=np.zeros_like(raw), where=total > 0)
        return shares

    def _copies(self) -> Doubles:
        order = np.argsort(self.log_price, axis=1, kind="stable")
        price = np.take_along_axis(self.log_price, order, axis=1)
        new = np.ones(price.shape, dtype=bool)
        new[:, 1:] = np.abs(np.diff(price, axis=1)) > 1e-3
        group = np.cumsum(new, axis=1) - 1 + np.arange(len(price))[:, None] * price.shape[1]
        sizes = np.bincount(group.ravel(), minlength=price.size)
        copies = np.empty(price.shape, dtype=np.float64)
        np.put_along_axis(copies, order, np.sqrt(sizes[group]), axis=1)
        return copies


def weighted_quantile(values: Floats | Doubles, weights: Doubles, quantile: float) -> Doubles:
    """The quantile of each row of (n, k) values under (n, k) weights; NaN for a row without weight."""
    order = np.argsort(values, axis=1)
    ordered = np.take_along_axis(values, order, axis=1)
    heaped = np.cumsum(np.take_along_axis(weights, order, axis=1), axis=1)
    position = (heaped < quantile * heaped[:, -1:]).sum(axis=1).clip(max=values.shape[1] - 1)
    picked = ordered[np.arange(len(values)), position].astype(np.float64)
    return np.where(heaped[:, -1] > 0, picked, np.nan)


def weighted_mean(values: Floats | Doubles, weights: Doubles) -> Doubles:
    """The mean of each row, NaN for a row without weight."""
    total = weights.sum(axis=1)
    mean: Doubles = np.divide((values * weights).sum(axis=1), total, out=np.full(len(values), np.nan), where=total > 0)
    return mean


def look_at(
    found: Found, own: dict[str, npt.NDArray[np.generic]], like: Floats, same: npt.NDArray[np.bool_]
) -> Neighbours:
    """Put together what a search found with the items' own traits (of `traits`), the likeness of the words, and which
    neighbours are the same product by name; an accessory is never the same as the thing that it is for."""
    table, known = found.table, found.row >= 0
    if not len(table.log_price):
        empty = np.zeros(found.row.shape, dtype=np.float32)
        never = np.zeros(found.row.shape, dtype=bool)
        return Neighbours(found.row, known, empty, empty, empty, empty, empty + 1, never, never, never, never)
    row = np.maximum(found.row, 0)
    condition = own["condition"].astype(np.int64)[:, None]
    theirs = table.condition[row].astype(np.int64)
    worse = condition > theirs
    share = np.where(worse, np.log(CONDITION_SHARE[condition] / CONDITION_SHARE[theirs]), 0.0)
    accessory = known & (table.accessory[row] != own["accessory"][:, None])
    return Neighbours(
        row=found.row,
        known=known,
        similarity=np.where(known, found.similarity, 0).astype(np.float32),
        likeness=np.where(known, like, 0).astype(np.float32),
        log_price=np.where(known, table.log_price[row] + share, 0).astype(np.float32),
        age_years=np.where(known, table.age_years[row], np.nan).astype(np.float32),
        half_life_years=table.half_life_years[row],
        accessory_differs=accessory,
        pack_differs=known & (table.pack[row] != own["pack"][:, None]),
        condition_differs=known & (theirs != condition),
        identical=known & ~accessory & (same | (table.key[row] == own["key"][:, None])),
    )

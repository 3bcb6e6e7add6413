"""Priced products to compare with: one interface, kept in memory (training, measuring) or in pgvector (the product)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import sparse

from agents.pricing.catalogue.ageing import half_lives
from agents.pricing.catalogue.compared import Compared, columns_of, key_number
from agents.pricing.catalogue.copies import Own
from agents.pricing.sameness import Names
from agents.pricing.text import Prepared
from agents.pricing.wording import Wording

NEAREST: Final = 32

Floats = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Product:
    """A priced product. `price` is in US dollars; the models work with its logarithm, money stays Decimal outside."""

    title: str
    text: str
    price: float
    source: str = ""
    observed_at: date | None = None
    identity: str = ""
    url: str = ""
    category: str = ""


@dataclass(frozen=True)
class ProductTable:
    """m products as columns, with what comparing needs read from their texts."""

    products: Sequence[Product]
    log_price: Floats
    age_years: Floats  # NaN where it is not known when the price was seen
    half_life_years: Floats  # after how long a price of its category counts half
    key: Integers  # a number for each normalised title
    accessory: npt.NDArray[np.bool_]
    pack: Floats
    condition: npt.NDArray[np.int8]
    words: sparse.csr_matrix
    names: Names

    @classmethod
    def of(cls, products: Sequence[Product], items: Sequence[Prepared], wording: Wording, today: date) -> ProductTable:
        return cls.of_compared(products, [Compared.of(item) for item in items], wording, today)

    @classmethod
    def of_compared(
        cls, products: Sequence[Product], compared: Sequence[Compared], wording: Wording, today: date
    ) -> ProductTable:
        """From what was kept of the products' words."""
        ages = [(today - product.observed_at).days / 365.25 if product.observed_at else np.nan for product in products]
        return cls(
            products=products,
            log_price=np.log(np.array([product.price for product in products], dtype=np.float32)),
            age_years=np.maximum(np.array(ages, dtype=np.float32), 0),
            half_life_years=half_lives([product.category for product in products]),
            words=wording.likeness_rows([each.words for each in compared]),
            names=Names.of_buckets([each.name for each in compared], wording),
            **columns_of(compared),
        )

    def take(self, rows: Integers) -> ProductTable:
        """The same table with only these rows, in this order."""
        return ProductTable(
            products=[self.products[row] for row in rows],
            log_price=self.log_price[rows],
            age_years=self.age_years[rows],
            half_life_years=self.half_life_years[rows],
            key=self.key[rows],
            accessory=self.accessory[rows],
            pack=self.pack[rows],
            condition=self.condition[rows],
            words=self.words[rows],
            names=self.names.take(rows),
        )

    @classmethod
    def joined(cls, first: ProductTable, second: ProductTable) -> ProductTable:
        """The rows of both, those of `first` first."""
        columns = {
            name: np.concatenate([getattr(first, name), getattr(second, name)])
            for name in ("log_price", "age_years", "half_life_years", "key", "accessory", "pack", "condition")
        }
        words = sparse.vstack([first.words, second.words], format="csr")
        names = Names.joined(first.names, second.names)
        return cls(products=[*first.products, *second.products], words=words, names=names, **columns)


def key_numbers(keys: Sequence[str]) -> Integers:
    """A 64-bit number for each normalised title, the same in every process."""
    return np.array([key_number(key) for key in keys], dtype=np.int64)


@dataclass(frozen=True)
class Found:
    """For n items the rows of their nearest products in `table`, most similar first: (n, k); −1 where there are fewer."""

    row: Integers
    similarity: Floats
    table: ProductTable
    size: int  # products in the whole catalogue

    def take(self, rows: Integers) -> Found:
        return Found(self.row[rows], self.similarity[rows], self.table, self.size)


class Catalogue(ABC):
    """A catalogue MUST return at most `count` products for each vector, most similar first, by cosine similarity, and MUST
    answer for an empty catalogue with no rows.
    """

    @abstractmethod
    def search(self, vectors: Floats, *, count: int = NEAREST) -> Found:
        """The nearest products of (n, 384) vectors of length one."""

    def without(self, own: Sequence[Own | None]) -> Catalogue:
        """The catalogue for n items, of which those that are deals MUST NOT find their own observations.

        A catalogue that holds no prices of deals is that already.
        """
        return self

    @abstractmethod
    def size(self) -> int:
        """How many products there are."""

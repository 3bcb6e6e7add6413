"""What travels between Deal Finder and a specialist's endpoint, as JSON. Both sides read it here.

    {"today": "2026-11-22", "catalogue_size": 98000,
     "instances": [{"title": "…", "text": "…", "condition": "used",
                    "comparables": [{"title": "…", "text": "…", "price": 199.0, "source": "…", "category": "…",
                                     "observed_at": "2026-10-02", "similarity": 0.87}, …]}, …]}

and back, in the same order, US dollars, null where nothing can be said:

    {"version": "20261122-0424-54cfec09", "predictions": [{"price": 187.5}, {"price": null}, …]}

The comparables travel with the items because the endpoint has no catalogue.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from typing import Any, Final

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from agents.pricing.batch import Batch, assemble
from agents.pricing.catalogue.base import NEAREST, Catalogue, Floats, Found, Product, ProductTable
from agents.pricing.ensemble import Doubles
from agents.pricing.lexicon import Lexicon
from agents.pricing.preparing import Description
from agents.pricing.text import prepare
from agents.pricing.wording import Wording

MOST_INSTANCES: Final = 200
_FIELDS: Final = ("title", "text", "price", "source", "category")


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class SentComparable(_Form):
    """A priced product as the catalogue has it, with the cosine of its sentence vector to the item's."""

    title: str = Field(max_length=2_000)
    text: str = Field(max_length=20_000)
    price: float = Field(gt=0, allow_inf_nan=False)
    source: str = ""
    category: str = ""
    observed_at: date | None = Field(default=None, strict=False)
    similarity: float = Field(ge=-1.01, le=1.01, allow_inf_nan=False)


class Instance(_Form):
    """One item, nearest comparables first."""

    title: str = Field(max_length=4_000)
    text: str = Field(max_length=4_000)
    condition: str | None = Field(default=None, max_length=40)
    comparables: list[SentComparable] = Field(max_length=NEAREST)


class Instances(_Form):
    """A request. `today` is what ages are counted from."""

    today: date = Field(strict=False)
    catalogue_size: int = Field(ge=0)
    instances: list[Instance] = Field(max_length=MOST_INSTANCES)


class Prediction(_Form):
    """US dollars, None where nothing can be said."""

    price: float | None = Field(gt=0, le=10_000_000, allow_inf_nan=False)


class Predictions(_Form):
    """An answer, in the order of the request."""

    version: str = Field(min_length=1, max_length=80)
    predictions: list[Prediction]

    def logs(self) -> Doubles:
        """(n,) natural logarithms of US dollars, NaN where nothing was said."""
        return np.array([math.nan if each.price is None else math.log(each.price) for each in self.predictions])


def request_of(batch: Batch, descriptions: Sequence[Description], rows: Sequence[int], today: date) -> bytes:
    """The request for some rows of a batch. `descriptions` is what the whole batch was prepared from."""
    instances = [vars(descriptions[row]) | {"comparables": _comparables(batch, row)} for row in rows]
    whole = {"today": today, "catalogue_size": batch.found.size, "instances": instances}
    return Instances.model_validate(whole).model_dump_json().encode()


def _comparables(batch: Batch, row: int) -> list[dict[str, Any]]:
    products, found = batch.found.table.products, batch.found
    return [
        {name: getattr(products[place], name) for name in _FIELDS}
        | {"observed_at": products[place].observed_at, "similarity": float(similarity)}
        for place, similarity in zip(found.row[row], found.similarity[row], strict=True)
        if place >= 0
    ]


class SentCatalogue(Catalogue):
    """The comparables that came with a request: each item finds its own, in the order in which they were sent."""

    def __init__(self, request: Instances, wording: Wording) -> None:
        sent = [comparable for instance in request.instances for comparable in instance.comparables]
        products = [
            Product(**{name: getattr(each, name) for name in _FIELDS}, observed_at=each.observed_at) for each in sent
        ]
        items = [prepare(each.title, each.text) for each in sent]
        self._table = ProductTable.of(products, items, wording, request.today)
        self._request = request

    def size(self) -> int:
        return self._request.catalogue_size

    def search(self, vectors: Floats, *, count: int = NEAREST) -> Found:
        row = np.full((len(vectors), count), -1, dtype=np.int64)
        similarity = np.zeros((len(vectors), count), dtype=np.float32)
        start = 0
        for number, instance in enumerate(self._request.instances):
            have = len(instance.comparables)
            row[number, :have] = np.arange(start, start + have)
            similarity[number, :have] = [each.similarity for each in instance.comparables]
            start += have
        return Found(row=row, similarity=similarity, table=self._table, size=self.size())


def batch_of(request: Instances, lexicon: Lexicon) -> Batch:
    """The batch that a request describes, the same as the one that it was made from."""
    items = [Description(each.title, each.text, each.condition).prepared() for each in request.instances]
    return assemble(items, lexicon, SentCatalogue(request, lexicon.wording))

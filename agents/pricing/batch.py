"""Items on their way through the estimators: each thing that more than one of them needs is worked out once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from agents.pricing.catalogue.base import Catalogue, Found, Integers
from agents.pricing.catalogue.compared import Compared, columns_of
from agents.pricing.embedding import Vectors, embed
from agents.pricing.lexicon import Lexical, Lexicon
from agents.pricing.neighbours import Neighbours, look_at
from agents.pricing.sameness import Names, same_product
from agents.pricing.text import Prepared
from agents.pricing.wording import Wording, dots


@dataclass(frozen=True)
class Batch:
    """n prepared items with their vectors (n, 384), features (n, width), numbers (n, ·), what their words say, and neighbours
    (n, k)."""

    items: Sequence[Prepared]
    vectors: Vectors
    features: sparse.csr_matrix
    numbers: npt.NDArray[np.float32]
    lexical: Lexical
    found: Found
    neighbours: Neighbours

    def __len__(self) -> int:
        return len(self.items)

    def take(self, rows: Integers) -> Batch:
        """The same batch with only these rows, in this order; a row may occur more than once."""
        return Batch(
            items=[self.items[row] for row in rows],
            vectors=self.vectors[rows],
            features=self.features[rows],
            numbers=self.numbers[rows],
            lexical=self.lexical.take(rows),
            found=self.found.take(rows),
            neighbours=self.neighbours.take(rows),
        )


def compare(items: Sequence[Prepared], found: Found, wording: Wording) -> Neighbours:
    """The neighbours of items in what a catalogue found for them."""
    compared = [Compared.of(item) for item in items]
    own = Names.of_buckets([each.name for each in compared], wording)
    same = same_product(own, found.table.names, found.row, found.similarity)
    words = wording.likeness_rows([each.words for each in compared])
    return look_at(found, columns_of(compared), dots(words, found.table.words, found.row), same)


def assemble(
    items: Sequence[Prepared], lexicon: Lexicon, catalogue: Catalogue, *, vectors: Vectors | None = None
) -> Batch:
    """Make a batch. Vectors may be given where they are known already."""
    if vectors is None:
        vectors = embed([item.text for item in items])
    found = catalogue.search(vectors)
    features = lexicon.wording.features(items)
    return Batch(
        items=items,
        vectors=vectors,
        features=features,
        numbers=lexicon.numbers(items),
        lexical=lexicon.says(features),
        found=found,
        neighbours=compare(items, found, lexicon.wording),
    )

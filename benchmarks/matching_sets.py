"""Two public sets of offers of which is known what is one thing (../shared/data/entity-matching): Abt–Buy and Amazon–Google."""

from __future__ import annotations

import csv
import gzip
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from agents.identity.candidates import Candidate, candidates_of
from agents.identity.names import Name, read_name
from benchmarks.large_catalogue import PROJECT
from common.models import new_id
from deals.models import Product

DATA = PROJECT.parent / "shared" / "data" / "entity-matching"
_LONGEST = 300


@dataclass(frozen=True)
class MatchingSet:
    """`asked` are the names of one side, `candidates` what the product's search finds for each on the other side, `truth` for each
    the places on the other side of what is the same thing, `places` the place of a candidate on the other side by its id."""

    title: str
    asked: list[Name]
    candidates: list[list[Candidate]]
    truth: list[set[int]]
    places: dict[object, int]

    @property
    def pairs(self) -> int:
        """How many pairs are one thing."""
        return sum(map(len, self.truth))

    def is_true(self, number: int, candidate: Candidate) -> bool:
        """Whether this candidate is the same thing as the asked name of that number."""
        return self.places.get(candidate.id, -1) in self.truth[number]


def abt_buy(*, together: bool = False) -> MatchingSet:
    """1,092 names of Buy asked among 1,081 of Abt; `together`: among the other ones of Buy too, as they stand in one table."""
    return _set("Abt–Buy", ("abt.csv.gz", "buy.csv.gz", "abt_buy__gt.csv.gz"), "|", "name", together)


def amazon_google(*, together: bool = False) -> MatchingSet:
    """3,226 names of Google asked among 1,363 of Amazon; `together`: among the other ones of Google too."""
    files = ("amazon_google__amazon.csv.gz", "amazon_google__gp.csv.gz", "amazon_google__gt.csv.gz")
    return _set("Amazon–Google", files, "#", "title", together)


def _set(title: str, files: tuple[str, str, str], separator: str, field: str, together: bool) -> MatchingSet:
    there, asked = (_offers(name, separator, field) for name in files[:2])
    left = {number: place for place, number in enumerate(there)}
    truth: dict[str, set[int]] = {number: set() for number in asked}
    with gzip.open(DATA / files[2], "rt", encoding="utf-8") as file:
        for one, other in csv.reader(file, delimiter=separator):
            if one in left and other in truth:
                truth[other].add(left[one])
    products = [_product(*offer) for offer in there.values()]
    others = [_product(*offer) for offer in asked.values()]
    Product.objects.bulk_create(products + (others if together else []))
    candidates = candidates_of([(product.pk, product.name) for product in others])
    Product.objects.all().delete()
    names = [read_name(product.name, product.brand) for product in others]
    return MatchingSet(
        title, names, candidates, list(truth.values()), {product.pk: place for place, product in enumerate(products)}
    )


def _product(title: str, brand: str) -> Product:
    key = new_id()
    return Product(id=key, key=str(key), name=title[:_LONGEST], brand=brand[:100])


def _offers(name: str, separator: str, field: str) -> dict[str, tuple[str, str]]:
    with gzip.open(DATA / name, "rt", encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter=separator)
        return {row["id"]: (row[field], row.get("manufacturer") or "") for row in rows}


def folds_of(matching: MatchingSet, count: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The fold of each asked name, by chance; those that are one thing with the same other one are in one fold."""
    chance = np.random.default_rng(1)
    by_place = chance.integers(0, count, len(matching.places))
    alone = chance.integers(0, count, len(matching.asked))
    return np.array([by_place[min(same)] if same else alone[at] for at, same in enumerate(matching.truth)])


def title_path() -> Path:
    """The titles of products from which the rarity of words is learned."""
    return PROJECT.parent / "shared" / "data" / "catalogue" / "train.jsonl.gz"

"""A small world of priced things. The models that are trained on it are in the folder above."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from agents.pricing.catalogue.base import Product
from agents.pricing.catalogue.memory import MemoryCatalogue
from agents.pricing.model import PricingModel

_KINDS = {
    "wireless headphones": 120.0,
    "robot vacuum cleaner": 310.0,
    "electric kettle": 38.0,
    "27 inch monitor": 220.0,
    "office chair": 160.0,
    "chef knife": 45.0,
    "running shoes": 85.0,
    "phone case for iPhone 15": 14.0,
}
SMALL = {"neural": {"epochs": 3, "batch": 64, "hidden": 32}, "specialist": {"rounds": 40, "leaves": 8}}
_BRANDS = {"Acme": 1.0, "Borealis": 1.4, "Corvo": 0.75, "Duna": 2.1, "Elara": 1.15}


def small_world(count: int = 420, seed: int = 5) -> list[Product]:
    """Products whose price follows from kind, brand and size of the pack, with some noise."""
    chance = random.Random(seed)
    products = []
    for number in range(count):
        kind, brand = chance.choice(list(_KINDS)), chance.choice(list(_BRANDS))
        pack = chance.choice([1, 1, 1, 1, 2, 4])
        price = _KINDS[kind] * _BRANDS[brand] * pack**0.8 * chance.lognormvariate(0, 0.12)
        title = f"{brand} {kind} {chance.choice('XYZQ')}{number}" + (f" {pack}-pack" if pack > 1 else "")
        if number % 20 == 0 and products:
            title = products[-1].title
            price = products[-1].price * chance.lognormvariate(0, 0.05)
        products.append(
            Product(title, f"{title} | {chance.choice(['black', 'white', 'steel'])}", round(price, 2), "world")
        )
    return products


@dataclass(frozen=True)
class World:
    """Trained models with the folder that they were written to, and a catalogue in memory."""

    model: PricingModel
    folder: Path
    catalogue: MemoryCatalogue
    products: list[Product]


@pytest.fixture
def no_catalogue(world: World) -> MemoryCatalogue:
    """A catalogue without a single product."""
    return world.catalogue.take(np.zeros(0, dtype=np.int64))

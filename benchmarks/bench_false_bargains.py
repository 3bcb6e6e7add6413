"""False bargains: which share of offers that only look like bargains is called an opportunity, and which share of true ones is.

The model in use, beside the sample catalogue and, where the shared data is there, beside the training catalogue with the samples in it.
A true bargain is the product itself far below its price: of the catalogue at 45 %, of the held-out products (those over $100, at 45 % of
what they cost, though the catalogue may hardly know them). At its full price an opportunity is a false alarm.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import numpy as np

from agents.pricing.catalogue.base import Catalogue, Product
from agents.pricing.model import PricingModel, current_model
from agents.training.bargains import Offer, call, compared_with, read_offers
from agents.training.commands import cache_folder
from agents.training.data import read_all
from agents.training.pipeline import Rows, read_rows
from benchmarks.measurement import Measurement
from dealfinder.starter.loading import CATALOGUE

_PROJECT = Path(__file__).resolve().parent.parent
_CASES = _PROJECT / "tests" / "agents" / "pricing" / "false_bargains.jsonl"
_DATA = _PROJECT.parent / "shared" / "data" / "catalogue"
_MOST = 1_000


def run() -> list[Measurement]:
    """Shares in per cent. The names of false bargains that are called are printed."""
    model, cases = current_model(), read_offers(_CASES)
    samples, _ = read_all([CATALOGUE])
    small = read_rows([*samples, *compared_with(cases)])
    catalogue = small.catalogue(model.wording)
    dear = [product for product in samples if product.price >= 200]
    measured = [
        _share("beside the samples: false bargains called", cases, catalogue, model, show=True),
        _share("beside the samples: products at 45 % called", _at(dear, "0.45"), catalogue, model),
        _share("beside the samples: products at full price called", _at(dear, "1"), catalogue, model),
    ]
    if not (_DATA / "train.jsonl.gz").exists():
        return measured
    train, _ = read_all([_DATA / "train.jsonl.gz"])
    large = _joined(read_rows(train, cache_folder()), small).catalogue(model.wording)
    held_out = [product for product in read_all([_DATA / "dev.jsonl.gz"])[0] if product.price >= 100][:_MOST]
    return [
        *measured,
        _share("beside everything: false bargains called", cases, large, model, show=True),
        _share("beside everything: held-out products at 45 % called", _at(held_out, "0.45"), large, model),
        _share("beside everything: held-out products at full price called", _at(held_out, "1"), large, model),
    ]


def _at(products: Sequence[Product], share: str) -> list[Offer]:
    return [
        Offer(product.title, (Decimal(str(product.price)) * Decimal(share)).quantize(Decimal("0.01")))
        for product in products
    ]


def _joined(first: Rows, second: Rows) -> Rows:
    return Rows(
        [*first.products, *second.products],
        [*first.items, *second.items],
        np.concatenate([first.vectors, second.vectors]),
    )


def _share(
    name: str, offers: Sequence[Offer], catalogue: Catalogue, model: PricingModel, *, show: bool = False
) -> Measurement:
    called = [one for one in call(offers, catalogue, model) if one.opportunity]
    if show:
        for one in called:
            print(f"  called: {one.offer.title} ({one.offer.why})")
    return Measurement(f"{name} ({len(called)} of {len(offers)})", 100 * len(called) / len(offers), "%")

"""Worth, against the prototype: its network and our active model, on the same held-out products in one run.

Learns from `../shared/data/catalogue/train.jsonl.gz` and measures on `dev.jsonl.gz`; without these files there is nothing to measure.
With `--leave-out` the network learns without these sources and is measured on all their products, and so is a model of ours that was
trained without them, where `--model` names its folder: the active one has seen them.

`UNSEEN` are the three sources that the tables leave out together: a shop of electronics (its kind of goods is well known from other
sources, its prices are of 2014), a marketplace (many kinds and conditions, prices of 2025 and 2026), and furniture, of which no other
source has anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from agents.pricing.catalogue.base import Product
from agents.pricing.model import PricingModel, current_model, load
from agents.training.commands import cache_folder
from agents.training.data import read_all
from agents.training.evaluation import Predictions, bootstrap, predict
from agents.training.pipeline import read_rows
from benchmarks.measurement import Measurement
from benchmarks.prototype import learn

UNSEEN = ("elec2014", "ebay_deals", "aliexpr_furn")
_DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data" / "catalogue"
Doubles = npt.NDArray[np.float64]


def run(leave_out: Sequence[str] = (), model: Path | None = None) -> list[Measurement]:
    """Mean absolute errors in dollars with 95 % bootstrap intervals, and ours divided by the prototype's."""
    if not (_DATA / "train.jsonl.gz").exists():
        return [Measurement("products to learn from (the shared data is not there)", 0, "")]
    train, dev = (read_all([_DATA / f"{name}.jsonl.gz"])[0] for name in ("train", "dev"))
    measured = dev
    if leave_out:
        measured = [product for product in [*train, *dev] if product.source in leave_out]
        train = [product for product in train if product.source not in leave_out]
    truth = np.array([product.price for product in measured])
    prototype = learn(train)
    theirs = np.abs(prototype.predict([product.text for product in measured]) - truth)
    constant = np.abs(float(np.median([product.price for product in train])) - truth)
    found = [
        Measurement("products learned from", len(train), ""),
        Measurement("products measured on", len(measured), ""),
        Measurement("the median price for everything", float(constant.mean()), "$"),
        *_errors(f"the prototype's network, width {prototype.width}", theirs, measured, leave_out),
    ]
    if leave_out and model is None:
        return found
    said = _said(train, measured, load(model) if model else current_model())
    ours = np.abs(said.worth - said.truth)
    answered = np.isfinite(ours)
    inside = (said.truth >= said.low) & (said.truth <= said.high)
    return [
        *found,
        *_errors("our model", ours[answered], [measured[row] for row in np.flatnonzero(answered)], leave_out),
        Measurement("answered by our model", 100 * float(answered.mean()), "%"),
        Measurement("inside our 80 % interval", 100 * float(inside[answered].mean()), "%"),
        Measurement("median high ÷ low of our interval", float(np.median((said.high / said.low)[answered])), ""),
        Measurement("ours ÷ the prototype's", float(ours[answered].mean() / theirs[answered].mean()), ""),
    ]


def _said(train: Sequence[Product], measured: Sequence[Product], model: PricingModel) -> Predictions:
    catalogue = read_rows(train, cache_folder()).catalogue(model.wording)
    return predict(model, measured, catalogue)


def _errors(name: str, wrong: Doubles, products: Sequence[Product], sources: Sequence[str]) -> list[Measurement]:
    low, high = bootstrap(wrong)
    found = [Measurement(f"{name} (95 %: {low:.2f} to {high:.2f})", float(wrong.mean()), "$")]
    for source in sources:
        here = np.array([product.source == source for product in products])
        if here.any():
            found.append(Measurement(f"{name}, {source}", float(wrong[here].mean()), "$"))
    return found

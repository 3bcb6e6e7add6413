"""Training anew on the catalogue, which prices seen on deals join, and taking over only where that is better.

Old prices are left out more often than young ones: a row is kept with probability ½ ^ (age / half-life of its category), at
least 5 %, and always where its age is not known. Titles that neither the active model nor the new one has seen are held out
and decide: the mean absolute error in dollars has to be smaller by MODEL_MARGIN per cent, with the 95 % interval of a paired
bootstrap of the difference below zero. Otherwise the new model stays staged, with the reason on it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from django.conf import settings
from django.db import connection
from django.utils import timezone

from agents.lifecycle import registry
from agents.lifecycle.following import follow
from agents.lifecycle.seen import SeenTitles, order_of
from agents.lifecycle.signals import reference_histograms
from agents.models import Agent, ModelVersion
from agents.pricing.catalogue.ageing import half_life_of
from agents.pricing.catalogue.base import Product
from agents.pricing.model import PricingModel, current_model, save
from agents.runs import record_run
from agents.training.data import HIGHEST_PRICE
from agents.training.evaluation import bootstrap, predict
from agents.training.pipeline import read_rows, train
from common.text import title_key
from deals.models import CatalogueItem

FEWEST: Final = 5_000
FEWEST_HELD_OUT: Final = 200
MOST_HELD_OUT: Final = 2_000
SHARE_HELD_OUT: Final = 0.1
_LEAST_CHANCE: Final = 0.05
_LOCK: Final = 0x7EA1
logger = logging.getLogger(__name__)

Doubles = npt.NDArray[np.float64]


class CannotRetrain(Exception):
    """There is too little to train on, or another training runs; the message is a sentence."""


@dataclass(frozen=True)
class Terms:
    """What a training has to have: rows in all and held out, how much better (per cent) the new model has to be, and what
    makes a model of products and a seed."""

    fewest: int = FEWEST
    fewest_held_out: int = FEWEST_HELD_OUT
    margin: float = 1.0
    trainer: Callable[[Sequence[Product], int], PricingModel] = lambda products, seed: train(products, seed=seed)


@dataclass(frozen=True)
class Judgement:
    """Both models on the same held-out products: mean absolute errors in dollars, and the interval of their difference."""

    rows: int
    old: float
    new: float
    interval: tuple[float, float]
    margin: float

    @property
    def is_better(self) -> bool:
        return self.new <= (1 - self.margin / 100) * self.old and self.interval[1] < 0

    @property
    def sentence(self) -> str:
        change = f"${self.new:.2f} instead of ${self.old:.2f} on {self.rows} held-out products"
        low, high = self.interval
        return f"Mean absolute error {change}; the difference is {low:.2f} to {high:.2f} (95 %). " + (
            "It is better by the margin." if self.is_better else f"It is not better by {self.margin:g} per cent."
        )

    def as_json(self) -> dict[str, Any]:
        return {
            "n": self.rows,
            "mae": round(self.new, 4),
            "mae_of_active": round(self.old, 4),
            "difference_ci95": [round(end, 4) for end in self.interval],
            "margin_percent": self.margin,
            "better": self.is_better,
        }


@dataclass
class Outcome:
    """What a training led to."""

    version: str
    activated: bool
    sentence: str
    judgement: Judgement | None = None
    rows: int = field(default=0)

    def as_json(self) -> dict[str, Any]:
        judged = {"judgement": self.judgement.as_json()} if self.judgement else {}
        return {
            "version": self.version,
            "activated": self.activated,
            "rows": self.rows,
            "sentence": self.sentence,
        } | judged


def retrain(*, seed: int = 1, trigger: str = "command", terms: Terms | None = None) -> Outcome:
    """Train, judge and register; activate where the new model is better. Raises `CannotRetrain` with a sentence."""
    terms = terms or Terms(margin=settings.MODEL_MARGIN)
    with _alone(), record_run(Agent.TRAINING, trigger, "Train the pricing model anew") as run:
        follow(now=True)
        active = current_model()
        with run.step("Gather products") as step:
            today = timezone.now().date()
            products = decayed(gather(), today, seed)
            if len(products) < terms.fewest:
                raise CannotRetrain(
                    f"There are {len(products)} priced products to train on, and {terms.fewest} are the least."
                )
            kept, held_out = split(products, SeenTitles.from_json(active.metadata.get("titles")), _trained_on(active))
            step.detail.update({"products": len(products), "held_out": len(held_out)})
        with run.step("Train"):
            model = terms.trainer(kept, seed)
        with run.step("Judge") as step:
            outcome = _judged(model, active, kept, held_out, terms)
            step.detail.update(outcome.as_json())
        with run.step("Register"):
            _register(model, outcome)
        run.summary.update(outcome.as_json())
    return outcome


@contextmanager
def _alone() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            raise CannotRetrain("Another training runs already; wait until it has ended.")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def gather() -> list[Product]:
    """The catalogue, prices seen on deals included; samples are left out."""
    rows = CatalogueItem.objects.filter(is_sample=False, price__gt=0, price__lte=HIGHEST_PRICE).defer("embedding")
    return [
        Product(item.title, item.text, float(item.price), item.source, item.observed_at, category=item.category)
        for item in rows.order_by("pk").iterator()
    ]


def decayed(products: Sequence[Product], today: date, seed: int) -> list[Product]:
    """The products less those that chance leaves out for their age."""
    ages = np.array([_age(product, today) for product in products], dtype=np.float64)
    half_lives = np.array([half_life_of(product.category) for product in products], dtype=np.float64)
    keep = np.maximum(0.5 ** (ages / half_lives), _LEAST_CHANCE)
    drawn = np.random.default_rng(seed).random(len(products))
    return [product for product, kept in zip(products, drawn < keep, strict=True) if kept]


def _age(product: Product, today: date) -> float:
    """In years; 0 where it is not known."""
    return max(0.0, (today - product.observed_at).days / 365.25) if product.observed_at else 0.0


def split(
    products: Sequence[Product], seen: SeenTitles | None, trained_on: date | None
) -> tuple[list[Product], list[Product]]:
    """What to train on, and what to hold out. A title is on one side only.

    Held out can be what the active model has not seen: titles that are not among its own, or, where it does not say which
    those are, titles of which every price is younger than it. Of these the first by a stable hash are taken, at most half of
    them, a tenth of everything, and 2,000 titles: the next training holds out the same ones and some that are new.
    """
    titles = sorted({title_key(product.title) for product in products})
    if seen is not None:
        unseen = [title for title, known in zip(titles, seen.has(titles), strict=True) if not known]
    else:
        older = {title_key(product.title) for product in products if not _is_after(product, trained_on)}
        unseen = [title for title in titles if title not in older]
    most = min(MOST_HELD_OUT, int(SHARE_HELD_OUT * len(titles)), len(unseen) // 2)
    chosen = set(sorted(unseen, key=order_of)[:most])
    kept = [product for product in products if title_key(product.title) not in chosen]
    return kept, [product for product in products if title_key(product.title) in chosen]


def _is_after(product: Product, trained_on: date | None) -> bool:
    return trained_on is not None and product.observed_at is not None and product.observed_at > trained_on


def _trained_on(model: PricingModel) -> date | None:
    try:
        return datetime.fromisoformat(str(model.metadata.get("trained_at"))).date()
    except ValueError:
        return None


def _judged(
    model: PricingModel, active: PricingModel, kept: Sequence[Product], held_out: Sequence[Product], terms: Terms
) -> Outcome:
    """Also puts into the new model's metadata what it will be judged by later."""
    model.metadata["titles"] = SeenTitles.of([product.title for product in kept]).as_json()
    rows = read_rows(kept)
    if held_out:
        model.metadata["reference"] = reference_histograms(model, held_out, rows.catalogue(model.wording))
    outcome = Outcome(model.version, activated=False, sentence="", rows=len(kept))
    if len(held_out) < terms.fewest_held_out:
        outcome.sentence = (
            f"Only {len(held_out)} products are certainly new to the active model, and {terms.fewest_held_out} are the "
            "least to judge by, so it waits to be activated by hand."
        )
        return outcome
    old, new = (predict(each, held_out, rows.catalogue(each.wording)) for each in (active, model))
    outcome.judgement = judge(old.truth, old.worth, new.worth, terms.margin)
    outcome.sentence = outcome.judgement.sentence
    model.metadata["retraining"] = outcome.judgement.as_json()
    return outcome


def judge(truth: Doubles, old: Doubles, new: Doubles, margin: float) -> Judgement:
    """Judge by the products for which both models said something. Amounts in dollars, (n,) each."""
    both = np.isfinite(old) & np.isfinite(new)
    before, after = np.abs(old - truth)[both], np.abs(new - truth)[both]
    if not len(before):
        return Judgement(0, float("nan"), float("nan"), (float("nan"), float("nan")), margin)
    return Judgement(len(before), float(before.mean()), float(after.mean()), bootstrap(after - before), margin)


def _register(model: PricingModel, outcome: Outcome) -> None:
    registered = registry.register(save(model, Path(settings.MODELS_DIR)), who="retraining")
    if outcome.judgement is not None and outcome.judgement.is_better:
        registry.activate(registered, who="retraining")
        outcome.activated = True
    ModelVersion.objects.filter(pk=registered.pk).update(note=outcome.sentence)
    follow(now=True)
    logger.info("Trained %s anew: %s", model.version, outcome.sentence)

"""What is asked about worth and what is answered: items in, worths with their evidence out."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from agents.pricing.catalogue.copies import Own


@dataclass(frozen=True)
class Item:
    """What somebody wants valued. `price` and `list_price` are in `currency`; both may be unknown.

    `user` is who asks, and pays for a foundation model with their share of the budget; None where nobody asks, as with deals.
    `foundation_model`: whether one may be asked at all, where this installation has one. `own`: which deal the item is, if it
    is one, so that it is not compared with what was seen on itself.
    """

    title: str
    text: str = ""
    category: str | None = None
    price: Decimal | None = None
    currency: str = "USD"
    list_price: Decimal | None = None
    condition: str | None = None
    user: uuid.UUID | None = None
    foundation_model: bool = True
    own: Own | None = None


@dataclass(frozen=True)
class EstimateResult:
    """What one estimator said, in US dollars; None where it could not say, with the error if one was the reason.

    An error beside a value: the service that should have answered did not, and the value is the local estimator's.
    """

    estimator: str
    version: str
    value_usd: Decimal | None
    weight: float
    milliseconds: float
    error: str = ""
    cost_usd: Decimal = Decimal(0)
    reason: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "estimator": self.estimator,
            "version": self.version,
            "value": None if self.value_usd is None else str(self.value_usd),
            "currency": "USD",
            "weight": self.weight,
            "milliseconds": round(self.milliseconds, 1),
            "cost_usd": str(self.cost_usd),
            "error": self.error,
            "reason": self.reason,
        }


@dataclass(frozen=True)
class Comparable:
    """A priced product that the worth rests on. `price` is in US dollars, as it was seen."""

    title: str
    price: Decimal
    similarity: float
    weight: float
    source: str = ""
    observed_at: date | None = None
    identity: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "title": self.title,
            "price": str(self.price),
            "currency": "USD",
            "similarity": round(self.similarity, 3),
            "weight": round(self.weight, 3),
            "source": self.source,
            "observed_at": self.observed_at.isoformat() if self.observed_at else None,
        }


@dataclass(frozen=True)
class Worth:
    """What an item is worth, in its own currency. `worth`, `low` and `high` are None where nothing can be said.

    `rate` is US dollars for one unit of the currency, fixed on `rate_date`. `caveat` is the one reason that decided against what
    price and worth alone would say, `but_for_claim` the verdict without the claimed list price where that decided, and
    `model_worth` what a foundation model said, where one answered.
    """

    currency: str
    verdict: str
    reasons: list[str]
    worth: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    discount: Decimal | None = None
    discount_percent: Decimal | None = None
    discount_usd: Decimal | None = None
    estimates: list[EstimateResult] = field(default_factory=list)
    comparables: list[Comparable] = field(default_factory=list)
    confidence: float = 0.0
    weights: dict[str, float] = field(default_factory=dict)
    rate: Decimal | None = None
    rate_date: date | None = None
    caveat: str = ""
    but_for_claim: str | None = None
    model_worth: Decimal | None = None


def as_json(worth: Worth) -> dict[str, Any]:
    """The answer of `estimate --json` and of the task `estimate.text`: amounts as decimal strings (contract)."""

    def text(amount: Decimal | None) -> str | None:
        return None if amount is None else str(amount)

    return {
        "worth": text(worth.worth),
        "low": text(worth.low),
        "high": text(worth.high),
        "currency": worth.currency,
        "estimates": [each.as_json() for each in worth.estimates],
        "comparables": [each.as_json() for each in worth.comparables],
        "discount": text(worth.discount),
        "discount_percent": text(worth.discount_percent),
        "verdict": worth.verdict,
        "reasons": worth.reasons,
        "confidence": worth.confidence,
    }

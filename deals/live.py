"""The live feed's rules: which topic a message belongs to, who may subscribe to it, and which messages a reader wants."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from common.money import Money
from deals.selectors import BARGAIN_VERDICTS, in_dollars

TOPIC_OF = {
    "deal.found": "deals",
    "deal.updated": "deals",
    "deal.valued": "deals",
    "opportunity.found": "opportunities",
    "match.found": "matches",
    "tracking.met": "matches",
    "notification.sent": "notifications",
    "scan.started": "scans",
    "scan.finished": "scans",
}
TOPICS = frozenset(TOPIC_OF.values())
PUBLIC_TOPICS = frozenset({"deals", "opportunities", "scans"})
FILTERED_TOPICS = frozenset({"deals", "opportunities"})

Number = Annotated[Decimal, Field(ge=0, le=10**12, allow_inf_nan=False)]
Words = Annotated[
    list[Annotated[str, Field(max_length=100)]],
    BeforeValidator(lambda value: [value] if isinstance(value, str) else value),
    Field(max_length=20),
]


class LiveFilters(BaseModel):
    """What a subscriber narrows the deals and opportunities to. Amounts are in `currency`.

    A message that does not say what a filter asks for, such as the score of a deal that is not valued yet, does not pass.
    """

    model_config = ConfigDict(extra="forbid")

    search: str = Field(default="", max_length=200)
    marketplace: Words = []
    category: Words = []
    min_price: Number | None = None
    max_price: Number | None = None
    min_discount: Number | None = None
    min_discount_percent: Number | None = None
    min_score: Annotated[int, Field(ge=0, le=100)] | None = None
    currency: str = Field(default="USD", pattern=r"^[A-Z]{3}$")

    def pass_deal(self, data: Mapping[str, Any]) -> bool:
        """Tell whether the data of a deal's message passes every filter."""
        return self._passes_words(data) and self._passes_price(data) and self._passes_worth(data)

    def _passes_words(self, data: Mapping[str, Any]) -> bool:
        text = " ".join(
            str(data.get(name) or "") for name in ("title", "merchant", "category", "marketplace")
        ).casefold()
        if any(word not in text for word in self.search.casefold().split()):
            return False
        if self.marketplace and str(data.get("marketplace")).casefold() not in {
            name.casefold() for name in self.marketplace
        }:
            return False
        category = str(data.get("category") or "").casefold()
        return not self.category or any(name.casefold() in category for name in self.category)

    def _passes_price(self, data: Mapping[str, Any]) -> bool:
        if self.min_price is None and self.max_price is None:
            return True
        price = _dollars(data.get("price"))
        if price is None:
            return False
        above = self.min_price is None or price >= in_dollars(Money(self.min_price, self.currency))
        return above and (self.max_price is None or price <= in_dollars(Money(self.max_price, self.currency)))

    def _passes_worth(self, data: Mapping[str, Any]) -> bool:
        wanted = (
            (_decimal(data.get("discount_percent")), self.min_discount_percent),
            (_decimal(data.get("score")), self.min_score),
            (
                _decimal(data.get("discount_usd")),
                None if self.min_discount is None else in_dollars(Money(self.min_discount, self.currency)),
            ),
        )
        return all(least is None or (value is not None and value >= least) for value, least in wanted)


def passes_threshold(data: Mapping[str, Any], threshold_usd: Decimal) -> bool:
    """Tell whether an opportunity's message is one by a reader's own threshold, with the cautious end at least the price."""
    discount, low, price = _decimal(data.get("discount_usd")), data.get("low"), data.get("price")
    if discount is None or not low or not price or data.get("verdict") not in BARGAIN_VERDICTS:
        return False
    return discount >= threshold_usd and Decimal(low["amount"]) >= Decimal(price["amount"])


def _decimal(value: object) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _dollars(amount: Mapping[str, str] | None) -> Decimal | None:
    return None if not amount else in_dollars(Money(Decimal(amount["amount"]), amount["currency"]))

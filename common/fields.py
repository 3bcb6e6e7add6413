"""Fields that the API's serializers share: money out and money in."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from common.money import Money, amount_text

MONEY_SCHEMA = {
    "type": "object",
    "properties": {
        "amount": {"type": "string", "examples": ["129.99"]},
        "currency": {"type": "string", "pattern": "^[A-Z]{3}$", "examples": ["USD"]},
    },
    "required": ["amount", "currency"],
}


@extend_schema_field(MONEY_SCHEMA)
class MoneyField(serializers.Field[Money, Any, Any, Any]):
    """Money that is shown: an amount of the instance together with its currency."""

    def __init__(self, amount: str, currency: str = "currency", **kwargs: Any) -> None:
        kwargs |= {"source": "*", "read_only": True}
        super().__init__(**kwargs)
        self.amount, self.currency = amount, currency

    def to_representation(self, value: Any) -> Any:
        return Money(getattr(value, self.amount), getattr(value, self.currency)).as_json()


@extend_schema_field({"oneOf": [MONEY_SCHEMA, {"type": "null"}]})
class OptionalMoneyField(MoneyField):
    """Money that may be unknown: null then."""

    def to_representation(self, value: Any) -> Any:
        return None if getattr(value, self.amount) is None else super().to_representation(value)


@extend_schema_field(MONEY_SCHEMA)
class ShownMoneyField(serializers.JSONField):
    """Money in an answer that is made already; only the schema needs it."""


@extend_schema_field({"type": "string", "examples": ["129.99"]})
class AmountField(serializers.DecimalField):
    """An amount whose currency stands beside it: a decimal string."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=14, decimal_places=4, min_value=Decimal(0), **kwargs)

    def to_internal_value(self, data: Any) -> Decimal:
        if isinstance(data, bool):
            self.fail("invalid")
        return super().to_internal_value(data)


class TakesMoney:
    """For serializers with amounts and one `currency` beside them: `{"amount", "currency"}` is understood as well.

    All amounts are in one currency, so money in another one is an error of its field.
    """

    amounts: ClassVar[tuple[str, ...]] = ()

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            data = self._flat(dict(data))
        return super().to_internal_value(data)  # type: ignore[misc]

    def _flat(self, data: dict[str, Any]) -> dict[str, Any]:
        currency = data.get("currency") or getattr(getattr(self, "instance", None), "currency", None)
        for name in self.amounts:
            value = data.get(name)
            if isinstance(value, Mapping) and set(value) == {"amount", "currency"}:
                currency = currency or value["currency"]
                if value["currency"] != currency:
                    raise serializers.ValidationError({name: [f"All amounts here are in {currency}."]})
                data |= {name: value["amount"], "currency": currency}
        return data


def shown_amount(amount: Decimal | None, currency: str) -> str | None:
    """An amount whose currency stands beside it, in the currency's own decimals."""
    return None if amount is None else amount_text(amount, currency)

"""What services elsewhere said about items."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class RemoteAnswer:
    """What a service said about one item: the natural logarithm of US dollars, NaN where it said nothing.

    `error` is a sentence why a service that should have answered did not; such an answer costs nothing.
    """

    version: str
    log: float = math.nan
    milliseconds: float = 0.0
    cost: Decimal = Decimal(0)
    error: str = ""
    reason: str = ""

    @property
    def answered(self) -> bool:
        return math.isfinite(self.log)

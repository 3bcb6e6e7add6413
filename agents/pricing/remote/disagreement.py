"""What a foundation model's part does to an interval: where it disagrees with the others, the interval says so.

The interval was calibrated on the local estimators alone. A foundation model has four fifths of the weight, so that the others hardly
move the worth; but if they are far from it, one side is wrong, and the interval has to hold both.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt

from agents.pricing.ensemble import Judged

Doubles = npt.NDArray[np.float64]

FAR_APART: Final = 1.15  # dearest ÷ cheapest answer from which they disagree
_HEARD: Final = 0.1 - 1e-6  # the least weight of an answer that counts


def widened(judged: Judged, logs: Doubles, took_part: npt.NDArray[np.bool_]) -> Judged:
    """Intervals that reach over every answer of weight, (n, 3) `logs`, in rows where a foundation model took part (n,).

    Only where these differ by more than `FAR_APART`; an interval is never narrowed. Rows without an interval stay so.
    """
    heard = np.isfinite(logs) & (judged.weights >= _HEARD)
    lowest = np.where(heard, logs, np.inf).min(axis=1)
    highest = np.where(heard, logs, -np.inf).max(axis=1)
    rows = took_part & np.isfinite(judged.worth) & (highest - lowest > np.log(FAR_APART))
    return replace(
        judged,
        low=np.where(rows, np.minimum(judged.low, lowest), judged.low),
        high=np.where(rows, np.maximum(judged.high, highest), judged.high),
    )

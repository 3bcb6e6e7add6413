"""How fast a seen price stops telling what a thing costs today: half-lives by category, in years.

A price wanders: over t years its logarithm changes by about s·√t (median, either way). A comparable is never exact either:
two listings of one title differ by n (median, each from their middle). After (n / s)² years a price is as wrong by its age
as it is by being another listing, so it counts half; that is its half-life.

For PC parts s is measured on real prices from July 2023 to July 2025, and n on repeated titles: `python -m benchmarks
price_ageing`, with the figures in docs/measurements.md. Memory and drives are in that data too, but more than half of them
show no change at all in years, which is what listings that nobody keeps look like; they are set with processors. What is
assumed has no data here: it is ordered after what is measured, by how soon a newer one replaces the thing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

DEFAULT_HALF_LIFE: Final = 1.5
# The first that fits decides.
_HALF_LIVES: Final = tuple(
    (re.compile(rf"\b(?:{words})\b"), years)
    for words, years in (
        # Assumed: accessories stand before what they are for.
        (r"(?:phone|tablet|laptop) (?:cases?|accessories|covers?)|cases? (?:& )?(?:clips|sleeves|bags)", 2.0),
        # Measured.
        (r"(?:case )?fans?|thermal paste", 1.75),
        (r"(?:cpu |processor )?coolers?|cooling|power supply|power supplies|network cards?|headphones?|headsets?", 1.5),
        (r"cpus?|processors?|video cards?|graphics cards?|gpus?", 0.9),
        (r"mouse|mice", 1.0),
        (r"monitors?|displays?|motherboards?|webcams?", 1.25),
        (r"(?:computer |pc )?cases?|enclosures?", 2.0),
        (r"keyboards?", 2.5),
        (r"ups|speakers?", 3.5),
        # Assumed.
        (r"memory|ram|ssds?|hard drives?|flash drives?|storage drives?", 0.9),
        (r"phones?|smartphones?|tablets?|smart ?watch(?:es)?|wearables?|consoles?", 0.9),
        (r"laptops?|notebooks?|computers?|televisions?|tvs?|cameras?|drones?|electronics?|tech", 1.0),
        (r"software|games?|movies?|dvds?|blu ray", 1.25),
        (r"shoes?|sneakers?|clothing|clothes|apparel|fashion|women|men|kids|bags?", 1.5),
        (r"appliances?|vacuums?|kitchen|kettles?|power tools?", 2.0),
        (r"beauty|perfumes?|fragrances?|moisturi[sz]ers?|cleansers?|skin ?care", 2.5),
        (r"grocery|food|toys?|lego|books?|stationery|office", 2.5),
        (r"furniture|sofas?|chairs?|tables?|desks?|beds?|mattress(?:es)?|home|garden|tools?|hardware", 4.0),
        (r"wines?|whisk(?:e)?y|scotch|spirits?|jewel(?:le)?ry|watches|instruments?", 4.0),
    )
)


@lru_cache(maxsize=4096)
def half_life_of(category: str) -> float:
    """Years after which a price of this category counts half; 1.5 for a category that is unknown or empty."""
    plain = re.sub(r"[-_/>]+", " ", category.lower())
    return next((years for pattern, years in _HALF_LIVES if pattern.search(plain)), DEFAULT_HALF_LIFE)


def half_lives(categories: Sequence[str]) -> npt.NDArray[np.float32]:
    """(m,) half-lives in years of m categories."""
    return np.array([half_life_of(category) for category in categories], dtype=np.float32)

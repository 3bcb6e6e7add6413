"""Numbers with units that stand in a text: capacity, size, power, count, year.

`read_quantities` takes a prepared text and gives one float per name of `NAMES` (NaN where the text says nothing), in
the unit of the name. The largest value wins where a unit occurs more than once, except for memory (see below).
"""

from __future__ import annotations

import math
import re
from typing import Final

import numpy as np
import numpy.typing as npt

NAMES: Final = (
    "gigabytes",
    "memory_gb",
    "inches",
    "watts",
    "volts",
    "milliamp_hours",
    "megapixels",
    "gigahertz",
    "millilitres",
    "grams",
    "metres",
    "pieces",
    "pack",
    "year",
    "percent",
    "largest_number",
    "numbers",
    "model_numbers",
)
Quantities = tuple[float, ...]

_NUMBER = r"(?<![\w.])(\d{1,6}(?:[.,]\d{1,3})?)\s?-?\s?"
_SCALED: Final[tuple[tuple[str, str, dict[str, float]], ...]] = (
    ("gigabytes", r"(tb|gb|mb)\b", {"tb": 1000.0, "gb": 1.0, "mb": 0.001}),
    ("inches", r"(?:(inch(?:es)?|in\b|\"|”|'')|(cm)\b|(mm)\b)", {"inch": 1.0, "cm": 1 / 2.54, "mm": 1 / 25.4}),
    ("watts", r"(kw|w|watts?)\b", {"kw": 1000.0, "w": 1.0, "watt": 1.0, "watts": 1.0}),
    ("volts", r"(v|volts?)\b", {"v": 1.0, "volt": 1.0, "volts": 1.0}),
    ("milliamp_hours", r"(mah|ah)\b", {"mah": 1.0, "ah": 1000.0}),
    ("megapixels", r"(mp|megapixels?|mpix)\b", {}),
    ("gigahertz", r"(ghz|mhz)\b", {"ghz": 1.0, "mhz": 0.001}),
    ("millilitres", r"(ml|l|liters?|litres?|fl\.? ?oz|oz|quarts?|qt|gallons?)\b", {
        "l": 1000.0, "liter": 1000.0, "liters": 1000.0, "litre": 1000.0, "litres": 1000.0, "floz": 29.57, "oz": 29.57,
        "quart": 946.0, "quarts": 946.0, "qt": 946.0, "gallon": 3785.0, "gallons": 3785.0,
    }),
    ("grams", r"(kg|g|lbs?|pounds?)\b", {"kg": 1000.0, "lb": 453.6, "lbs": 453.6, "pound": 453.6, "pounds": 453.6}),
    ("metres", r"(m|ft|feet|foot|meters?)\b", {"ft": 0.3048, "feet": 0.3048, "foot": 0.3048}),
    ("pieces", r"(pieces?|pcs?|pc)\b", {}),
    ("percent", r"(%)", {}),
)  # fmt: skip
_PATTERNS = {name: re.compile(_NUMBER + unit) for name, unit, _ in _SCALED}
_FACTORS = {name: factors for name, _, factors in _SCALED}
_MEMORY = re.compile(_NUMBER + r"gb\s?(?:of\s)?(?:ram|memory|ddr\d?|unified)|(?:ram|memory)\s?:?\s?(\d{1,3})\s?gb")
_PACK = re.compile(
    r"(?<![\w.])(\d{1,3})\s?-?\s?(?:packs?|pk|count|ct|sets?|bundle)\b"
    r"|\b(?:packs?|set|lot|box|case|bundle)\s(?:of\s)?(\d{1,3})\b"
)
_YEAR = re.compile(r"\b(19[5-9]\d|20[0-3]\d)\b")
_ANY = re.compile(r"(?<![\w.])\d{1,6}(?:\.\d+)?(?![\w])")
_MODEL = re.compile(r"\b(?=[a-z0-9-]*\d)(?=[a-z0-9-]*[a-z])[a-z0-9-]{5,}\b")


def _float(digits: str) -> float:
    head, comma, tail = digits.partition(",")
    if comma and len(tail) == 3:  # 1,024 is a thousand and some; 1,5 is one and a half
        return float(head + tail)
    return float(digits.replace(",", "."))


def _largest(name: str, text: str) -> float:
    best = math.nan
    factors = _FACTORS[name]
    for match in _PATTERNS[name].finditer(text):
        unit = next((group for group in match.groups()[1:] if group), "")
        if name == "inches" and unit not in ("cm", "mm"):
            unit = "inch"
        value = _float(match.group(1)) * factors.get(unit.replace(" ", "").replace(".", ""), 1.0)
        if not value <= best:  # true for the first value as well, since a comparison with NaN is false
            best = value
    return best


def pack_count(text: str) -> int:
    """How many of the thing are sold together, 1 where the text does not say otherwise ("2-pack", "set of 6")."""
    counts = [int(next(group for group in match.groups() if group)) for match in _PACK.finditer(text)]
    return max([count for count in counts if 1 < count <= 500], default=1)


def read_quantities(text: str) -> Quantities:
    """Read every quantity of `NAMES` from a prepared (lower-case) text."""
    if not any(character.isdigit() for character in text):
        return tuple(
            0.0 if name in ("numbers", "model_numbers") else 1.0 if name == "pack" else math.nan for name in NAMES
        )
    values = {name: _largest(name, text) for name in _PATTERNS}
    memory = _MEMORY.search(text)
    values["memory_gb"] = _float(memory.group(1) or memory.group(2)) if memory else math.nan
    values["pack"] = float(pack_count(text))
    years = _YEAR.findall(text)
    values["year"] = float(years[-1]) if years else math.nan
    numbers = [float(number) for number in _ANY.findall(text)]
    values["largest_number"] = max(numbers, default=math.nan)
    values["numbers"] = float(len(numbers))
    values["model_numbers"] = float(len(_MODEL.findall(text)))
    return tuple(values[name] for name in NAMES)


def as_columns(rows: list[Quantities]) -> npt.NDArray[np.float32]:
    """Stack readings to (n, len(NAMES)) on a log scale, NaN where unknown; the year counts from 1950."""
    table = np.asarray(rows, dtype=np.float32).reshape(len(rows), len(NAMES))
    year = NAMES.index("year")
    table[:, year] -= 1950
    return np.log1p(np.clip(table, 0, 1e6))

"""Numbers in a text by what stands beside them: `core clock 3.4` and `850 watts` give a value each for `core clock>` and `<watts`.

Which labels there are is learned from training texts: the most frequent ones. They say of many kinds of things what a
fixed list of units (quantities.py) cannot: boost clocks, refresh rates, pieces, thread counts.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from agents.pricing.text import Prepared

_TOKEN: Final = re.compile(r"[a-z]+|\d+(?:[.,]\d+)*|[^\sa-z\d]")
_THOUSANDS: Final = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_DECIMAL: Final = re.compile(r"\d+(?:[.,]\d+)?")
_LARGEST: Final = 1e7


def _number(token: str) -> float | None:
    if _THOUSANDS.fullmatch(token):
        value = float(token.replace(",", ""))
    elif _DECIMAL.fullmatch(token):
        value = float(token.replace(",", "."))
    else:
        return None
    return value if value <= _LARGEST else None


def labelled_numbers(text: str) -> Iterator[tuple[str, float]]:
    """The numbers of a prepared text, each once for the word before it, the two words before it, and the word after it."""
    tokens = _TOKEN.findall(text)
    for position, token in enumerate(tokens):
        if not token[0].isdigit() or (value := _number(token)) is None:
            continue
        before = tokens[max(0, position - 2) : position]
        after = tokens[position + 1 : position + 2]
        if before and before[-1].isalpha():
            yield f"{before[-1]}>", value
            if len(before) == 2 and before[0].isalpha():
                yield f"{before[0]} {before[1]}>", value
        if after and (after[0].isalpha() or after[0] in '"”'):
            yield f"<{after[0]}", value


def learn_labels(items: Sequence[Prepared], *, most: int = 250, least: int = 80) -> tuple[str, ...]:
    """The `most` labels that occur in the most texts, in `least` at least."""
    counts = Counter(label for item in items for label in {label for label, _ in labelled_numbers(item.text)})
    return tuple(label for label, count in counts.most_common(most) if count >= least)


def label_columns(items: Sequence[Prepared], labels: Sequence[str]) -> np.typing.NDArray[np.float32]:
    """(n, labels) the largest number of each label on a log scale, NaN where the text has none."""
    place = {label: column for column, label in enumerate(labels)}
    table = np.full((len(items), len(labels)), np.nan, dtype=np.float32)
    for row, item in enumerate(items):
        for label, value in labelled_numbers(item.text):
            column = place.get(label)
            if (
                column is not None and not table[row, column] >= value
            ):  # true for the first value, since NaN compares false
                table[row, column] = value
    return np.log1p(table)

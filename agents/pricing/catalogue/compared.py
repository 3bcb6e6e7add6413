"""What comparing needs of a product's words, in little: some hundred bytes that can be kept beside it and put together to a table.

The words themselves are not needed any more, only which hashed bucket each falls into; how rare they are is the model's to say.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from agents.pricing.sameness import NameBuckets, name_buckets
from agents.pricing.text import Prepared
from agents.pricing.wording import buckets

CONDITIONS: Final = ("new", "refurbished", "used", "parts")


class Compared(NamedTuple):
    """`words`: the buckets of the words that open the text; `name`: those of the title (`sameness.Names`); `key`: a number for
    the normalised title; and what the rules read: whether it is an accessory, how many there are, in which condition."""

    words: bytes
    name: NameBuckets
    key: int
    accessory: bool
    pack: float
    condition: int

    @classmethod
    def of(cls, item: Prepared) -> Compared:
        seen = item.caution
        condition = CONDITIONS.index(seen.condition)
        return cls(buckets(item.words), name_buckets(item), key_number(item.key), seen.accessory, seen.pack, condition)

    def packed(self) -> list[Any]:
        """As JSON; the inverse of `unpacked`."""
        rows = [base64.b64encode(row).decode() for row in (self.words, *self.name)]
        return [*rows, str(self.key), self.accessory, self.pack, self.condition]  # JSON has no whole numbers of 64 bits

    @classmethod
    def unpacked(cls, kept: Sequence[Any]) -> Compared:
        words, title, marks, models = (base64.b64decode(row) for row in kept[:4])
        return cls(words, (title, marks, models), int(kept[4]), *kept[5:])


def key_number(key: str) -> int:
    """A 64-bit number for a normalised title, the same in every process."""
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest(), "little", signed=True)


def columns_of(compared: Sequence[Compared]) -> dict[str, Any]:
    """What rules read, as columns: `key`, `accessory`, `pack`, `condition` (0 new … 3 for parts)."""
    return {
        "key": np.array([each.key for each in compared], dtype=np.int64),
        "accessory": np.array([each.accessory for each in compared], dtype=bool),
        "pack": np.array([each.pack for each in compared], dtype=np.float32),
        "condition": np.array([each.condition for each in compared], dtype=np.int8),
    }

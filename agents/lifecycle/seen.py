"""Which titles a model was trained on, in a few bytes: a Bloom filter (Bloom, 1970).

It never denies a title that was seen. Of those that were not it takes about one in a hundred for seen, which costs a little
of a held-out slice and never its honesty. 80,000 titles take 100 kB; the titles themselves cannot be read from it.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from common.text import title_key

_BITS_EACH: Final = 9.6
_HASHES: Final = 7


@dataclass(frozen=True)
class SeenTitles:
    """The bits, packed."""

    bits: npt.NDArray[np.uint8]

    @classmethod
    def of(cls, titles: Sequence[str]) -> SeenTitles:
        """Remember the normalised titles."""
        size = 8 * max(8, int(np.ceil(_BITS_EACH * len(titles) / 8)))
        bits = np.zeros(size, dtype=bool)
        bits[_places(titles, size).ravel()] = True
        return cls(np.packbits(bits))

    def has(self, titles: Sequence[str]) -> npt.NDArray[np.bool_]:
        """(n,) whether each was seen; True for about one in a hundred that was not."""
        bits = np.unpackbits(self.bits).astype(bool)
        found: npt.NDArray[np.bool_] = np.all(bits[_places(titles, len(bits))], axis=1)
        return found

    def as_json(self) -> dict[str, str]:
        return {"bloom": base64.b64encode(self.bits.tobytes()).decode()}

    @classmethod
    def from_json(cls, stored: Any) -> SeenTitles | None:
        """What `as_json` gave; None where there is nothing of the kind."""
        if not isinstance(stored, dict) or not isinstance(stored.get("bloom"), str):
            return None
        return cls(np.frombuffer(base64.b64decode(stored["bloom"]), dtype=np.uint8))


def order_of(title: str) -> int:
    """A number that depends on the normalised title alone: a stable order by chance."""
    return int.from_bytes(hashlib.blake2b(title_key(title).encode(), digest_size=8, person=b"held out").digest(), "big")


def _places(titles: Sequence[str], size: int) -> npt.NDArray[np.int64]:
    """(n, 7) positions, by double hashing (Kirsch and Mitzenmacher, 2006)."""
    digests = b"".join(hashlib.blake2b(title_key(title).encode(), digest_size=16).digest() for title in titles)
    pairs = np.frombuffer(digests, dtype=np.uint64).reshape(-1, 2)
    steps = np.arange(_HASHES, dtype=np.uint64)
    return ((pairs[:, :1] + steps * (pairs[:, 1:] | np.uint64(1))) % np.uint64(size)).astype(np.int64)

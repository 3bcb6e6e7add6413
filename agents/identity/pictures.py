"""The fingerprint of a picture: 64 bits that stay nearly the same when it is scaled, packed anew, brightened or cropped a little.

It is the difference hash (dHash): the picture in grey at 9 × 8, and for each two neighbours in a row one bit, set where it becomes
brighter to the right. Pictures come from anybody, so they are looked at within limits, and in four formats only.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from PIL import Image, UnidentifiedImageError

MAX_BYTES: Final = 3_000_000
FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF")
MOST_PIXELS: Final = 20_000_000
"""A larger picture is not unpacked: this many take 80 MB already."""
LEAST_SIDE: Final = 32
_MOST_SCANS: Final = 64
_WIDTH, _HEIGHT = 9, 8
# Less than this between two neighbours (of 255) is noise of packing and no edge: white beside white would be a bit by chance.
_EDGE: Final = 3
_LEAST_EDGES: Final = 12
_LEAST_SPREAD: Final = 6.0
_BROKEN: Final = (
    OSError, SyntaxError, ValueError, EOFError, LookupError, TypeError, ArithmeticError, struct.error, MemoryError,
    Image.DecompressionBombError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Look:
    """What a picture looks like: `hash` as a signed number of 64 bits, as PostgreSQL stores it, or None and why there is none."""

    hash: int | None
    reason: str = ""


def look_at(body: bytes) -> Look:
    """The fingerprint of a picture, given as the bytes of its file. Raises nothing."""
    if len(body) > MAX_BYTES:
        return Look(None, f"It is larger than {MAX_BYTES // 1_000_000} MB.")
    # A progressive JPEG may say over and over that nothing changes, and take minutes to be drawn.
    if body[:2] == b"\xff\xd8" and body.count(b"\xff\xda") > _MOST_SCANS:
        return Look(None, "It is drawn in too many steps.")
    try:
        with Image.open(io.BytesIO(body), formats=FORMATS) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                return Look(None, f"It has {picture.width} × {picture.height} pixels, which is too many.")
            if min(picture.size) < LEAST_SIDE:
                return Look(None, f"It has {picture.width} × {picture.height} pixels, which is too few.")
            return _fingerprint(_small_grey(picture))
    except UnidentifiedImageError:
        return Look(None, "It is no picture in a known format (JPEG, PNG, WebP, GIF).")
    except Image.DecompressionBombError:
        return Look(None, "It has too many pixels.")
    except _BROKEN:
        return Look(None, "The file is damaged.")


def bits_apart(one: int, other: int) -> int:
    """In how many of their 64 bits two fingerprints differ."""
    return ((one ^ other) & 0xFFFF_FFFF_FFFF_FFFF).bit_count()


def _small_grey(picture: Image.Image) -> bytes:
    """The first frame in grey, 9 × 8, a byte a pixel; what is transparent is white."""
    picture.draft("L", (8 * _WIDTH, 8 * _HEIGHT))  # a JPEG is unpacked no larger than needed
    if picture.has_transparency_data:
        whole = picture.convert("RGBA").resize((8 * _WIDTH, 8 * _HEIGHT), Image.Resampling.BOX)
        grey = Image.alpha_composite(Image.new("RGBA", whole.size, "white"), whole).convert("L")
    else:
        grey = picture.convert("L")
    return grey.resize((_WIDTH, _HEIGHT), Image.Resampling.BOX).tobytes()


def _fingerprint(grey: bytes) -> Look:
    mean = sum(grey) / len(grey)
    spread = (sum((value - mean) ** 2 for value in grey) / len(grey)) ** 0.5
    rows = [grey[at : at + _WIDTH] for at in range(0, len(grey), _WIDTH)]
    steps = [right - left for row in rows for left, right in pairwise(row)]
    if spread < _LEAST_SPREAD or sum(abs(step) >= _EDGE for step in steps) < _LEAST_EDGES:
        return Look(None, "It is too plain to be told from others.")
    bits = sum(1 << place for place, step in enumerate(steps) if step >= _EDGE)
    return Look(bits - (1 << 64) if bits >= 1 << 63 else bits)

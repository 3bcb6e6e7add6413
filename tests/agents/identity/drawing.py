"""Pictures for tests, drawn here."""

from __future__ import annotations

import io
import random
from typing import Any

from PIL import Image, ImageDraw


def drawn(seed: int, size: tuple[int, int] = (400, 360), background: str = "white") -> Image.Image:
    """A thing of some shapes and shades, another for each seed."""
    chance = random.Random(seed)
    picture = Image.new("RGB", (400, 360), background)
    pen = ImageDraw.Draw(picture)
    for _ in range(14):
        left, top = chance.randint(10, 320), chance.randint(10, 280)
        box = (left, top, left + chance.randint(30, 160), top + chance.randint(30, 160))
        colour = tuple(chance.randint(0, 230) for _ in range(3))
        (pen.ellipse if chance.random() < 0.5 else pen.rectangle)(box, fill=colour)
    return picture.resize(size, Image.Resampling.LANCZOS)


def packed(picture: Image.Image, form: str = "PNG", **options: Any) -> bytes:
    """A picture as the bytes of a file."""
    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()

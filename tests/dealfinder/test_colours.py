"""Text and graphics have enough contrast, in light and in dark (WCAG 2.2: 4.5 to 1 and 3 to 1)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings

CSS = Path(settings.BASE_DIR, "static", "css", "tokens.css").read_text()

TEXT = [
    *((ink, ground) for ink in ("ink", "muted", "accent") for ground in ("ground", "surface", "quiet-wash")),
    ("on-accent", "accent"),
    ("good", "good-wash"), ("warn", "warn-wash"), ("bad", "bad-wash"), ("accent", "accent-wash"),
    ("good", "surface"), ("warn", "surface"), ("bad", "surface"), ("bad", "ground"), ("ground", "ink"),
]  # fmt: skip
GRAPHICS = [
    *((part, ground) for part in ("good", "warn", "ink", "band-edge", "line-strong") for ground in ("surface", "ground")),
    ("ink", "band"), ("good", "band"), ("warn", "band"),
]  # fmt: skip


def _tokens(selector: str) -> dict[str, str]:
    block = CSS[CSS.index(selector) :]
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block[: block.index("}")]))


THEMES = {
    "light": _tokens(":root {"),
    "dark by the device": _tokens(':root:not([data-theme="light"])'),
    "dark by choice": _tokens(':root[data-theme="dark"]'),
}


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("pairs", "least"), [(TEXT, 4.5), (GRAPHICS, 3.0)], ids=["text", "graphics"])
def test_contrast(theme: str, pairs: list[tuple[str, str]], least: float) -> None:
    tokens = THEMES[theme]
    low = {pair: round(_contrast(tokens[pair[0]], tokens[pair[1]]), 2) for pair in pairs}
    assert {pair: ratio for pair, ratio in low.items() if ratio < least} == {}


def test_both_ways_to_dark_are_the_same() -> None:
    assert THEMES["dark by the device"] == THEMES["dark by choice"]

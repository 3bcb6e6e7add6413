"""The drawn signs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings

from deals.web.glyphs import _GLYPHS, glyph_of

SYMBOLS = Path(settings.BASE_DIR, "static", "img", "symbols.svg").read_text()


@pytest.mark.parametrize(
    ("category", "title", "glyph"),
    [
        ("Audio", "", "audio"),
        ("Electronics", "LG 48-inch OLED TV", "tv"),
        ("", "Apple iPad 11", "tablet"),
        ("Smart home", "Something unnamed", "home"),
        ("", "Something unnamed", "tag"),
        ("", "", "tag"),
    ],
)
def test_the_title_says_more_than_the_category(category: str, title: str, glyph: str) -> None:
    assert glyph_of(category, title) == glyph


def test_every_sign_that_is_named_is_drawn() -> None:
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', SYMBOLS))
    assert {f"g-{name}" for name, _ in _GLYPHS} | {"g-tag"} <= drawn
    for template in Path(settings.BASE_DIR, "templates").rglob("*.html"):
        named = set(re.findall(r'{% icon "(\w+)"', template.read_text()))
        assert {f"i-{name}" for name in named} <= drawn, template

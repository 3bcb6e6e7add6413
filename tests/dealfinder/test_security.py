"""What the pages allow a browser to do."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

# Mails carry their styles in themselves, since a mail program loads nothing.
TEMPLATES = sorted(path for path in Path(settings.BASE_DIR, "templates").rglob("*.html") if path.parent.name != "email")


@pytest.mark.django_db
def test_pages_allow_only_our_own_scripts(operator: Any, signed_in: Callable[[Any], Client]) -> None:
    for address in ("/", "/about/", "/nothing-here/", "/admin/", "/operations/"):
        policy = signed_in(operator).get(address).headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_template_has_scripts_styles_or_handlers_in_the_page(template: Path) -> None:
    text = template.read_text()
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert "<style" not in text
    assert not re.search(r"\s(?:style|on[a-z]+|hx-on[:a-z-]*)=", text)
    assert "|safe" not in text


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_words_stay_calm(template: Path) -> None:
    words = re.sub(r"<!doctype|<!--|{%.*?%}|{{.*?}}", "", template.read_text())
    assert "!" not in words

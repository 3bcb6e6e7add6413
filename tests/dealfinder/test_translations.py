"""Every text of messages is translated, and the compiled file is of the texts that there are."""

from __future__ import annotations

import string

import pytest
from babel.messages.pofile import read_po
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError

from dealfinder.management.commands import translations

PO = settings.BASE_DIR / "locale" / "de" / "LC_MESSAGES" / "django.po"


def test_nothing_is_missing_or_stale() -> None:
    call_command("translations", "--check")


def test_a_new_text_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    real = translations.collect

    def with_one_more(base: object) -> object:
        catalog = real(settings.BASE_DIR)
        catalog.add("Nobody has translated this.")
        return catalog

    monkeypatch.setattr(translations, "collect", with_one_more)
    with pytest.raises(CommandError, match="Nobody has translated this"):
        call_command("translations", "--check")


def test_translations_name_the_same_fields() -> None:
    with PO.open("rb") as file:
        catalog = read_po(file, locale="de")
    for message in catalog:
        pair = zip(
            *(one if isinstance(one, (tuple, list)) else (one,) for one in (message.id, message.string)), strict=True
        )
        for text, translated in pair if message.id else ():
            assert _fields(text) == _fields(translated), text


def _fields(text: str) -> list[str]:
    return sorted(name for _, name, *_ in string.Formatter().parse(text.replace("%(", "{").replace(")s", "}")) if name)

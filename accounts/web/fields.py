"""Form fields of our own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

_MOST_WORDS = 30
_LONGEST_WORD = 100


class WordsField(forms.CharField):
    """A list of words or phrases, written with commas between them."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, Iterable) and not isinstance(value, str) else value

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        words = list(dict.fromkeys(part.strip() for part in text.replace("\n", ",").split(",") if part.strip()))
        if len(words) > _MOST_WORDS:
            raise ValidationError(f"Enter {_MOST_WORDS} at most; these are {len(words)}.")
        if any(len(word) > _LONGEST_WORD for word in words):
            raise ValidationError(f"One of them is longer than {_LONGEST_WORD} characters.")
        return words

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)

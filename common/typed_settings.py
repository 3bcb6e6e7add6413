"""Settings whose types are stated by a model of pydantic's: their problems in words, and their fields in a form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, get_args, get_origin

from django import forms
from pydantic import SecretStr, ValidationError
from pydantic.fields import FieldInfo


class LinesField(forms.CharField):
    """A list of texts, one a line."""

    widget = forms.Textarea(attrs={"rows": 3, "spellcheck": "false"})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(map(str, value)) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return [line.strip() for line in (value or "").splitlines() if line.strip()]


def problems_of(error: ValidationError, things: str) -> dict[str, list[str]]:
    """What is wrong with stated settings, in sentences by field, each as `config.NAME`. `things` are what has them, such as “channel”."""
    problems: dict[str, list[str]] = {}
    for one in error.errors():
        name = ".".join(["config", *(str(part) for part in one["loc"])])
        problems.setdefault(name, []).append(_sentence(one, things))
    return problems


def form_field(
    info: FieldInfo, *, is_secret: bool, is_stored: bool = True, words: Callable[[Any], str] = str
) -> forms.Field:
    """A form field for one setting, never required: what is missing is said by its type. `words` name the choices.

    A secret is never shown; where something `is_stored` it stays when the field is left empty, and the field says so.
    """
    about: dict[str, Any] = {"label": info.title, "help_text": info.description or "", "required": False}
    default = info.get_default(call_default_factory=False)
    if is_secret:
        widget = forms.PasswordInput(attrs={"autocomplete": "off"})
        hint = f"{about['help_text']}{' Leave it empty to keep the one that is stored.' if is_stored else ''}".strip()
        return forms.CharField(widget=widget, **(about | {"help_text": hint}))
    if get_origin(info.annotation) is Literal:
        choices = [(value, words(value)) for value in get_args(info.annotation)]
        return forms.ChoiceField(choices=choices, initial=default, **about)
    if get_origin(info.annotation) is list:
        return LinesField(**about)
    if info.annotation is bool:
        return forms.BooleanField(initial=default, **about)
    if int in (info.annotation, *get_args(info.annotation)):
        return forms.IntegerField(initial=default, widget=forms.TextInput(attrs={"inputmode": "numeric"}), **about)
    return forms.CharField(initial=default if isinstance(default, str) else "", strip=True, **about)


def is_sealed_type(info: FieldInfo) -> bool:
    """Whether a setting is a secret by its type."""
    return info.annotation is SecretStr or SecretStr in get_args(info.annotation)


def _sentence(problem: Any, things: str) -> str:
    """A problem of pydantic's in words for people; our own sentences come through as they are."""
    kind, context = problem["type"], problem.get("ctx") or {}
    match kind:
        case "extra_forbidden":
            return f"There is no such setting for this kind of {things}."
        case "string_pattern_mismatch":
            return "This has characters that it may not have. Look at the example."
        case "value_error":
            return str(context.get("error", problem["msg"]))
        case "literal_error":
            return f"This wants one of {context.get('expected', 'the given choices')}."
        case "missing":
            return "This is needed."
        case "string_too_short" if context.get("min_length") == 1:
            return "This is needed."
        case _:
            return f"{str(problem['msg']).removeprefix('Value error, ').rstrip('.')}."

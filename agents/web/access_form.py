"""What an operator may set for the requests of a source, as fields of its form. What is sealed is named and never shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django import forms

from agents.scanning.fetching.access import BadAccess, shown_access
from deals.models import Source

PREFIX: Final = "access_"
FORGET: Final = "forget"
_SEALED: Final = ("headers", "cookies", "proxy")
_KEEP: Final = "Leave it empty to keep that."


class _Unseen(forms.Textarea):
    """Lines that the page does not say again, even where something else in the form was wrong."""

    def format_value(self, value: Any) -> str | None:
        return None


def access_fields(source: Source | None) -> dict[str, forms.Field]:
    """A field for each of the settings, and for what is set and sealed one that takes it away."""
    shown = shown_access(source) if source is not None else {}
    lines = _Unseen(attrs={"rows": 3, "autocomplete": "off", "spellcheck": "false"})
    hidden = forms.PasswordInput(attrs={"autocomplete": "off"})
    headers, cookies = ", ".join(shown.get("headers", [])), ", ".join(shown.get("cookies", []))
    fields: dict[str, forms.Field] = {
        "headers": _text("Headers", "One a line, as Name: value.", headers, widget=lines),
        "cookies": _text("Cookies", "As a browser sends them: name=value; other=value.", cookies, widget=hidden),
        "user_agents": forms.CharField(
            required=False,
            label="User agents",
            widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
            initial="\n".join(shown.get("user_agents", [])),
            help_text="One a line, taken in turn. Empty: Deal Finder says its own name.",
        ),
        "proxy": _text("Proxy", "As http://name:password@host:port.", shown.get("proxy", ""), widget=hidden),
    }
    are_set = [name for name in _SEALED if shown.get(name)]
    if shown.get("error"):
        fields["headers"].help_text = f"{shown['error']} {fields['headers'].help_text}"
        are_set = list(_SEALED)
    if are_set:
        choices = [(name, str(fields[name].label)) for name in are_set]
        fields[FORGET] = forms.MultipleChoiceField(
            required=False, label="Take away", choices=choices, widget=forms.CheckboxSelectMultiple
        )
    return fields


def access_changes(cleaned: Mapping[str, Any], source: Source | None) -> dict[str, Any]:
    """What `set_access` takes, of the fields that were filled in, by their names without the prefix. Raises `BadAccess`."""
    changes: dict[str, Any] = dict.fromkeys(cleaned.get(FORGET) or [], "")
    for name in ("cookies", "proxy"):
        if cleaned.get(name):
            changes[name] = cleaned[name]
    if cleaned.get("headers"):
        changes["headers"] = dict(map(_header, cleaned["headers"].splitlines()))
    agents = [line.strip() for line in cleaned.get("user_agents", "").splitlines() if line.strip()]
    if agents != (shown_access(source)["user_agents"] if source is not None else []):
        changes["user_agents"] = agents
    return changes


def _header(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon:
        raise BadAccess("headers", "Each line is a header: its name, a colon and its value.")
    return name.strip(), value.strip()


def _text(label: str, form: str, names: str, *, widget: forms.Widget) -> forms.CharField:
    hint = f"{form} Set: {names}. {_KEEP}" if names else form
    return forms.CharField(required=False, label=label, help_text=hint, widget=widget, max_length=20_000)

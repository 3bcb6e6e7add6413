"""The form of a channel: its name, and a field for each setting of its kind, made of the typed configuration."""

from __future__ import annotations

from typing import Any, Final

from django import forms

from common.typed_settings import form_field
from notifications.channels.base import Channel
from notifications.channels.configs import shown_config
from notifications.models import UserChannel

PREFIX: Final = "config_"


class ChannelForm(forms.Form):
    """A channel of one kind. `values` are what `add_channel` and `change_channel` take."""

    heading = "There is a problem"
    """What stands above the problems."""

    name = forms.CharField(max_length=80, required=False, label="Name", help_text="To tell it from others of its kind.")

    def __init__(self, data: Any = None, *, channel: Channel, row: UserChannel | None = None) -> None:
        super().__init__(data, initial=_initial(channel, row))
        if not channel.addable:
            del self.fields["name"]
        config = channel.config
        for name, info in config.model_fields.items():
            if name in config.ours:
                continue
            is_secret = name in config.secrets
            field = form_field(info, is_secret=is_secret, is_stored=row is not None, words=str.capitalize)
            if name in config.by_page:
                field.widget = forms.HiddenInput()
            self.fields[PREFIX + name] = field

    @property
    def values(self) -> dict[str, Any]:
        """The name, and the settings without what is empty."""
        config = {name.removeprefix(PREFIX): value for name, value in self.cleaned_data.items() if _is_setting(name)}
        own = {name: value for name, value in self.cleaned_data.items() if not _is_setting(name)}
        return own | {"config": {name: value for name, value in config.items() if value not in ("", None, [])}}

    def add_problems(self, problems: dict[str, list[str]]) -> None:
        """Put the problems that saving found where they belong; what has no field of its own goes above the form."""
        for name, sentences in problems.items():
            field = PREFIX + name.split(".")[1] if name.startswith("config.") else name
            self.add_error(field if field in self.fields else None, sentences)


def _is_setting(name: str) -> bool:
    return name.startswith(PREFIX)


def _initial(channel: Channel, row: UserChannel | None) -> dict[str, Any]:
    if row is None:
        return {}
    shown = {name: value for name, value in shown_config(row).items() if name not in channel.config.secrets}
    return {"name": row.name, **{PREFIX + name: value for name, value in shown.items()}}

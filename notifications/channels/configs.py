"""Configurations of channels: checked by their kind, stored with sealed secrets, opened to be used, shown without them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.core.exceptions import ValidationError
from pydantic import ValidationError as ConfigError

from common.sealing import Unopenable, seal, unseal
from common.typed_settings import problems_of
from notifications.channels.base import Channel, ChannelConfig, PermanentError
from notifications.channels.registry import channel_of
from notifications.models import UserChannel

SET: Final = "set"
"""What stands for a secret that is there."""


def checked_config(
    channel: Channel, stated: Mapping[str, Any], known: Mapping[str, Any] | None = None
) -> ChannelConfig:
    """The typed configuration of what is stated. A secret that is left out, empty or "set" stays what it is in `known`, the stored one.

    Raises `ValidationError` by field, each as `config.NAME`.
    """
    values = dict(stated)
    for name in channel.config.secrets:
        if values.get(name) in (None, "", [], SET):
            values.pop(name, None)
            if known and known.get(name):
                values[name] = known[name]
    try:
        return channel.config.model_validate(_opened(values))
    except Unopenable as error:
        raise ValidationError({"config": [str(error)]}) from error
    except ConfigError as error:
        raise ValidationError(problems_of(error, "channel")) from error


def stored_config(config: ChannelConfig) -> dict[str, Any]:
    """The configuration as JSON for the database, its secrets sealed."""
    values = config.model_dump(mode="json", exclude_none=True)
    return {name: _sealed(value) if name in config.secrets else value for name, value in values.items()}


def opened_config(channel: Channel, stored: Mapping[str, Any]) -> ChannelConfig:
    """The configuration to send with. Raises `PermanentError` where it cannot be opened, or its kind wants another one by now."""
    try:
        return channel.config.model_validate(_opened(stored))
    except Unopenable as error:
        raise PermanentError(str(error), gone=True) from error
    except ConfigError as error:
        sentence = "Its settings are not what this kind of channel wants any more. Open and save them again."
        raise PermanentError(sentence, gone=True) from error


def shown_config(channel: UserChannel) -> dict[str, Any]:
    """The configuration as its owner sees it: a secret is null where there is none, and else "set"."""
    try:
        config = channel_of(channel.kind).config
    except PermanentError:
        return {}
    stated = [name for name in config.model_fields if name not in config.ours]
    names = [name for name in stated if name in channel.config or name in config.secrets]
    return {
        name: (SET if channel.config.get(name) else None) if name in config.secrets else channel.config[name]
        for name in names
    }


def _opened(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _unsealed(value) for name, value in values.items()}


def _unsealed(value: Any) -> Any:
    if isinstance(value, str):
        return unseal(value)
    return [_unsealed(one) for one in value] if isinstance(value, list) else value


def _sealed(value: Any) -> Any:
    return [_sealed(one) for one in value] if isinstance(value, list) else seal(str(value)) if value != "" else ""

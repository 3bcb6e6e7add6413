"""Sources as operators make and change them: kind and configuration are checked, addresses made of them, secrets sealed."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from pydantic import ValidationError as ConfigError

from agents.scanning.sources.base import SourceConfig, SourceKind
from agents.scanning.sources.places import currency_of_place
from agents.scanning.sources.registry import UnknownKind, get_kind
from common.egress import ForbiddenAddressError, check_address
from common.sealing import Unopenable, seal, unseal
from common.text import one_line
from common.typed_settings import is_sealed_type, problems_of
from common.urls import marketplace_of
from deals.models import Source, SourceState
from deals.source_actions import create_source, update_source

_ON_THE_SOURCE = frozenset(SourceConfig.model_fields) & {"default_currency", "marketplace"}
"""What every configuration knows and the source itself states."""


def save_source(source: Source | None, fields: Mapping[str, Any]) -> Source:
    """Make a source, or change one. `fields` are those of `Source` that are stated; a `config` is whole, but for secrets, which stay.

    Raises `ValidationError` by field, fields of the configuration as `config.query`.
    """
    values = dict(fields)
    kind = _kind(values.get("kind") or (source.kind if source else "feed"))
    same_kind = source is not None and source.kind == kind.kind
    if source is None or "config" in values or not same_kind:
        known = dict(source.config) if source is not None and same_kind else {}
        stated = _with_kept_secrets(kind.config_class, values.get("config") or {}, known)
        config = checked_config(kind, stated)
        values["config"] = _stored(kind.config_class, stated)
        values["url"] = _address(kind, config, values.get("url", source.url if source else ""))
    elif "url" in values and source is not None:
        values["url"] = _address(kind, checked_config(kind, _opened(source.config)), values["url"])
    values["kind"] = kind.kind
    if source is None:
        _complete(kind, values)
        return create_source(**values)
    if not kind.is_fetched:
        values["state"] = SourceState.PAUSED
    return update_source(source, **values)


def checked_config(kind: SourceKind, stated: Mapping[str, Any]) -> SourceConfig:
    """The typed configuration. Raises `ValidationError` by field, each as `config.NAME`."""
    try:
        return kind.config_class.model_validate(dict(stated))
    except ConfigError as error:
        raise ValidationError(problems_of(error, "source")) from error


def secret_fields(config_class: type[SourceConfig]) -> set[str]:
    """The names of the fields that are stored sealed and never shown."""
    return {name for name, field in config_class.model_fields.items() if is_sealed_type(field)}


def shown_config(source: Source) -> dict[str, Any]:
    """The configuration as operators see it: a secret is null where there is none, and else "set"."""
    try:
        secrets = secret_fields(get_kind(source.kind).config_class)
    except UnknownKind:
        return {}
    return {name: ("set" if value else None) if name in secrets else value for name, value in source.config.items()}


def _kind(name: str) -> SourceKind:
    try:
        return get_kind(name)
    except UnknownKind as error:
        raise ValidationError({"kind": [str(error)]}) from error


def _with_kept_secrets(
    config_class: type[SourceConfig], stated: Mapping[str, Any], known: Mapping[str, Any]
) -> dict[str, Any]:
    """What is stated, in the clear; a secret that is left out, empty or "set" stays what it was."""
    values = dict(stated)
    for name in secret_fields(config_class):
        if values.get(name) in (None, "", "set"):
            values.pop(name, None)
            if known.get(name):
                values[name] = known[name]
    return _opened(values)


def _opened(config: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return {name: unseal(value) if isinstance(value, str) else value for name, value in config.items()}
    except Unopenable as error:
        raise ValidationError({"config": [str(error)]}) from error


def _stored(config_class: type[SourceConfig], stated: Mapping[str, Any]) -> dict[str, Any]:
    secrets = secret_fields(config_class)
    return {
        name: seal(str(value)) if name in secrets else value
        for name, value in stated.items()
        if name not in _ON_THE_SOURCE and value is not None
    }


def _address(kind: SourceKind, config: SourceConfig, stated: str) -> str:
    """The address that is scanned: made of the configuration, else the one that is stated. Raises `ValidationError`."""
    if not kind.is_fetched:
        return ""
    made = kind.address(config)
    if made:
        return made
    stated = stated.strip()
    if kind.is_interface:
        return ""
    if not stated:
        raise ValidationError({"url": ["This source wants an address, or a configuration that one can be made of."]})
    try:
        URLValidator(["http", "https"])(stated)
    except ValidationError as error:
        raise ValidationError({"url": ["This wants an address that begins with http:// or https://."]}) from error
    _refuse_own_network(stated)
    return stated


def _refuse_own_network(address: str) -> None:
    """An address that is no name is judged at once; what a name leads to is judged at each request. Raises `ValidationError`."""
    host = urlsplit(address).hostname or ""
    try:
        check_address(ipaddress.ip_address(host), host)
    except ForbiddenAddressError as error:
        raise ValidationError({"url": [str(error)]}) from error
    except ValueError:  # a name
        return


def _complete(kind: SourceKind, values: dict[str, Any]) -> None:
    """What a new source does not state follows from the rest."""
    place = marketplace_of(values["url"]) if values["url"] else ""
    values["title"] = one_line(values.get("title") or "") or f"{kind.label}{f': {place}' if place else ''}"
    if not values.get("name"):
        values["name"] = _free_name(values["title"])
    if "marketplace" not in values or values["marketplace"] is None:
        values["marketplace"] = kind.kind if place.startswith("ebay") or not place else place
    if not values.get("default_currency"):
        values["default_currency"] = currency_of_place(values["url"])
    if not kind.is_fetched or not values["url"]:
        values["state"] = SourceState.PAUSED


def _free_name(title: str) -> str:
    base = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:70] or "source"
    taken = set(Source.objects.filter(name__startswith=base).values_list("name", flat=True))
    return next(name for name in (base, *(f"{base}-{number}" for number in range(2, 10_000))) if name not in taken)

"""The form of a source: its own fields, and one for each setting of its kind, made of the typed configuration."""

from __future__ import annotations

from typing import Any

from babel import Locale
from babel.numbers import list_currencies
from django import forms

from agents.scanning.actions.configuring import secret_fields
from agents.scanning.fetching.access import BadAccess
from agents.scanning.sources.base import SourceConfig, SourceKind
from agents.web.access_form import FORGET, access_changes, access_fields
from agents.web.access_form import PREFIX as ACCESS
from common.typed_settings import form_field
from deals.models import Source

PREFIX = "config_"
INTERVALS = [
    (300, "Every 5 minutes"), (600, "Every 10 minutes"), (1_800, "Every half hour"), (3_600, "Every hour"), (10_800, "Every 3 hours"),
    (21_600, "Every 6 hours"), (86_400, "Once a day"),
]  # fmt: skip


class SourceForm(forms.Form):
    """A source of one kind. `values` are what `save_source` takes."""

    title = forms.CharField(
        max_length=120, required=False, label="Name", help_text="As it is shown. Empty: made of the kind and the place."
    )
    url = forms.CharField(
        max_length=2000,
        required=False,
        label="Address",
        widget=forms.URLInput(attrs={"inputmode": "url", "autocomplete": "off"}),
    )
    marketplace = forms.CharField(
        max_length=80,
        required=False,
        label="Marketplace",
        help_text="The short name that its deals carry. Empty: by the address.",
    )
    default_currency = forms.ChoiceField(
        required=False, label="Currency", help_text="Where a price names none, and “$” could be several."
    )
    interval_seconds = forms.TypedChoiceField(coerce=int, choices=INTERVALS, label="How often", initial=3_600)

    def __init__(self, data: Any = None, *, kind: SourceKind, source: Source | None = None) -> None:
        super().__init__(data, initial=_initial(source))
        self.kind, self.source = kind, source
        currency, interval = self.fields["default_currency"], self.fields["interval_seconds"]
        assert isinstance(currency, forms.ChoiceField) and isinstance(interval, forms.ChoiceField)
        currency.choices = [("", "By the address"), *((code, code) for code in sorted(list_currencies()))]
        if source is not None and source.interval_seconds not in dict(INTERVALS):
            interval.choices = [(source.interval_seconds, f"Every {source.interval_seconds} seconds"), *INTERVALS]
        if not kind.is_fetched:
            del self.fields["url"], self.fields["interval_seconds"]
        elif kind.config_class is not SourceConfig and kind.address(kind.config_class()) == "" and kind.is_interface:
            del self.fields["url"]
        else:
            self.fields[
                "url"
            ].help_text = "Of the page or feed itself. Where the settings below make an address, theirs is taken."
        for name, field in config_fields(kind.config_class).items():
            self.fields[PREFIX + name] = field
        if kind.is_fetched:
            self.fields |= {ACCESS + name: field for name, field in access_fields(source).items()}

    @property
    def values(self) -> dict[str, Any]:
        """The fields of a source, and its configuration without what is empty."""
        cleaned = self.cleaned_data
        values = {name: value for name, value in cleaned.items() if not name.startswith((PREFIX, ACCESS))}
        for name in ("title", "default_currency", "marketplace"):
            if not values.get(name):
                values.pop(name, None)
        config = {name.removeprefix(PREFIX): value for name, value in cleaned.items() if name.startswith(PREFIX)}
        return values | {
            "kind": self.kind.kind,
            "config": {name: value for name, value in config.items() if value not in ("", None)},
        }

    @property
    def own_fields(self) -> list[forms.BoundField]:
        """The fields of the source itself."""
        return [field for field in self if not field.name.startswith(ACCESS)]

    @property
    def asking_fields(self) -> list[forms.BoundField]:
        """The fields of how it is asked."""
        return [field for field in self if field.name.startswith(ACCESS)]

    @property
    def shows_asking(self) -> bool:
        """Whether there is something set, or wrong, in how it is asked."""
        return any(field.errors or field.initial or field.name == ACCESS + FORGET for field in self.asking_fields)

    def access(self) -> dict[str, Any]:
        """What is to be set for its requests. Raises `BadAccess`."""
        stated = self.cleaned_data.items()
        return access_changes(
            {name.removeprefix(ACCESS): value for name, value in stated if name.startswith(ACCESS)}, self.source
        )

    def add_problem(self, problem: BadAccess) -> None:
        """Put what is wrong with the settings of requests at its field."""
        self.add_error(ACCESS + problem.name, str(problem))

    def add_problems(self, problems: dict[str, list[str]]) -> None:
        """Put the problems that saving found where they belong; what has no field of its own goes above the form."""
        for name, sentences in problems.items():
            field = name.replace("config.", PREFIX, 1)
            self.add_error(field if field in self.fields else None, sentences)


def config_fields(config_class: type[SourceConfig]) -> dict[str, forms.Field]:
    """A form field for each setting of a kind, but for those that the source states itself."""
    secrets = secret_fields(config_class)
    own = {name: info for name, info in config_class.model_fields.items() if name not in SourceConfig.model_fields}
    return {name: form_field(info, is_secret=name in secrets, words=_words) for name, info in own.items()}


def _words(value: Any) -> str:
    text = str(value)
    if text.startswith("EBAY_"):
        return f"eBay {Locale('en').territories[text.removeprefix('EBAY_')]}"
    known = {
        "uk": "United Kingdom", "au": "Australia", "date": "Newest first", "newlyListed": "Newest first", "rel": "Most relevant first",
        "best": "Best match first", "priceasc": "Cheapest first", "price": "Cheapest first", "pricedsc": "Dearest first",
        "-price": "Dearest first",
        "auto": "Found out each time", "product": "One product", "listing": "A list of products",
    }  # fmt: skip
    return known.get(text) or (text if text.isupper() else text.capitalize())


def _initial(source: Source | None) -> dict[str, Any]:
    if source is None:
        return {}
    names = ("title", "url", "marketplace", "default_currency", "interval_seconds")
    own = {name: getattr(source, name) for name in names}
    return own | {PREFIX + name: value for name, value in source.config.items() if not str(value).startswith("sealed:")}

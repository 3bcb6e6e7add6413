"""The filters of the feed as a GET form: an unusable value is said beside its field, and the rest still counts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django import forms

from accounts.models import User
from accounts.selectors import preferences_of
from deals.models import Condition
from deals.selectors import DealFilters, categories_seen, marketplaces_seen

ORDERINGS = [
    ("-first_seen_at", "Newest first"),
    ("-score", "Best score first"),
    ("-discount", "Largest discount first"),
    ("-discount_percent", "Largest discount in percent first"),
    ("price", "Lowest price first"),
    ("-price", "Highest price first"),
]


def _amount(label: str) -> forms.DecimalField:
    return forms.DecimalField(
        required=False,
        min_value=Decimal(0),
        max_digits=12,
        label=label,
        error_messages={"invalid": "Enter an amount, for example 250.", "min_value": "Enter 0 or more."},
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )


class FilterForm(forms.Form):
    """What a reader wants to see of the feed."""

    search = forms.CharField(
        max_length=200,
        required=False,
        label="Search deals",
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "Search deals", "autocomplete": "off"}),
    )
    marketplace = forms.ChoiceField(required=False)
    category = forms.ChoiceField(required=False)
    condition = forms.ChoiceField(required=False, choices=[("", "Any"), *Condition.choices])
    min_price = _amount("Price from")
    max_price = _amount("Price to")
    min_discount = _amount("Discount at least")
    ordering = forms.ChoiceField(required=False, choices=ORDERINGS, label="Order")

    def __init__(self, data: Any = None, *, currency: str = "USD", knows_reader: bool = False) -> None:
        super().__init__(data)
        self.currency, self.knows_reader = currency, knows_reader
        ordering = self.fields["ordering"]
        assert isinstance(ordering, forms.ChoiceField)
        first = "Best match first" if self.data.get("search") else "For you" if knows_reader else "Newest first"
        ordering.choices = [("", first), *(pair for pair in ORDERINGS if pair[1] != first)]
        self._offer("marketplace", marketplaces_seen(), "All")
        self._offer("category", categories_seen(), "All")
        for name in ("min_price", "max_price", "min_discount"):
            self.fields[name].label = f"{self.fields[name].label} ({currency})"

    def _offer(self, name: str, values: list[str], every: str) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        chosen = self.data.get(name, "")
        # What was chosen stays on offer when its last deal has gone.
        known = (
            [*values, chosen] if chosen.isprintable() and len(chosen) <= 100 and chosen not in ("", *values) else values
        )
        field.choices = [("", every), *((value, value) for value in known)]

    def deal_filters(self) -> DealFilters:
        """The filters that hold; a field in error counts as empty."""
        self.is_valid()
        given = {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}
        return DealFilters(currency=self.currency, **given)

    @property
    def is_for_you(self) -> bool:
        """Whether the list is in the reader's own order: that is what a signed-in reader gets who asks for no other."""
        self.is_valid()
        return self.knows_reader and not self.cleaned_data.get("ordering") and not self.cleaned_data.get("search")

    @property
    def active(self) -> int:
        """How many filters are set, the search and the order not counted."""
        self.is_valid()
        quiet = {"search", "ordering"}
        return sum(value not in (None, "") for name, value in self.cleaned_data.items() if name not in quiet)

    @property
    def query(self) -> str:
        """What was asked, as a query string without empty fields."""
        return urlencode([(name, self.data[name]) for name in self.fields if self.data.get(name)])


def filter_form(data: Any, reader: User | None) -> FilterForm:
    """The form for a reader: amounts are in the reader's currency."""
    return FilterForm(
        data, currency=preferences_of(reader).currency if reader else "USD", knows_reader=reader is not None
    )

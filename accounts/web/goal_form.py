"""The form of a goal: every field that a goal has, the usual ones first."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from babel.numbers import list_currencies
from django import forms

from accounts.models import Goal, WantedCondition
from accounts.web.fields import WordsField

PRIORITIES = [(5, "5, most important"), (4, "4"), (3, "3, as usual"), (2, "2"), (1, "1, least important")]
INTERVALS = [
    (15, "Every 15 minutes"),
    (30, "Every half hour"),
    (60, "Every hour"),
    (180, "Every 3 hours"),
    (720, "Twice a day"),
    (1440, "Once a day"),
]
SIMILARITIES = [
    ("", "No, the words have to be there"),
    ("0.8", "Very nearly the same (0.8)"),
    ("0.7", "Nearly the same (0.7)"),
    ("0.6", "Alike (0.6)"),
]
CHANNEL_LABELS = {
    "in_app": "Inbox",
    "email": "E-mail",
    "webpush": "This browser",
    "pushover": "Pushover",
    "slack": "Slack",
    "sms": "Text message",
    "mobile_push": "Phone app",
    "webhook": "Webhook",
    "apprise": "Another service",
}
"""As the kinds of channels call themselves, which stand floors above; a test compares them."""
USUAL = ("title", "keywords", "max_price", "currency", "condition", "min_discount")


class LocalDateTimeInput(forms.DateTimeInput):
    """The browser's own input of a date and a time."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


def _amount(label: str, hint: str = "") -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        help_text=hint,
        required=False,
        min_value=Decimal(0),
        max_digits=12,
        decimal_places=2,
        error_messages={"invalid": "Enter an amount, for example 250.", "min_value": "Enter 0 or more."},
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )


def whole_number(label: str, hint: str, least: int, most: int | None) -> forms.IntegerField:
    """A field for a whole number from `least` to `most`, which may stay empty."""
    return forms.IntegerField(
        label=label,
        help_text=hint,
        required=False,
        min_value=least,
        max_value=most,
        error_messages={
            "invalid": "Enter a whole number.",
            "min_value": f"Enter {least} or more.",
            "max_value": f"Enter {most} or less.",
        },
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )


class GoalForm(forms.Form):
    """What a user is looking for. `goal_fields` is what `create_goal` and `update_goal` take; `channels` are the kinds that there are."""

    title = forms.CharField(
        max_length=200,
        label="Name of the goal",
        help_text="For example: noise cancelling headphones. Without words below, the offer has to have these.",
        error_messages={"required": "Say what you are looking for."},
    )
    keywords = WordsField(
        required=False,
        label="Words that the offer has",
        help_text="With commas between them, for example: Sony, WH-1000XM5. The offer has to have them all.",
    )
    max_price = _amount("Most that you want to pay", "For example: 250")
    currency = forms.ChoiceField(label="Currency")
    condition = forms.ChoiceField(choices=WantedCondition.choices, widget=forms.RadioSelect, label="Condition")
    min_discount = _amount("Discount at least", "How far the price has to be below its worth")
    excluded_keywords = WordsField(
        required=False, label="Words that rule an offer out", help_text="For example: case, refurbished"
    )
    brands = WordsField(required=False, label="Brands", help_text="With commas between them. Empty means every brand.")
    category = forms.CharField(max_length=100, required=False, label="Category")
    marketplaces = forms.MultipleChoiceField(
        required=False,
        label="Marketplaces",
        help_text="None chosen means all of them.",
        widget=forms.CheckboxSelectMultiple,
    )
    min_price = _amount("Least that it may cost", "Keeps accessories out")
    min_discount_percent = whole_number("Discount in percent at least", "0 to 100", 0, 100)
    min_score = whole_number("Score at least", "0 to 100; above 70 is rare", 0, 100)
    min_similarity = forms.TypedChoiceField(
        choices=SIMILARITIES,
        coerce=float,
        empty_value=None,
        required=False,
        label="Offers that say it in other words",
        help_text="They may lack the words above where they mean nearly the same. Brand, category and all other terms hold as ever.",
    )
    location = forms.CharField(
        max_length=200,
        required=False,
        label="Place",
        help_text="A town, for example: Leeds, or Austin, TX. Offers elsewhere are left out, but for those that are sent. "
        "An offer that does not say where it is counts.",
    )
    radius_km = whole_number(
        "Within (km)",
        "With a distance, offers elsewhere are left out even if they are sent: you want to fetch it. Offers give no coordinates, "
        "so the town is compared and nothing is measured.",
        1,
        500,
    )
    deadline = forms.DateTimeField(
        required=False,
        label="Look until",
        help_text="In your time zone. Empty means until you stop it.",
        error_messages={"invalid": "Enter a date and a time, for example 2026-12-24 18:00."},
        widget=LocalDateTimeInput,
    )
    priority = forms.TypedChoiceField(
        choices=PRIORITIES, coerce=int, label="Priority", help_text="5 may tell you in your quiet hours too"
    )
    check_interval_minutes = forms.TypedChoiceField(
        choices=INTERVALS,
        coerce=int,
        label="Look",
        help_text="Kept with the goal; for now each offer is looked at once found",
    )
    max_matches = whole_number("Stop after this many matches", "Empty means no limit", 1, 100_000)
    quantity = whole_number(
        "Stop when I have bought", "How many, counted by “I bought it” on the deals it found", 1, 1_000
    )
    budget = _amount("Stop when I have spent", "In all, in the currency above, by the deals that you mark as bought")
    channels = forms.MultipleChoiceField(
        required=False,
        label="Tell me over",
        help_text="None chosen means all your channels. Everything stands in the inbox anyway; choose it alone to be told nowhere else.",
        widget=forms.CheckboxSelectMultiple,
    )
    description = forms.CharField(
        required=False, max_length=2000, label="Notes to yourself", widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(
        self,
        data: Any = None,
        *,
        initial: dict[str, Any] | None = None,
        marketplaces: Iterable[str] = (),
        channels: Iterable[str] = (),
    ) -> None:
        defaults = {"condition": WantedCondition.ANY, "currency": "USD", "priority": 3, "check_interval_minutes": 60}
        super().__init__(data, initial=defaults | (initial or {}))
        chosen = (initial or {}).get("marketplaces") or []
        places = sorted({*marketplaces, *chosen})
        self._offer("marketplaces", [(place, place) for place in places])
        kinds = dict.fromkeys(["in_app", "email", *channels, *((initial or {}).get("channels") or [])])
        self._offer("channels", [(kind, CHANNEL_LABELS.get(kind, kind)) for kind in kinds])
        self._offer("currency", [(code, code) for code in sorted(list_currencies())])
        interval = self.initial["check_interval_minutes"]
        if interval not in dict(INTERVALS):
            self._offer("check_interval_minutes", sorted([*INTERVALS, (interval, f"Every {interval} minutes")]))
        likeness = self.initial.get("min_similarity")
        if likeness is not None:
            self.initial["min_similarity"] = f"{likeness:g}"
            if f"{likeness:g}" not in dict(SIMILARITIES):
                self._offer("min_similarity", [*SIMILARITIES, (f"{likeness:g}", f"From {likeness:g} on")])
        if not places:
            del self.fields["marketplaces"]

    def _offer(self, name: str, choices: list[tuple[Any, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        low, high = cleaned.get("min_price"), cleaned.get("max_price")
        if low is not None and high is not None and low > high:
            self.add_error("min_price", "This is above the most that you want to pay.")
        if cleaned.get("radius_km") and not cleaned.get("location"):
            self.add_error("location", "Say the place that the distance is counted from.")
        return cleaned

    @property
    def goal_fields(self) -> dict[str, Any]:
        return dict(self.cleaned_data)

    @property
    def more_is_open(self) -> bool:
        """True when a folded field has an error or a value of its own, so that the fold must not hide it."""
        folded = [name for name in self.fields if name not in USUAL]
        defaults = {"priority": 3, "check_interval_minutes": 60}
        if any(name in self.errors for name in folded):
            return True
        return not self.is_bound and any(
            self.initial.get(name) not in (None, "", [], defaults.get(name)) for name in folded
        )


def goal_initial(goal: Goal) -> dict[str, Any]:
    """A goal's values as the form takes them."""
    return {name: getattr(goal, name) for name in GoalForm.base_fields} | {
        name: _plain(getattr(goal, name)) for name in ("min_price", "max_price", "min_discount", "budget")
    }


def _plain(amount: Decimal | None) -> str:
    return "" if amount is None else f"{amount.normalize():f}"

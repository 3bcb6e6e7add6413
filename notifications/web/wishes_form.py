"""The forms of what users want of their alerts: quiet hours and limits, and the pace of each channel."""

from __future__ import annotations

from typing import Any, Final

from django import forms

from accounts.web.goal_form import whole_number
from notifications.models import Pace, Quiet, UserChannel

DAYS: Final = [
    (0, "Monday"), (1, "Tuesday"), (2, "Wednesday"), (3, "Thursday"), (4, "Friday"), (5, "Saturday"), (6, "Sunday"),
]  # fmt: skip
HOURS: Final = [(hour, f"{hour:02}:00") for hour in range(24)]
_MOST_A_DAY: Final = 1000


def _clock(label: str, hint: str) -> forms.TimeField:
    return forms.TimeField(
        label=label,
        help_text=hint,
        required=False,
        error_messages={"invalid": "Enter a time, for example 22:00."},
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
    )


class QuietForm(forms.Form):
    """Quiet hours and the limit of a day. `cleaned_data` is what `change_quiet` takes."""

    quiet_from = _clock("Quiet from", "For example 22:00")
    quiet_until = _clock("Until", "For example 07:00")
    days = forms.TypedMultipleChoiceField(
        required=False,
        coerce=int,
        choices=DAYS,
        label="On nights that begin on",
        help_text="None chosen means all of them.",
        widget=forms.CheckboxSelectMultiple,
    )
    priority_breaks_quiet = forms.BooleanField(
        required=False,
        label="Goals of priority 5 may tell me in quiet hours too",
    )
    daily_cap = whole_number(
        "At most so many messages a day", "Over all channels; a digest is one. Empty means no limit", 1, _MOST_A_DAY
    )

    def __init__(self, data: Any = None, *, quiet: Quiet) -> None:
        super().__init__(data, initial={name: getattr(quiet, name) for name in self.base_fields})


class PaceForm(forms.Form):
    """When and how often one channel tells. `cleaned_data` is what `change_pace` takes."""

    pace = forms.ChoiceField(choices=Pace.choices, label="Tell me")
    pace_hour = forms.TypedChoiceField(choices=HOURS, coerce=int, label="At")
    pace_weekday = forms.TypedChoiceField(choices=DAYS, coerce=int, label="On")
    daily_cap = whole_number("At most a day", "Empty means no limit", 1, _MOST_A_DAY)
    breaks_quiet = forms.BooleanField(required=False, label="Tell me over this channel in quiet hours too")

    def __init__(self, data: Any = None, *, row: UserChannel) -> None:
        # Several of these stand on one page.
        super().__init__(
            data, prefix=f"channel-{row.pk}", initial={name: getattr(row, name) for name in self.base_fields}
        )

"""How much of what somebody wants in a day they have had."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from common.models import UUIDModel


class Allowance(UUIDModel):
    """What was taken of one day's messages to a user, or over one of their channels: `subject` is whose id it is.

    A row is written for those with a limit alone, and is of no use after its day.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    subject = models.UUIDField()
    day = models.DateField(help_text="In the user's zone.")
    taken = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "subject", "day"], name="one_allowance_per_subject_and_day")
        ]
        indexes = [models.Index(fields=["day"], name="allowance_day")]

    def __str__(self) -> str:
        return f"{self.taken} on {self.day}"

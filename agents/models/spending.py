"""What was spent on language models, by day."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from common.models import UUIDModel


class Spending(UUIDModel):
    """Dollars of one UTC day: of the whole installation (no user) or of one user's questions.

    `reserved` is the most that calls under way can cost. What a process that was killed had reserved stays so until the
    day is over: whether its calls are billed is not known.
    """

    day = models.DateField()
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    reserved = models.DecimalField(max_digits=14, decimal_places=6, default=0)
    spent = models.DecimalField(max_digits=14, decimal_places=6, default=0)
    calls = models.PositiveIntegerField(default=0, help_text="Calls that were answered and paid for.")

    class Meta:
        ordering = ["-day"]
        verbose_name_plural = "spending"
        constraints = [
            models.UniqueConstraint(fields=["day", "user"], nulls_distinct=False, name="one_spending_per_day_and_user")
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.spent}"

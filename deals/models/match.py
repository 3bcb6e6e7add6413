"""A deal that meets a goal."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from common.models import UUIDModel


class Match(UUIDModel):
    """A deal that meets a goal, with the valuation that showed it and the reasons in words."""

    goal = models.ForeignKey("accounts.Goal", on_delete=models.CASCADE, related_name="matches")
    deal = models.ForeignKey("deals.Deal", on_delete=models.CASCADE, related_name="matches")
    valuation = models.ForeignKey("deals.Valuation", on_delete=models.CASCADE, related_name="matches")
    reasons = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-created_at"]
        verbose_name_plural = "matches"
        constraints = [models.UniqueConstraint(fields=["goal", "deal"], name="one_match_per_goal_and_deal")]
        indexes = [models.Index(fields=["goal", "-created_at"], name="match_goal_created")]

    def __str__(self) -> str:
        return f"{self.deal_id} meets {self.goal_id}"

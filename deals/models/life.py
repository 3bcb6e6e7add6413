"""The life of a deal: what became of it, and when."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from common.models import UUIDModel


class DealChange(models.TextChoices):
    """What happens to a deal after it was found. A new price is kept as a price point, the others as a `DealEvent`."""

    PRICE = "price", "Price changed"
    SOLD_OUT = "sold_out", "Sold out"
    BACK_IN_STOCK = "back_in_stock", "Back in stock"
    EXPIRED = "expired", "Expired"
    WITHDRAWN = "withdrawn", "Withdrawn"
    REAPPEARED = "reappeared", "Offered again"


class DealEvent(UUIDModel):
    """One change of a deal's state, written with the change."""

    deal = models.ForeignKey("deals.Deal", on_delete=models.CASCADE, related_name="life")
    change = models.CharField(max_length=14, choices=DealChange.choices)
    at = models.DateTimeField(default=timezone.now)
    note = models.CharField(max_length=200, blank=True, help_text="How it came to be known, in a sentence.")

    class Meta:
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["deal", "at"], name="deal_event_deal_at")]

    def __str__(self) -> str:
        return f"{self.deal_id} {self.change}"

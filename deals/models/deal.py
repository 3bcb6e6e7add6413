"""One offer for one thing at one place, at a price, and the prices seen for it."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.utils import timezone

from common.models import UUIDModel


class DealState(models.TextChoices):
    ACTIVE = "active", "Active"
    SOLD_OUT = "sold_out", "Sold out"
    EXPIRED = "expired", "Expired"
    WITHDRAWN = "withdrawn", "Withdrawn"


class Condition(models.TextChoices):
    NEW = "new", "New"
    REFURBISHED = "refurbished", "Refurbished"
    USED = "used", "Used"
    UNKNOWN = "unknown", "Not stated"


class StageState(models.TextChoices):
    PENDING = "pending", "Waiting"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"


class Deal(UUIDModel):
    """One offer. `price` and `list_price` are in `currency`; `valuation` is the one that holds for this price."""

    source = models.ForeignKey("deals.Source", null=True, on_delete=models.SET_NULL, related_name="deals")
    product = models.ForeignKey("deals.Product", null=True, blank=True, on_delete=models.SET_NULL, related_name="deals")
    home = models.ForeignKey(
        "deals.Product",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="named_deals",
        db_index=False,
        help_text="The product that the deal's own words and numbers name; merges lead from there to its product.",
    )
    product_reason = models.CharField(max_length=200, blank=True, help_text="Why it is of that product.")
    product_confidence = models.FloatField(null=True, blank=True, help_text="0 to 1.")
    product_by_hand = models.BooleanField(default=False, help_text="An operator said which product it is.")
    marketplace = models.CharField(max_length=80)
    external_id = models.CharField(max_length=500)
    url = models.URLField(max_length=2000)
    canonical_url = models.CharField(max_length=2000, unique=True)
    title = models.CharField(max_length=500)
    description = models.TextField(blank=True)
    merchant = models.CharField(max_length=120, blank=True)
    brand = models.CharField(max_length=100, blank=True)
    category = models.CharField(max_length=100, blank=True)
    condition = models.CharField(max_length=12, choices=Condition.choices, default=Condition.UNKNOWN)
    image_url = models.CharField(max_length=2000, blank=True)
    location = models.CharField(max_length=200, blank=True)
    price = models.DecimalField(max_digits=14, decimal_places=4)
    list_price = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    currency = models.CharField(max_length=3)
    shipping = models.DecimalField(
        max_digits=14, decimal_places=4, null=True, blank=True, help_text="In the same currency; 0 where it is free."
    )
    availability = models.CharField(max_length=30, blank=True, help_text="A word of schema.org, such as InStock.")
    gtin = models.CharField(max_length=14, blank=True, help_text="14 digits, with a check digit that is right.")
    mpn = models.CharField(max_length=100, blank=True, help_text="The maker's part number.")
    sku = models.CharField(max_length=100, blank=True, help_text="The seller's own number.")
    state = models.CharField(max_length=10, choices=DealState.choices, default=DealState.ACTIVE)
    state_changed_at = models.DateTimeField(null=True, blank=True)
    is_sample = models.BooleanField(default=False)
    published_at = models.DateTimeField(null=True, blank=True)
    first_seen_at = models.DateTimeField(default=timezone.now)
    last_seen_at = models.DateTimeField(default=timezone.now)
    price_changed_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    valuation = models.OneToOneField(
        "deals.Valuation", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    value_state = models.CharField(max_length=8, choices=StageState.choices, default=StageState.PENDING)
    value_attempts = models.PositiveSmallIntegerField(default=0)
    value_error = models.TextField(blank=True)
    value_retry_at = models.DateTimeField(null=True, blank=True)
    value_leased_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-first_seen_at"]
        constraints = [
            models.UniqueConstraint(fields=["marketplace", "external_id"], name="one_deal_per_marketplace_and_id"),
            models.CheckConstraint(condition=Q(price__gte=0), name="deal_price_not_negative"),
        ]
        indexes = [
            models.Index(F("first_seen_at").desc(), F("id").desc(), name="deal_newest"),
            models.Index(fields=["state", "expires_at"], name="deal_state_expiry"),
            models.Index(fields=["first_seen_at"], condition=Q(value_state="pending"), name="deal_value_pending"),
            models.Index(fields=["marketplace", "-first_seen_at"], name="deal_marketplace"),
            models.Index(fields=["home"], name="deal_home"),
            models.Index(fields=["category"], name="deal_category"),
            GinIndex(OpClass(Upper("title"), name="gin_trgm_ops"), name="deal_title_trigram"),
        ]

    def __str__(self) -> str:
        return self.title


class PricePoint(UUIDModel):
    """A price seen at a time, for a deal and for its product, with the list price that was claimed beside it.

    A claim that changes while the price stays has a point of its own. `catalogued_at` is when it was taken into the catalogue of
    comparables, or found unfit for it.
    """

    deal = models.ForeignKey(Deal, on_delete=models.CASCADE, related_name="price_points")
    product = models.ForeignKey(
        "deals.Product", null=True, blank=True, on_delete=models.SET_NULL, related_name="price_points"
    )
    price = models.DecimalField(max_digits=14, decimal_places=4)
    list_price = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    currency = models.CharField(max_length=3)
    observed_at = models.DateTimeField(default=timezone.now)
    catalogued_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["observed_at"]
        constraints = [models.UniqueConstraint(fields=["deal", "observed_at"], name="one_price_point_per_time")]
        indexes = [
            models.Index(fields=["product", "observed_at"], name="price_point_product"),
            models.Index(fields=["id"], condition=Q(catalogued_at__isnull=True), name="price_point_uncatalogued"),
        ]

    def __str__(self) -> str:
        return f"{self.price} {self.currency}"

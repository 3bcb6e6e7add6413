"""What a deal is worth: the ensemble's judgement, and what each estimator said."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from common.models import UUIDModel


class Verdict(models.TextChoices):
    BUY_NOW = "buy_now", "Buy now"
    GOOD = "good", "Good"
    FAIR = "fair", "Fair"
    WAIT = "wait", "Wait"
    SUSPICIOUS = "suspicious", "Suspicious discount"
    CANNOT_SAY = "cannot_say", "Cannot say"


class Valuation(UUIDModel):
    """The ensemble's worth of a deal at one price. Amounts are in `currency`, the deal's own.

    `low` and `high` bound the 80 % interval. Worth and its interval are null where nothing can be said.
    `is_opportunity` holds for the installation's threshold; a user's own threshold is applied on reading.
    `input_hash` is a hash of what was valued, so that the same input is valued once.
    """

    deal = models.ForeignKey("deals.Deal", on_delete=models.CASCADE, related_name="valuations")
    input_hash = models.CharField(max_length=64)
    currency = models.CharField(max_length=3)
    price = models.DecimalField(max_digits=14, decimal_places=4)
    worth = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    low = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    high = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    discount = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True, help_text="worth − price")
    discount_percent = models.DecimalField(
        max_digits=9, decimal_places=2, null=True, blank=True, help_text="100 × discount / worth"
    )
    discount_usd = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    exchange_rate = models.DecimalField(
        max_digits=20, decimal_places=10, null=True, blank=True, help_text="US dollars for one unit of the currency."
    )
    exchange_rate_date = models.DateField(null=True, blank=True)
    score = models.PositiveSmallIntegerField(null=True, blank=True)
    score_parts = models.JSONField(default=dict, blank=True)
    score_inputs = models.JSONField(default=dict, blank=True, help_text="What each part was worked out from.")
    score_version = models.CharField(
        max_length=20,
        blank=True,
        default="",
        help_text="The formula; empty where it is from before formulas had versions.",
    )
    statistics = models.JSONField(
        default=dict,
        blank=True,
        help_text="How the score stands to the product's earlier ones, and how stable its price is.",
    )
    verdict = models.CharField(max_length=12, choices=Verdict.choices, default=Verdict.CANNOT_SAY)
    verdict_reasons = models.JSONField(
        default=list,
        blank=True,
        help_text="Two sentences, made from the record; none where it is from before there was one.",
    )
    verdict_record = models.JSONField(default=dict, blank=True, help_text="All that the verdict rests on.")
    verdict_words = models.JSONField(
        default=list,
        blank=True,
        help_text="The two sentences as a language model put them, where every number was right.",
    )
    reasons = models.JSONField(default=list, blank=True, help_text="Sentences about the worth.")
    comparables = models.JSONField(default=list, blank=True)
    weights = models.JSONField(default=dict, blank=True)
    confidence = models.FloatField(default=0.0, help_text="0 to 1.")
    is_opportunity = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)
    matched_at = models.DateTimeField(null=True, blank=True)
    match_attempts = models.PositiveSmallIntegerField(default=0)
    match_error = models.TextField(blank=True)
    match_retry_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [models.UniqueConstraint(fields=["deal", "input_hash"], name="one_valuation_per_deal_and_input")]
        indexes = [
            models.Index(fields=["created_at"], condition=Q(matched_at__isnull=True), name="valuation_match_pending"),
            models.Index(fields=["-score"], condition=Q(is_opportunity=True), name="valuation_opportunities"),
            models.Index(fields=["discount_usd"], name="valuation_discount_usd"),
            # Filters read these of thousands of deals at a time, of rows that are long.
            models.Index(
                fields=["id"], include=["score", "discount_percent", "discount_usd"], name="valuation_of_a_deal"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.worth} {self.currency} for {self.deal_id}"


class Estimate(UUIDModel):
    """What one estimator said, in US dollars, with its version, its weight, how long it took and what it cost.

    `version` names a local model, or a service with its model, such as `bedrock:<model id>`. `reason` is the words of a
    foundation model. `error` says why a service is missing; a value beside it is that of the local estimator instead.
    """

    valuation = models.ForeignKey(Valuation, on_delete=models.CASCADE, related_name="estimates")
    estimator = models.CharField(max_length=30)
    version = models.CharField(max_length=160)
    value_usd = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    weight = models.FloatField(default=0.0)
    milliseconds = models.FloatField(default=0.0)
    cost_usd = models.DecimalField(max_digits=12, decimal_places=6, default=0)
    error = models.CharField(max_length=300, blank=True)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["valuation", "estimator"], name="one_estimate_per_estimator")]

    def __str__(self) -> str:
        return f"{self.estimator} {self.value_usd}"

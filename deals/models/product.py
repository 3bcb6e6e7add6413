"""The things themselves, and priced products to compare with."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Greatest, Least
from django.utils import timezone
from pgvector.django import HalfVectorField, HnswIndex

from common.models import UUIDModel

EMBEDDING_DIMENSIONS = 384


class Product(UUIDModel):
    """The thing itself, over all its deals. `key` is its normalised title, by which it was first named.

    `merged_into` is the product that it turned out to be, which is itself merged into none.
    """

    key = models.CharField(max_length=300, unique=True)
    name = models.CharField(max_length=300)
    brand = models.CharField(max_length=100, blank=True)
    category = models.CharField(max_length=100, blank=True)
    gtin = models.CharField(max_length=14, blank=True)
    mpn = models.CharField(max_length=100, blank=True)
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="merged")
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name


class ProductNumber(models.Model):
    """A number that names one product: a GTIN, or a maker's part number with the maker, each with the quantity or part that the
    offer is for. Whoever writes it first decides on the product."""

    value = models.CharField(max_length=260, primary_key=True)
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="numbers")
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.value


class MergeState(models.TextChoices):
    DONE = "done", "One product"
    UNDONE = "undone", "Taken apart again"


class ProductMerge(UUIDModel):
    """That two products are one, and why; or, once it is undone, that they are not, which nothing but a person changes again.

    `by` is the operator, None where the numbers on an offer said so.
    """

    kept = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="merges_kept")
    merged = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="merges_lost")
    state = models.CharField(max_length=8, choices=MergeState.choices, default=MergeState.DONE)
    reason = models.CharField(max_length=200)
    confidence = models.FloatField(default=1.0, help_text="0 to 1.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(Least("kept", "merged"), Greatest("kept", "merged"), name="one_merge_per_pair"),
            models.CheckConstraint(condition=~Q(kept=F("merged")), name="merge_of_two_products"),
        ]

    def __str__(self) -> str:
        return f"{self.merged_id} is {self.kept_id}"


class CatalogueItem(UUIDModel):
    """A priced product, in US dollars, from which comparables are taken. `fingerprint` is a hash of what it says.

    `deal` is set where the price was seen on one of our deals: that deal is never compared with it. Vectors are kept in half
    precision: half the memory for the index, and the same neighbours (docs/measurements.md).
    """

    fingerprint = models.CharField(max_length=64, unique=True)
    title = models.CharField(max_length=500)
    title_key = models.CharField(max_length=300, db_index=True)
    text = models.TextField()
    category = models.CharField(max_length=200, blank=True)
    price = models.DecimalField(max_digits=14, decimal_places=4)
    source = models.CharField(max_length=80, blank=True)
    observed_at = models.DateField(null=True, blank=True)
    reading = models.JSONField(null=True, blank=True, help_text="What was read in its words, and by which rules.")
    embedding = HalfVectorField(dimensions=EMBEDDING_DIMENSIONS)
    is_sample = models.BooleanField(default=False)
    deal = models.ForeignKey("deals.Deal", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            HnswIndex(
                name="catalogue_nearest",
                fields=["embedding"],
                m=16,
                ef_construction=128,
                opclasses=["halfvec_cosine_ops"],
            )
        ]

    def __str__(self) -> str:
        return self.title

"""The things themselves, and priced products to compare with."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from pgvector.django import HalfVectorField, HnswIndex

from common.models import UUIDModel

EMBEDDING_DIMENSIONS = 384


class Product(UUIDModel):
    """The thing itself, over all its deals. `key` is its normalised title."""

    key = models.CharField(max_length=300, unique=True)
    name = models.CharField(max_length=300)
    brand = models.CharField(max_length=100, blank=True)
    category = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name


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

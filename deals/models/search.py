"""What searching and matching need beside deals and goals themselves: what each means as a vector, where deals stand on the map, and the
words of titles."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F
from pgvector.django import HalfVectorField, HnswIndex

from deals.models.deal import Condition, DealState
from deals.models.product import EMBEDDING_DIMENSIONS


class SearchDocument(models.Model):
    """What searching reads of a deal: its words, what filters ask for, and what it is put in order by. Read only: PostgreSQL writes it with
    the deal and with its valuation, by triggers (migration 0028), so that no way of writing a deal can leave it behind.

    A table of its own, because a common word is in thousands of deals. Each of them is looked at for whether it is live, and a row of
    deals is three times as long. Words are weighted: A for title and brand, B for merchant and category, C for the description. `score`,
    `discount_usd` and `discount_percent` are those of the valuation that holds.
    """

    deal = models.OneToOneField("deals.Deal", on_delete=models.CASCADE, primary_key=True, related_name="document")
    first_seen_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    source = models.ForeignKey(
        "deals.Source", null=True, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    price = models.DecimalField(max_digits=14, decimal_places=4)
    discount_usd = models.DecimalField(max_digits=14, decimal_places=4, null=True)
    discount_percent = models.DecimalField(max_digits=9, decimal_places=2, null=True)
    score = models.PositiveSmallIntegerField(null=True)
    state = models.CharField(max_length=10, choices=DealState.choices)
    currency = models.CharField(max_length=3)
    condition = models.CharField(max_length=12, choices=Condition.choices)
    marketplace = models.CharField(max_length=80)
    category = models.CharField(max_length=100, blank=True)
    words = SearchVectorField()

    class Meta:
        indexes = [
            models.Index(F("first_seen_at").desc(), F("deal").desc(), name="document_newest"),
            models.Index(fields=["marketplace"], name="document_marketplace"),
            GinIndex(fields=["words"], name="document_words"),
        ]

    def __str__(self) -> str:
        return f"The words of {self.deal_id}"


class DealVector(models.Model):
    """What a deal says, as a vector of length one. `words_hash` is a hash of what was embedded.

    A table of its own, because deals are written at every scan: each change of a row that carries a vector would go into the index of
    nearest neighbours anew.
    """

    deal = models.OneToOneField("deals.Deal", on_delete=models.CASCADE, primary_key=True, related_name="vector")
    words_hash = models.CharField(max_length=32)
    embedding = HalfVectorField(dimensions=EMBEDDING_DIMENSIONS)

    class Meta:
        indexes = [
            HnswIndex(
                name="deal_nearest", fields=["embedding"], m=32, ef_construction=200, opclasses=["halfvec_cosine_ops"]
            )
        ]

    def __str__(self) -> str:
        return f"The vector of {self.deal_id}"


class MapPlace(models.Model):
    """Where a deal stands on the map of deals, of which all are drawn at once: x to the right and y down, each within 0–1.

    Only nearness says something: deals are near each other whose words mean nearly the same.
    """

    deal = models.OneToOneField("deals.Deal", on_delete=models.CASCADE, primary_key=True, related_name="map_place")
    x = models.FloatField()
    y = models.FloatField()

    def __str__(self) -> str:
        return f"{self.deal_id} at {self.x:.2f}, {self.y:.2f}"


class GoalVector(models.Model):
    """What a goal says it is for, as a vector of length one; only of goals for which meaning counts.

    `as_of` is the goal's `updated_at` when its words were read: a vector older than its goal is not used.
    """

    goal = models.OneToOneField("accounts.Goal", on_delete=models.CASCADE, primary_key=True, related_name="vector")
    words_hash = models.CharField(max_length=32)
    embedding = HalfVectorField(dimensions=EMBEDDING_DIMENSIONS)
    as_of = models.DateTimeField()

    def __str__(self) -> str:
        return f"The vector of {self.goal_id}"


class SearchWord(models.Model):
    """A word of titles and brands in lower case, such as `wh-1000xm5`, with the form without signs (`wh1000xm5`).

    `deals` is in how many live deals it was when the words were last counted; 1 for one that came since.
    """

    word = models.CharField(max_length=40, primary_key=True)
    bare = models.CharField(max_length=40)
    deals = models.PositiveIntegerField(default=1)

    class Meta:
        indexes = [
            models.Index(fields=["bare"], name="search_word_bare"),
            GinIndex(OpClass("word", name="gin_trgm_ops"), name="search_word_trigram", fastupdate=False),
        ]

    def __str__(self) -> str:
        return self.word


class DealWord(models.Model):
    """A stem that stands, or stood, in the title or brand of a deal: what typing errors in goals are held against.

    Beside `SearchWord`, which has words as they are written, with how common they are: searching suggests spellings by that, while
    goals are matched by stems, also those of deals that are over.
    """

    word = models.TextField(primary_key=True)

    class Meta:
        indexes = [GinIndex(OpClass("word", name="gin_trgm_ops"), name="deal_word_trigram", fastupdate=False)]

    def __str__(self) -> str:
        return self.word

"""The words of offers, for typing errors."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models


class DealWord(models.Model):
    """A stem that stands, or stood, in the title or brand of a deal: what typing errors in goals are held against."""

    word = models.TextField(primary_key=True)

    class Meta:
        indexes = [GinIndex(OpClass("word", name="gin_trgm_ops"), name="deal_word_trigram")]

    def __str__(self) -> str:
        return self.word

"""What the words of goals ask for, compiled for the matcher: derived from the goals, written with them, and made anew at will."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models

from accounts.models.goal import Goal

if TYPE_CHECKING:
    _Text = models.TextField[str, str]
else:
    _Text = models.TextField


class QueryField(_Text):
    """A `tsquery` of PostgreSQL, read and written as its text; empty, it asks for nothing."""

    def db_type(self, connection: Any) -> str:
        return "tsquery"


def _texts() -> ArrayField[list[str], list[str]]:
    return ArrayField(models.TextField(), default=list)


class GoalTerms(models.Model):
    """The words of one goal as queries. `brand_names`, `places` and `category_words` are plain comparisons beside them;
    `located` is over the words of an offer's place.

    `asked` is empty where any words will do; the others where nothing is asked or excluded.
    """

    goal = models.OneToOneField(Goal, primary_key=True, on_delete=models.CASCADE, related_name="terms")
    asked = QueryField()
    excluded = QueryField()
    brands = QueryField()
    brand_names = _texts()
    category = QueryField()
    category_words = _texts()
    places = _texts()
    located = QueryField(default="")

    class Meta:
        verbose_name_plural = "goal terms"

    def __str__(self) -> str:
        return self.asked


class GoalKey(models.Model):
    """A word by which a goal is found: a deal that meets the goal has one of the goal's keys. Few goals share one."""

    key = models.TextField()
    goal = models.ForeignKey(Goal, on_delete=models.CASCADE, related_name="keys")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "goal"], name="one_goal_key_each")]

    def __str__(self) -> str:
        return self.key


class GoalWord(models.Model):
    """A word that some goal asks for, or did: what typing errors in deals are held against."""

    word = models.TextField(primary_key=True)

    class Meta:
        indexes = [GinIndex(OpClass("word", name="gin_trgm_ops"), name="goal_word_trigram", fastupdate=False)]

    def __str__(self) -> str:
        return self.word

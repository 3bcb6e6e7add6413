"""What a user's own doings say of their taste."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone


class TasteProfile(models.Model):
    """One row a user, made of their interactions alone. It can be made anew from them (`deals.taste.learn`), so it is no record.

    `liked` and `disliked` are sums of weights by name, `{"categories": {…}, "brands": {…}}`, as of `as_of`: they halve with time.
    `direction` is the sum of what was liked less what was not, as a vector; empty where nothing that was done had one.
    Interactions before `forgotten_before` do not count: the user has reset it.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="taste"
    )
    liked = models.JSONField(default=dict, blank=True)
    disliked = models.JSONField(default=dict, blank=True)
    direction = ArrayField(models.FloatField(), default=list, blank=True)
    evidence = models.FloatField(default=0.0, help_text="The sum of the weights, as of then.")
    interactions = models.PositiveIntegerField(default=0)
    as_of = models.DateTimeField(default=timezone.now)
    forgotten_before = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"taste of {self.user_id}"

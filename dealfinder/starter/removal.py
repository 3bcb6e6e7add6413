"""Taking the samples out again, with everything that followed from them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest

from accounts.models import Goal
from dealfinder.starter.state import SamplesState, one_at_a_time, remember
from deals.models import CatalogueItem, Deal, Match, Product, Source
from notifications.models import Notification


@dataclass(frozen=True)
class RemovalReport:
    """How much was removed."""

    products: int
    deals: int

    @property
    def sentence(self) -> str:
        """What was done, for a person."""
        if not self.products and not self.deals:
            return "There were no samples to remove; they will not be loaded by themselves."
        return f"Removed {self.deals} sample offers and {self.products} sample products; they will not come back by themselves."


def remove_starter_data() -> RemovalReport:
    """Remove all samples and what followed from them (valuations, matches, notifications), and remember that they are unwanted."""
    with one_at_a_time(), transaction.atomic():
        _remove_matches()
        Notification.objects.filter(deal__is_sample=True).delete()
        things = list(Product.objects.filter(deals__is_sample=True).values_list("pk", flat=True))
        deals = Deal.objects.filter(is_sample=True).count()
        Deal.objects.filter(is_sample=True).delete()
        # A thing that a real offer is for as well stays.
        Product.objects.filter(pk__in=things, deals__isnull=True).delete()
        Source.objects.filter(is_sample=True).delete()
        products, _ = CatalogueItem.objects.filter(is_sample=True).delete()
        remember(SamplesState.REMOVED)
    return RemovalReport(products=products, deals=deals)


def _remove_matches() -> None:
    """A goal counts its matches towards its limit, so those with samples are taken off the count."""
    matches = Match.objects.filter(deal__is_sample=True)
    for goal_id, count in Counter(matches.values_list("goal_id", flat=True)).items():
        Goal.objects.filter(pk=goal_id).update(match_count=Greatest(F("match_count") - count, 0))
    matches.delete()

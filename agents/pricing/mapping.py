"""The map of deals: each where the others are near that mean nearly the same, on two dimensions."""

from __future__ import annotations

import uuid
from typing import Final

import numpy as np
import numpy.typing as npt
from django.db import connection, transaction

from deals.models import MapPlace
from deals.ranked_lists import vectors_of
from deals.selectors import live_deals

NEWEST: Final = 120
BEST: Final = 120
FEWEST: Final = 5  # of fewer there is no map
_LOCK: Final = 0x6D617073  # "maps"
_NEIGHBOURS: Final = 20  # how many each is kept near, roughly: the perplexity of t-SNE


def draw_map() -> int:
    """Replace the map by one of the newest deals and those of the best score; returns how many are on it."""
    vectors = vectors_of(_chosen())
    rows: list[MapPlace] = []
    if len(vectors) >= FEWEST:
        places = laid_out(np.stack(list(vectors.values())))
        rows = [MapPlace(deal_id=pk, x=float(x), y=float(y)) for pk, (x, y) in zip(vectors, places, strict=True)]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])  # two at once would write the same deals twice
        MapPlace.objects.all().delete()
        MapPlace.objects.bulk_create(rows)
    return len(rows)


def _chosen() -> list[uuid.UUID]:
    deals = live_deals().filter(vector__isnull=False)
    newest = deals.values_list("pk", flat=True)[:NEWEST]
    best = deals.filter(valuation__score__isnull=False).order_by("-valuation__score", "-id")
    return list(dict.fromkeys([*best.values_list("pk", flat=True)[:BEST], *newest]))


def laid_out(vectors: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """(n, d) vectors, n at least `FEWEST`, to (n, 2) places within 0–1, by t-SNE over cosines (van der Maaten & Hinton 2008).

    It begins with the principal components, so that the same deals give the same map. Places are then ranked along each axis half-way
    (their value and their rank count alike), which spreads crowds without changing who is left or above of whom.
    """
    from sklearn.manifold import TSNE  # seconds to import, and only the worker that draws needs it
    from threadpoolctl import threadpool_limits

    # Deals of the same words would lie on each other, where one hides the other.
    moved = vectors + np.random.default_rng(1).normal(scale=1e-3, size=vectors.shape)
    perplexity = min(_NEIGHBOURS, (len(vectors) - 1) / 3)
    with threadpool_limits(1):  # so few points cost threads more in waiting for each other than in working
        places = TSNE(metric="cosine", init="pca", perplexity=perplexity, random_state=1).fit_transform(moved)
    low, high = places.min(axis=0), places.max(axis=0)
    valued = (places - low) / np.maximum(high - low, 1e-9)
    ranked = places.argsort(axis=0).argsort(axis=0) / (len(places) - 1)
    return np.asarray((valued + ranked) / 2, dtype=np.float64)

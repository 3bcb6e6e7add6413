"""What a web process has when it begins to answer stays for its life, so the collector of garbage need not look at it again."""

from __future__ import annotations

import gc
from typing import Final

from django.urls import get_resolver

from deals.search import meaning

_BETWEEN_COLLECTIONS: Final = 20_000
"""Objects: some requests' worth. With Python's 700, one request is interrupted by tens of collections that find nothing."""


def keep_what_is_there() -> None:
    """Load every address with its views and what tells the meaning of a search, and take all that is there out of the collector's sight.

    Each request makes some thousands of objects, which now and then sets off a collection of everything; with the code and the
    registries of Django in it, that takes longer than most of the requests do.
    """
    assert get_resolver().url_patterns
    meaning.get_ready()
    gc.collect()
    gc.freeze()
    gc.set_threshold(_BETWEEN_COLLECTIONS, 20, 20)

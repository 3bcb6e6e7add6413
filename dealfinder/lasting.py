"""What a web process has when it begins to answer stays for its life, so the collector of garbage need not look at it again."""

from __future__ import annotations

import gc

from django.urls import get_resolver


def keep_what_is_there() -> None:
    """Load every address with its views, and take all that is there out of the collector's sight.

    Each request makes some thousands of objects, which now and then sets off a collection of everything; with the code and the
    registries of Django in it, that takes longer than most of the requests do.
    """
    assert get_resolver().url_patterns
    gc.collect()
    gc.freeze()

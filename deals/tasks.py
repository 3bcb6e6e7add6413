"""What is done with deals by schedule."""

from __future__ import annotations

from celery import shared_task

from deals.search.words import count_words


@shared_task(name="search.count_words")
def count_words_of_titles() -> int:
    """Count the words of titles, by which slips of the pen in a search are known."""
    return count_words()

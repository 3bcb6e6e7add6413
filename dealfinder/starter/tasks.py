"""What the pricing worker is asked to do with the samples: the web process must not load the models for it."""

from __future__ import annotations

from celery import shared_task


@shared_task(name="starter.load")
def load() -> str:
    """Load the samples if they never were."""
    from dealfinder.starter.loading import load_starter_data

    return load_starter_data().sentence

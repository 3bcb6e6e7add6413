"""What the pricing commands share: paths that exist, bad rows on stderr, a log that shows progress."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError, OutputWrapper

from agents.pricing.catalogue.base import Product
from agents.training.data import BadRow, UnreadableData, read_all

_SHOWN = 20


def cache_folder() -> Path:
    """Where vectors of large files are kept between runs."""
    return Path(settings.DEALFINDER_HOME) / "cache" / "embeddings"


def read_products(paths: Sequence[str], errors: OutputWrapper) -> list[Product]:
    """The usable products of the files; a bad row is said on stderr. Raises `CommandError` with a sentence."""
    try:
        products, bad = read_all([Path(path) for path in paths])
    except UnreadableData as error:
        raise CommandError(str(error)) from error
    report(bad, errors)
    if not products:
        raise CommandError(f"There is no usable product in {', '.join(paths)}.")
    return products


def report(bad: Sequence[BadRow], errors: OutputWrapper) -> None:
    """Say which rows were skipped: the first ones by line, and how many more there are."""
    for row in bad[:_SHOWN]:
        errors.write(f"Skipped {row}")
    if len(bad) > _SHOWN:
        errors.write(f"Skipped {len(bad) - _SHOWN} more rows.")


def show_progress() -> None:
    """Let the progress of training and embedding reach stderr, whatever the log level of the installation is."""
    for name in ("agents.training", "agents.pricing"):
        logger = logging.getLogger(name)
        logger.setLevel(logging.INFO)
        if not any(isinstance(handler, logging.StreamHandler) for handler in logger.handlers):
            handler = logging.StreamHandler(sys.stderr)
            handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%H:%M:%S"))
            logger.addHandler(handler)
            logger.propagate = False

"""Fills the configured database with the large catalogue: `python -m benchmarks.fill_catalogue N`."""

import sys

import django

django.setup()

from benchmarks.large_catalogue import fill, products  # noqa: E402  (models are known only now)

fill(products(int(sys.argv[1])))

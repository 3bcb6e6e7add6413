"""Prices age by what the thing is."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from agents.pricing.catalogue.ageing import DEFAULT_HALF_LIFE, half_life_of
from agents.pricing.catalogue.base import Product, ProductTable
from agents.pricing.text import prepare
from agents.pricing.wording import Wording


@pytest.mark.parametrize("category", ["", "something else", "recording"])
def test_an_unknown_category_has_the_default(category: str) -> None:
    assert half_life_of(category) == DEFAULT_HALF_LIFE


@pytest.mark.parametrize(
    ("sooner", "later"),
    [
        ("video-card", "furniture"),
        ("Cell Phones > Unlocked Cell Phones", "Cell Phones > Cell Phone Accessories > Cell Phone Cases & Clips"),
        ("cpu", "CPU-cooler"),
        ("laptops", "keyboard"),
        ("Smart Watches", "watches"),
        ("electronics", "wine/Red Blend"),
    ],
)
def test_what_is_replaced_soon_ages_faster(sooner: str, later: str) -> None:
    assert half_life_of(sooner) < half_life_of(later)


def test_the_table_carries_half_lives_through_its_cuts() -> None:
    products = [
        Product(name, name, 10.0, category=name, observed_at=date(2026, 1, 1)) for name in ("gpu", "", "furniture")
    ]
    items = [prepare(product.title, product.text) for product in products]
    table = ProductTable.of(products, items, Wording.learn(items), date(2026, 7, 1))
    expected = [half_life_of("gpu"), DEFAULT_HALF_LIFE, half_life_of("furniture")]
    np.testing.assert_allclose(table.half_life_years, expected)
    np.testing.assert_allclose(table.take(np.array([2, 0])).half_life_years, [expected[2], expected[0]])
    np.testing.assert_allclose(ProductTable.joined(table, table).half_life_years, expected * 2)

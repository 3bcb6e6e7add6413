"""The name of the thing inside the title of an offer."""

from __future__ import annotations

import pytest

from agents.scanning.reading.facts import product_name


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Sony WH-1000XM5 Wireless Headphones $228 @ Amazon", "Sony WH-1000XM5 Wireless Headphones"),
        ("Apple AirPods Pro 2 with USB-C $239 @ Amazon", "Apple AirPods Pro 2 with USB-C"),
        ("Vitamin C tablets C$9.99 shipped", "Vitamin C tablets"),
        ("Vitamin C, 250 Tablets, now only $9.99", "Vitamin C, 250 Tablets"),
        ("Bose Soundbar on sale for US $199", "Bose Soundbar"),
        ("$15 Amazon Echo Dot", "Amazon Echo Dot"),
        ("Garmin Forerunner 55", "Garmin Forerunner 55"),
    ],
)
def test_the_name_ends_before_the_price(title: str, name: str) -> None:
    assert product_name(title, "USD") == name

"""When two titles name the same product, and when they only look like it."""

from __future__ import annotations

import numpy as np
import pytest

from agents.pricing.batch import assemble
from agents.pricing.catalogue.base import Product
from agents.pricing.model import PricingModel, current_model
from agents.pricing.sameness import is_model_number
from agents.pricing.text import prepare
from agents.training.pipeline import read_rows


@pytest.fixture(scope="module")
def model() -> PricingModel:
    return current_model()


def same(model: PricingModel, title: str, known: str) -> bool:
    rows = read_rows([Product(known, known, 100.0)])
    batch = assemble([prepare(title)], model.lexicon, rows.catalogue(model.wording))
    return bool(batch.neighbours.identical[0, 0])


@pytest.mark.parametrize(
    ("title", "known"),
    [
        (
            "Sony WH-1000XM5 Wireless Noise Cancelling Headphones $228 @ Amazon",
            "Sony WH-1000XM5 Wireless Noise Cancelling Headphones",
        ),
        ("Sony WH-1000XM5 over-ear headphones, black", "Sony WH-1000XM5 Wireless Noise Cancelling Headphones"),
        ("Nintendo Switch OLED Console, white $349 + free shipping", "Nintendo Switch OLED Console"),
        ("LEGO Star Wars 75375 Falcon", "LEGO Star Wars Millennium Falcon 75375"),
        ("APPLE AirPods Pro 2 (USB-C)", "Apple AirPods Pro 2"),
    ],
)
def test_the_same_product(model: PricingModel, title: str, known: str) -> None:
    assert same(model, title, known)


@pytest.mark.parametrize(
    ("title", "known"),
    [
        (
            "Sony WH-1000XM4 Wireless Noise Cancelling Headphones",
            "Sony WH-1000XM5 Wireless Noise Cancelling Headphones",
        ),
        ("Apple iPhone 15 Pro 128GB", "Apple iPhone 15 128GB"),
        ("Apple iPhone 15 128GB", "Apple iPhone 15 Pro 128GB"),
        ("Apple iPhone 15 256GB", "Apple iPhone 15 128GB"),
        ("Case for Apple iPhone 15 128GB", "Apple iPhone 15 128GB"),
        ("Samsung 990 PRO 4TB NVMe SSD", "Samsung 990 PRO 2TB NVMe SSD"),
        ("Dyson V11 Cordless Vacuum", "Dyson V8 Cordless Vacuum"),
        ("Duracell AA batteries 4-pack", "Duracell AA batteries 100-pack"),
        ("Kettle", "Acme stainless steel kettle with a window"),
    ],
)
def test_another_product(model: PricingModel, title: str, known: str) -> None:
    assert not same(model, title, known)


@pytest.mark.parametrize("word", ["wh-1000xm5", "75375", "u2723qe", "hl-l2460dw", "nv352"])
def test_model_numbers(word: str) -> None:
    assert is_model_number(word)


@pytest.mark.parametrize(
    "word", ["27-inch", "512gb", "24000mah", "140w", "2024", "12", "v8", "sony", "3.5mm", "7-in-1", "6-quart", "4k"]
)
def test_quantities_are_no_model_numbers(word: str) -> None:
    assert not is_model_number(word)


def test_the_same_product_counts_before_anything_alike(model: PricingModel) -> None:
    shelf = [
        Product("Sony WH-CH720N Wireless Noise Cancelling Headphones", "", 99.0),
        Product("Sony WH-1000XM5 Headphones", "", 399.0),
    ]
    rows = read_rows([Product(item.title, item.title, item.price) for item in shelf])
    batch = assemble(
        [prepare("Sony WH-1000XM5 Wireless Noise Cancelling Headphones")], model.lexicon, rows.catalogue(model.wording)
    )
    frontier = np.exp(model.estimators["frontier"].estimate(batch)[0])
    assert frontier == pytest.approx(399, rel=0.02)

"""One training run: the same seed gives the same model, and nothing of the held-out items is lost in the end."""

from __future__ import annotations

import numpy as np
import pytest

from agents.pricing.model import save
from agents.pricing.text import prepare
from agents.training.pipeline import train
from tests.agents.pricing.conftest import SMALL, World


def test_a_second_run_with_the_same_seed_gives_the_same_model_to_the_bit(
    world: World, tmp_path_factory: pytest.TempPathFactory
) -> None:
    again = save(train(world.products, seed=3, config=SMALL), tmp_path_factory.mktemp("again"))
    assert (again / "model.safetensors").read_bytes() == (world.folder / "model.safetensors").read_bytes()


def test_the_memory_holds_what_was_held_out_of_fitting_too(world: World) -> None:
    memory = world.model.lexicon.memory
    assert len(memory) == len(world.products)
    prices = np.sort(np.log([product.price for product in world.products]))
    np.testing.assert_allclose(np.sort(memory.log_price), prices, atol=0.01)


def test_what_the_line_missed_is_kept_as_it_was_before_it_knew_the_product(world: World) -> None:
    lexicon = world.model.lexicon
    items = [prepare(product.title, product.text) for product in world.products]
    prices = np.log([product.price for product in world.products])
    misses_now = np.abs(prices - lexicon.line.predict(lexicon.wording.features(items)))
    assert np.abs(lexicon.memory.residual).mean() > misses_now.mean()

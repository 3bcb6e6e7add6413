"""Small models, trained once for all tests of the agents."""

from __future__ import annotations

import pytest

from agents.pricing.model import load, save
from agents.training.pipeline import read_rows, train
from tests.agents.pricing.conftest import SMALL, World, small_world


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Small models, as they are after having been written and read again."""
    products = small_world()
    folder = save(train(products, seed=3, config=SMALL), tmp_path_factory.mktemp("models"))
    model = load(folder)
    return World(model, folder, read_rows(products).catalogue(model.wording), products)

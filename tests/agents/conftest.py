"""Small models, trained once for all tests of the agents."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from agents.pricing.model import load, save
from agents.training.pipeline import read_rows, train
from tests.agents.pricing.conftest import SMALL, World, small_world


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Small models, as they are after having been written and read again. The processes of one run share them."""
    own = tmp_path_factory.getbasetemp()
    shared = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "models-of-the-world"
    shared.mkdir(exist_ok=True)
    products, written = small_world(), shared / "written"
    with (shared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not written.exists():
            written.write_text(str(save(train(products, seed=3, config=SMALL), shared)))
    folder = Path(written.read_text())
    model = load(folder)
    return World(model, folder, read_rows(products).catalogue(model.wording), products)

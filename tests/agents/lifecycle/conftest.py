"""Models as folders that are whole but small: trained once where a model has to answer, written by hand where not."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.db import connection
from safetensors.numpy import save

from agents.lifecycle import following
from agents.pricing.folders import ARRAYS, FORMAT, METADATA
from tests.agents.pricing.conftest import World


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    """What this process remembers of the registry is of the test before."""
    following._memory.standing = None
    yield
    following._memory.standing = None


@pytest.fixture
def home(settings: Any, tmp_path: Path) -> Path:
    """A home without models of its own."""
    settings.MODELS_DIR, settings.DEALFINDER_HOME = tmp_path / "models", tmp_path
    return tmp_path


def write_model(folder: Path, version: str, **metadata: Any) -> Path:
    """A folder with the form of a model, whose arrays mean nothing."""
    place = folder / version
    place.mkdir(parents=True)
    content = save({"wording.rarity": np.arange(4, dtype=np.float16)})
    (place / ARRAYS).write_bytes(content)
    facts = {
        "format": FORMAT,
        "version": version,
        "sha256": hashlib.sha256(content).hexdigest(),
        "trained_at": datetime(2026, 11, 1, tzinfo=UTC).isoformat(),
        "data": {"rows": 300, "sha256": "f" * 64},
        "estimators": {},
    }
    (place / METADATA).write_text(json.dumps(facts | metadata))
    return place


@pytest.fixture
def written(home: Path) -> Callable[..., Path]:
    """`written(version)` puts such a folder among the models of the home."""
    return lambda version, **metadata: write_model(home / "models", version, **metadata)


@pytest.fixture
def twins(world: World, home: Path) -> tuple[Path, Path]:
    """Two models of the home that can answer, equal but for their version."""
    folders = []
    for version in ("20260101-0000-first", "20260201-0000-second"):
        folder = home / "models" / version
        shutil.copytree(world.folder, folder)
        metadata = json.loads((folder / METADATA).read_text()) | {"version": version}
        (folder / METADATA).write_text(json.dumps(metadata))
        folders.append(folder)
    return folders[0], folders[1]


@pytest.fixture
def no_database(transactional_db: None) -> Iterator[None]:
    """A database that nobody answers for."""
    connection.close()
    port, connection.settings_dict["PORT"] = connection.settings_dict["PORT"], "1"
    yield
    connection.close()
    connection.settings_dict["PORT"] = port

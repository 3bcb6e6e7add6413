"""The web process asks, the pricing worker answers, and neither hangs."""

from __future__ import annotations

import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from celery.contrib.testing.worker import start_worker
from django.conf import settings as django_settings

from agents.pricing.client import EstimateUnavailable, WorkerAway, estimate_remotely
from agents.pricing.model import activate
from dealfinder.celery import app
from tests.agents.pricing.conftest import World


@pytest.mark.django_db(transaction=True)
def test_a_worker_answers(world: World, settings: Any, tmp_path: Path) -> None:
    settings.MODELS_DIR = tmp_path
    activate(world.folder)
    app.loader.import_default_modules()
    with start_worker(app, pool="solo", perform_ping_check=False, queues=["pricing"], loglevel="ERROR"):
        said = estimate_remotely("Acme office chair", "black", price=Decimal("80"), patience=120)
        in_euros = estimate_remotely("Acme office chair", "black", currency="EUR", patience=120)
        with pytest.raises(EstimateUnavailable):
            estimate_remotely("Acme office chair", price="cheap", patience=120)  # type: ignore[arg-type]
    assert Decimal(said["worth"]) - Decimal("80") == Decimal(said["discount"])
    assert in_euros["currency"] == "EUR"
    assert in_euros["discount"] is None


def test_nobody_there_is_said_in_time() -> None:
    started = time.monotonic()
    with pytest.raises(WorkerAway, match="try again"):
        estimate_remotely("Acme office chair", patience=0.3)
    assert time.monotonic() - started < 3


def test_asking_imports_no_model() -> None:
    program = (
        "import django; django.setup(); import agents.pricing.client, sys; "
        "print([name for name in ('torch', 'sklearn', 'transformers', 'scipy') if name in sys.modules])"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=django_settings.BASE_DIR
    )
    assert run.stdout.strip() == "[]"

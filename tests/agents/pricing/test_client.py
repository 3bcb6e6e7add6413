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

from agents.pricing import service
from agents.pricing.client import EstimateUnavailable, WorkerAway, estimate_remotely
from agents.pricing.model import activate
from dealfinder.celery import app
from tests.agents.pricing.conftest import World
from tests.workers import wait_for_worker


@pytest.mark.django_db(transaction=True)
def test_a_worker_answers(world: World, settings: Any, tmp_path: Path) -> None:
    settings.MODELS_DIR = tmp_path
    activate(world.folder)
    app.loader.import_default_modules()
    with start_worker(app, pool="solo", perform_ping_check=False, queues=["pricing"], loglevel="ERROR"):
        wait_for_worker(app)
        said = estimate_remotely("Acme office chair", "black", price=Decimal("150"), patience=120)
        in_euros = estimate_remotely("Acme office chair", "black", currency="EUR", patience=120)
        with pytest.raises(EstimateUnavailable):
            estimate_remotely("Acme office chair", price="cheap", patience=120)  # type: ignore[arg-type]
    assert Decimal(said["worth"]) - Decimal("150") == Decimal(said["discount"])
    assert in_euros["currency"] == "EUR"
    assert in_euros["discount"] is None


def test_nobody_there_is_said_in_time() -> None:
    started = time.monotonic()
    with pytest.raises(WorkerAway, match="try again"):
        estimate_remotely("Acme office chair", patience=0.3)
    assert time.monotonic() - started < 30


def test_a_worker_that_is_not_running_is_not_waited_for() -> None:
    started = time.monotonic()
    with pytest.raises(WorkerAway, match="try again"):
        estimate_remotely("Acme office chair", patience=60)
    assert time.monotonic() - started < 30  # of the 60 that a worker would get; seconds are no figure here


def test_a_worker_that_is_at_it_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A real worker with the real task, which takes longer than a warm one: it has begun, so it is there."""

    def slowly(items: list[service.Item], **_: Any) -> list[service.Worth]:
        time.sleep(2.5)
        return [service.Worth(items[0].currency, "cannot_say", ["It took a while."])]

    monkeypatch.setattr(service, "value_items", slowly)
    monkeypatch.setattr("agents.lifecycle.following.follow", lambda: None)
    app.loader.import_default_modules()
    with start_worker(app, pool="solo", perform_ping_check=False, queues=["pricing"], loglevel="ERROR"):
        wait_for_worker(app)
        assert estimate_remotely("Acme office chair", patience=60)["reasons"] == ["It took a while."]
        with pytest.raises(WorkerAway):
            estimate_remotely("Acme office chair", patience=0.5)


def test_asking_imports_no_model() -> None:
    program = (
        "import django; django.setup(); import agents.pricing.client, sys; "
        "print([name for name in ('torch', 'sklearn', 'lightgbm', 'transformers', 'scipy') if name in sys.modules])"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=django_settings.BASE_DIR
    )
    assert run.stdout.strip() == "[]"

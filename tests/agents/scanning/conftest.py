"""What the tests of scanning share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from deals.models import Source
from tests.agents.scanning.local_server import LocalServer, local_server


@pytest.fixture
def server(settings: Any) -> Iterator[LocalServer]:
    """A local HTTP server that scans may reach, as an operator would allow it."""
    settings.EGRESS_ALLOW_CIDRS = ["127.0.0.0/8"]
    with local_server() as running:
        yield running


@pytest.fixture
def source(db: None, server: LocalServer) -> Source:
    """A source whose feed the local server answers at /feed."""
    return Source.objects.create(name="local", title="Local feed", url=f"{server.url}/feed", marketplace="local")

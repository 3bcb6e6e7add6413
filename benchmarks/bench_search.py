"""Searching 250,000 deals through the API of a running installation of its own.

Starts `manage.py up` in a home of its own, fills it (`benchmarks/fill_deals.py` says with what), and asks `GET /api/v1/deals?search=`
one search after the other over HTTP, as a signed-in user: words, single words, slips of the pen, phrases, exclusions, model numbers and
sentences, half of them with filters (`benchmarks/searches.py`). Each is asked once, so that its vector has to be made, and
then all of them again.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

import numpy as np

from benchmarks.installation import Installation, installation
from benchmarks.large_catalogue import PROJECT
from benchmarks.measurement import Measurement
from benchmarks.searches import Search, searches
from dealfinder.embedded.home import Home
from dealfinder.embedded.servers import Servers

SIZE = 250_000
ASKED = 400
_WARMING = 40
_TITLES = "SELECT title FROM deals_deal WHERE marketplace = 'amazon' ORDER BY id LIMIT 60000"


def run(deals: int = SIZE) -> list[Measurement]:
    """Milliseconds of a search by its kind, the recall of its vectors, and what filters lose."""
    with installation() as running:
        environment = Servers(Home(running.home), {"DEALFINDER_HOME": str(running.home)}).environment()
        database = os.environ | {"DATABASE_URL": environment["DATABASE_URL"]}
        began = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "benchmarks.fill_deals", str(deals)], cwd=PROJECT, env=database, check=True
        )
        filled = time.perf_counter() - began
        asked = searches(_titles(environment["DATABASE_URL"]), ASKED + _WARMING)
        for search in asked[:_WARMING]:
            _ask(running, search)
        first = [_timed(running, search) for search in asked[_WARMING:]]
        again = [_timed(running, search) for search in asked[_WARMING:]]
        recall = subprocess.run(
            [sys.executable, "-m", "benchmarks.search_recall"], cwd=PROJECT, env=database, check=True, capture_output=True, text=True
        )  # fmt: skip
    return [
        Measurement("filled in", filled, "s"),
        *_summed_up("first time", first),
        *_by_kind(asked[_WARMING:], first),
        *_summed_up("again", again),
        Measurement("first time, answered without meaning", sum(not meant for _, meant in first), "of the searches"),
        *(Measurement(name, value, "") for name, value in json.loads(recall.stdout.splitlines()[-1]).items()),
    ]


def _titles(url: str) -> list[str]:
    import psycopg

    with psycopg.connect(url) as connection:
        return [title for (title,) in connection.execute(_TITLES)]


def _timed(running: Installation, search: Search) -> tuple[float, bool]:
    """Milliseconds, and whether the meaning took part (an order leaves it out)."""
    began = time.perf_counter()
    answer = _ask(running, search)
    return 1000 * (time.perf_counter() - began), not answer.get("search", {}).get("note")


def _ask(running: Installation, search: Search) -> dict[str, Any]:
    query = urllib.parse.urlencode({"search": search.text} | search.filters)
    request = urllib.request.Request(
        f"{running.site}/api/v1/deals?{query}", headers={"Authorization": f"Bearer {running.token}"}
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            found: dict[str, Any] = json.load(answer)
            return found
    except urllib.error.HTTPError as error:
        if error.code == 404:  # no second page
            return {}
        raise


def _summed_up(name: str, times: list[tuple[float, bool]]) -> list[Measurement]:
    milliseconds = np.array([each for each, _ in times])
    return [
        Measurement(f"{name}: median", float(np.median(milliseconds)), "ms"),
        Measurement(f"{name}: 95th percentile", float(np.percentile(milliseconds, 95)), "ms"),
        Measurement(f"{name}: longest", float(milliseconds.max()), "ms"),
    ]


def _by_kind(asked: list[Search], times: list[tuple[float, bool]]) -> list[Measurement]:
    measured = []
    for kind in dict.fromkeys(search.kind for search in asked):
        milliseconds = [each for search, (each, _) in zip(asked, times, strict=True) if search.kind == kind]
        measured.append(
            Measurement(f"{kind} ({len(milliseconds)}): 95th percentile", float(np.percentile(milliseconds, 95)), "ms")
        )
    return measured

"""How long a question takes that somebody asks over HTTP: a running installation of its own, its web process and its worker, warm.

Starts `manage.py up` in a home of its own, fills its catalogue with 100,000 products (`--products N` for fewer), and asks what the first
products of ../shared/data/catalogue/dev.jsonl.gz are worth, one after the other, over the API and on the page. `manage.py estimate`
is timed whole, which is mostly Python starting and the models being read.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Sequence
from http import HTTPStatus
from http.cookiejar import CookieJar
from urllib.error import HTTPError

import numpy as np

from agents.training.data import read_all
from benchmarks.installation import Installation, installation
from benchmarks.large_catalogue import DATA, PROJECT, SIZE
from benchmarks.measurement import Measurement
from dealfinder.embedded.home import Home
from dealfinder.embedded.servers import Servers

ASKED = 25  # of each kind; the API takes 60 a minute
_STARTING = 120  # seconds
_FIRST = 5  # left out: the worker may be at its samples, and its memory is empty


def run(products: int = SIZE) -> list[Measurement]:
    """Median, 95th percentile and longest of the questions, in milliseconds."""
    asked, _ = read_all([DATA / "dev.jsonl.gz"])
    titles = [product.title.replace("\n", " ")[:300] for product in asked[: 2 * (ASKED + _FIRST)]]
    with installation() as running:
        _fill(running, products)
        _wait_until_warm(running)
        api = _times(titles[::2], lambda title: running.call("estimates", {"title": title, "price": "20"}))
        page = _times(titles[1::2], _asking_on_the_page(running.site))
        command = _times(titles[: _FIRST + 2], lambda title: _command(running, title))
    return [*_summed_up("POST /api/v1/estimates", api), *_summed_up("/worth/", page), *_summed_up("estimate", command)]


def _fill(running: Installation, products: int) -> None:
    environment = Servers(Home(running.home), {"DEALFINDER_HOME": str(running.home)}).environment()
    subprocess.run(
        [sys.executable, "-m", "benchmarks.fill_catalogue", str(products)],
        cwd=PROJECT,
        env=os.environ | {"DATABASE_URL": environment["DATABASE_URL"]},
        check=True,
    )


def _wait_until_warm(running: Installation) -> None:
    """The worker loads its models and values the samples first; meanwhile the answer is 503."""
    deadline = time.monotonic() + _STARTING
    while True:
        try:
            running.call("estimates", {"title": "kettle"})
        except HTTPError as error:
            if error.code != HTTPStatus.SERVICE_UNAVAILABLE or time.monotonic() > deadline:
                raise
            time.sleep(1)
        else:
            return


def _times(titles: Sequence[str], ask: Callable[[str], object]) -> list[float]:
    seconds = []
    for title in titles:
        began = time.perf_counter()
        ask(title)
        seconds.append(time.perf_counter() - began)
    return seconds[_FIRST:]


def _asking_on_the_page(site: str) -> Callable[[str], object]:
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', opener.open(f"{site}/worth/").read().decode())
    assert found is not None

    def ask(title: str) -> object:
        form = {"csrfmiddlewaretoken": found.group(1), "title": title, "price": "20", "currency": "USD"}
        request = urllib.request.Request(
            f"{site}/worth/", urllib.parse.urlencode(form).encode(), {"Referer": f"{site}/worth/"}
        )
        return opener.open(request, timeout=20).read()

    return ask


def _command(running: Installation, title: str) -> None:
    environment = os.environ | {"DEALFINDER_HOME": str(running.home)}
    subprocess.run(
        [sys.executable, "manage.py", "estimate", "--json", title],
        cwd=PROJECT,
        env={name: value for name, value in environment.items() if name != "SECRET_KEY"},
        check=True,
        stdout=subprocess.DEVNULL,
    )


def _summed_up(name: str, seconds: Sequence[float]) -> list[Measurement]:
    milliseconds = 1000 * np.array(seconds)
    return [
        Measurement(f"{name}: median", float(np.median(milliseconds)), "ms"),
        Measurement(f"{name}: 95th percentile", float(np.percentile(milliseconds, 95)), "ms"),
        Measurement(f"{name}: longest", float(milliseconds.max()), "ms"),
    ]

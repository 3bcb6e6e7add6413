"""A PostgreSQL of its own with a catalogue of 100,000 products, for benchmarks.

78,899 of them are those of ../shared/data/catalogue/train.jsonl.gz. The others are variations: a random product whose vector is
mixed with 5 to 30 % of another random one's and brought back to length one, at 0.8 to 1.25 times its price.
"""

from __future__ import annotations

import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
from django.core.management import call_command
from django.db import connections

from agents.pricing.catalogue import index
from agents.pricing.catalogue.base import Floats, Product
from agents.pricing.embedding import embed_many
from agents.pricing.importing import PART, Fresh, Imported, Incoming, identity_of, write
from agents.pricing.text import Prepared, prepare
from agents.training.commands import cache_folder
from agents.training.data import Row, read_all
from dealfinder.embedded.ports import any_free_port
from dealfinder.embedded.postgres import Postgres
from dealfinder.embedded.process import spawn, stop

PROJECT = Path(__file__).parents[1]
DATA = PROJECT.parent / "shared" / "data" / "catalogue"
SIZE = 100_000


@contextmanager
def database(*, durable: bool = False) -> Iterator[None]:
    """An empty, migrated database on a temporary folder instead of the configured one."""
    folder = Path(tempfile.mkdtemp(prefix="dealfinder-bench-"))
    folder.chmod(0o711)
    server = Postgres(folder / "postgres", any_free_port(), secrets.token_hex(16), durable=durable)
    server.prepare()
    spec = server.spec()
    with (folder / "postgres.log").open("ab") as log:
        process = spawn(spec, log)
    try:
        server.wait_ready(lambda: process.poll() is None)
        server.ensure_database()
        place = {"NAME": "dealfinder", "USER": "dealfinder", "HOST": "127.0.0.1"}
        connections.databases["default"].update(place | {"PORT": server.port, "PASSWORD": server.password})
        connections["default"].settings_dict.update(place | {"PORT": server.port, "PASSWORD": server.password})
        call_command("migrate", verbosity=0)
        yield
    finally:
        connections.close_all()
        stop(process, spec.stop_signal, patience=5)
        shutil.rmtree(folder, ignore_errors=True)


def products(size: int = SIZE) -> tuple[list[Product], list[Prepared], Floats]:
    """The 100,000 products, as they are prepared, and their vectors (100,000, 384). Vectors of real ones are kept in the cache.

    With a smaller `size` there are so many, four fifths of them real at most.
    """
    real, _ = read_all([DATA / "train.jsonl.gz"])
    real = real[: size * 4 // 5]
    items = [prepare(product.title, product.text) for product in real]
    vectors = embed_many([item.text for item in items], cache_folder())
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    chance = np.random.default_rng(1)
    first, second = (chance.integers(0, len(real), size - len(real)) for _ in range(2))
    share = chance.uniform(0.05, 0.3, len(first))[:, None].astype(np.float32)
    mixed = (1 - share) * vectors[first] + share * vectors[second]
    mixed /= np.linalg.norm(mixed, axis=1, keepdims=True)
    factors = chance.uniform(0.8, 1.25, len(first))
    varied = [
        replace(real[row], title=f"{real[row].title} (variation {number})", price=round(real[row].price * factor, 2))
        for number, (row, factor) in enumerate(zip(first.tolist(), factors.tolist(), strict=True))
    ]
    return [*real, *varied], items + [items[row] for row in first], np.concatenate([vectors, mixed])


def fill(everything: tuple[list[Product], list[Prepared], Floats]) -> float:
    """Write them into the catalogue and build its index; returns the seconds that building took."""
    rows, fresh, imported = {}, {}, Imported()
    with index.built_at_the_end(PART) as postpone:
        postpone()
        for product, item, vector in zip(*everything, strict=True):
            row = Row(product, "", 0)
            identity = identity_of(row)
            rows[identity], fresh[identity] = Incoming(row), Fresh(item, vector)
            if len(rows) == 10_000:
                write(rows, fresh, imported, is_sample=False)
                rows, fresh = {}, {}
        write(rows, fresh, imported, is_sample=False)
        began = time.perf_counter()
    return time.perf_counter() - began

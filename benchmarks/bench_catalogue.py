"""Recall of the index of nearest neighbours: how many of the 32 nearest of 100,000 products it finds, against exact search.

The questions are the first 1,000 products of ../shared/data/catalogue/dev.jsonl.gz, none of which is in the catalogue.
"""

from __future__ import annotations

import time

import numpy as np
from django.db import connection, transaction
from pgvector import HalfVector

from agents.pricing.catalogue.base import NEAREST, Floats
from agents.pricing.embedding import embed_many
from agents.pricing.importing import identity_of
from agents.pricing.text import prepare
from agents.training.commands import cache_folder
from agents.training.data import Row, read_all
from benchmarks.large_catalogue import DATA, database, fill, products
from benchmarks.measurement import Measurement

ASKED = 1_000
EF_SEARCH = (40, 64, 100, 150, 200)
_SQL = """
    SELECT query.number, near.fingerprint
      FROM unnest(%s::halfvec[]) WITH ORDINALITY AS query(vector, number)
     CROSS JOIN LATERAL (SELECT fingerprint FROM deals_catalogueitem ORDER BY embedding <=> query.vector LIMIT 32) AS near
"""


def run() -> list[Measurement]:
    """For each ef_search the recall among the 32 nearest and the time of a question, asked 100 at a time."""
    everything = products()
    asked, _ = read_all([DATA / "dev.jsonl.gz"])
    texts = [prepare(product.title, product.text).text for product in asked[:ASKED]]
    questions = embed_many(texts, cache_folder())
    best = np.argpartition(-(questions @ everything[2].T), NEAREST, axis=1)[:, :NEAREST]
    identities = [identity_of(Row(product, "", 0)) for product in everything[0]]
    nearest = [{identities[row] for row in rows} for rows in best.tolist()]
    with database():
        seconds = fill(everything)
        measured = [Measurement("building the index, one process", seconds, "s"), _size()]
        for ef_search in EF_SEARCH:
            recall, each = _ask(questions, nearest, ef_search)
            measured.append(Measurement(f"ef_search {ef_search}: recall among 32", 100 * recall, "%"))
            measured.append(Measurement(f"ef_search {ef_search}: time of a question", 1000 * each, "ms"))
    return measured


def _size() -> Measurement:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_relation_size('catalogue_nearest')")
        return Measurement("the index", cursor.fetchone()[0] / 2**20, "MB")


@transaction.atomic
def _ask(questions: Floats, nearest: list[set[str]], ef_search: int) -> tuple[float, float]:
    found = 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('hnsw.ef_search', %s, true)", [str(ef_search)])
        began = time.perf_counter()
        for start in range(0, len(questions), 100):
            cursor.execute(_SQL, [[HalfVector(vector).to_text() for vector in questions[start : start + 100]]])
            found += sum(which in nearest[start + number - 1] for number, which in cursor.fetchall())
        seconds = time.perf_counter() - began
    return found / (NEAREST * len(questions)), seconds / len(questions)

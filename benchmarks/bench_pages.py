"""Reading saved product pages: F1 by field on the public benchmark pages, where they lie beside the project, and pages a second.

The definition is that of the benchmark (scrapinghub/product-extraction-benchmark): a price is right when it is the same decimal number,
availability and SKU when they are the same text; a wrong value counts as both a false positive and a miss.
"""

from __future__ import annotations

import gzip
import json
import time
from decimal import Decimal, InvalidOperation
from pathlib import Path

from agents.scanning.pages.product_page import extract_product
from benchmarks.measurement import Measurement

FOLDER = Path(__file__).resolve().parent.parent.parent / "shared" / "data" / "pages" / "products"
FIELDS = ("price", "availability", "sku")


def run() -> list[Measurement]:
    """F1 for each field; nothing where the pages are absent."""
    if not FOLDER.is_dir():
        return [Measurement("pages found", 0, "pages")]
    truth = json.loads((FOLDER / "ground-truth.json").read_text("utf-8"))
    bodies = {name: gzip.decompress((FOLDER / "html" / f"{name}.html.gz").read_bytes()) for name in truth}
    began = time.perf_counter()
    found = {name: extract_product(body, truth[name]["url"]).as_json() for name, body in bodies.items()}
    seconds = time.perf_counter() - began
    scores = [
        Measurement(
            f"F1, {field}", f1([(found[name][field], fields.get(field, [])) for name, fields in truth.items()]), ""
        )
        for field in FIELDS
    ]
    return [*scores, Measurement("pages read", len(bodies) / seconds, "a second")]


def f1(answers: list[tuple[str | None, list[str]]]) -> float:
    """F1 over pairs of an answer and the accepted values, of which there may be none."""
    right = sum(_is_right(answer, accepted) for answer, accepted in answers)
    given = sum(answer is not None for answer, _ in answers)
    wanted = sum(bool(accepted) for _, accepted in answers)
    return 2 * right / (given + wanted)


def _is_right(answer: str | None, accepted: list[str]) -> bool:
    if answer is None:
        return False
    return answer in accepted or any(_number(answer) == _number(value) is not None for value in accepted)


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text.strip())
    except InvalidOperation:
        return None

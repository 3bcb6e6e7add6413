"""The encoder of single texts says what the encoder of batches says."""

from __future__ import annotations

import numpy as np
import pytest

from agents.pricing.embedding import embed
from common.sentences import DIMENSIONS, vector_of


@pytest.mark.parametrize(
    "text", ["kettle", "comfortable shoes for standing all day", "Ærø 漢字 🙂", "", " ", "x" * 600, "word " * 200]
)
def test_it_agrees_with_torch(text: str) -> None:
    vector = vector_of(text)
    assert vector.shape == (DIMENSIONS,) and vector.dtype == np.float32
    # Where the processor has it, torch counts in bfloat16.
    assert float(vector @ embed([text])[0]) > 0.999
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)

"""The sentence vectors: the right ones, the same in any company, and kept between runs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.pricing import embedding
from agents.pricing.embedding import DIMENSIONS, embed, embed_many

# The first numbers of all-MiniLM-L6-v2's own vector for this text, by the reference implementation in float32.
TEXT = "sony wh-1000xm5 wireless noise cancelling headphones, black"
REFERENCE = [-0.0016, 0.0456, -0.0261, 0.0518, 0.0073, -0.036, 0.0653, -0.0964]


def test_it_is_the_model_that_it_says_it_is() -> None:
    np.testing.assert_allclose(embed([TEXT])[0, : len(REFERENCE)], REFERENCE, atol=4e-3)


def test_vectors_have_length_one_and_do_not_depend_on_their_company() -> None:
    texts = ["kettle", "a much longer text about an electric kettle of steel with a window", "", "日本"]
    together = embed(texts)
    assert together.shape == (4, DIMENSIONS)
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-4)
    for row, text in enumerate(texts):
        assert float(embed([text])[0] @ together[row]) > 0.999


def test_like_things_are_closer_than_unlike_ones() -> None:
    kettle, boiler, shoes = embed(["electric kettle", "water boiler kettle 1.7 l", "running shoes for men"])
    assert kettle @ boiler > kettle @ shoes + 0.2


def test_kept_vectors_are_read_again_and_never_for_another_text(tmp_path: Path) -> None:
    first = embed_many(["kettle", "shoes"], tmp_path)
    assert len(list(tmp_path.glob("*.npy"))) == 1
    np.testing.assert_allclose(embed_many(["kettle", "shoes"], tmp_path), first, atol=1e-3)
    embed_many(["kettle", "boots"], tmp_path)
    assert len(list(tmp_path.glob("*.npy"))) == 2


def test_texts_laid_end_to_end_are_kept_apart() -> None:
    """Rows of one length are attended to together, and parts are cut by tokens: each text is to come out as if alone."""
    texts = [f"{'kettle steel window ' * (number % 23)}lamp {number}" for number in range(160)]
    together, model = embed(texts), embedding._model()
    for number in (0, 1, 22, 23, 80, 159):
        (alone,) = model.encode(model.tokenise([texts[number]])).numpy()
        assert float(alone @ together[number]) > 0.999


@given(st.lists(st.integers(1, 64), min_size=1, max_size=200))
def test_parts_hold_every_row_once_and_the_processors_have_as_much(lengths: list[int]) -> None:
    parts = embedding._parts(lengths)
    assert sorted(row for part in parts for row in part) == list(range(len(lengths)))
    sizes = [sum(lengths[row] for row in part) for part in parts]
    assert max(sizes) <= embedding._PART + max(lengths)
    assert max(sizes) - min(sizes) <= 2 * max(lengths)


def test_a_text_is_computed_once_and_is_the_same_when_it_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["a lamp of glass", "a chair of wood", "a lamp of glass"]
    first = embed(texts)
    np.testing.assert_array_equal(first[0], first[2])
    monkeypatch.setattr(embedding, "_model", lambda: pytest.fail("it was embedded a second time"))
    np.testing.assert_array_equal(embed(texts[::-1]), first[::-1])


def test_the_longest_unused_texts_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding, "_remembered", {})
    monkeypatch.setattr(embedding, "_MOST_REMEMBERED", 2)
    for texts in (["red"], ["green"], ["red"], ["blue"]):
        embed(texts)
    assert list(embedding._remembered) == ["red", "blue"]


def test_no_texts_no_vectors() -> None:
    assert embed([]).shape == (0, DIMENSIONS)

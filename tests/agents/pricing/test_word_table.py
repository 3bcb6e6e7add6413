"""The table of words while it is learned, held against the same rule over the whole table."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import sparse

from agents.pricing.estimators.neural.learning import WordTable

ROWS = sparse.csr_matrix(
    np.array([[1, 0, 2, 0, 0], [0, 0, 1, 1, 0], [3, 0, 0, 0, 0], [0, 1, 0, 2, 0]], dtype=np.float32)
)
STEPS = ((0, 1), (2, 1), (3, 3), (0, 2), (1, 0))


def one_step(table: WordTable, features: sparse.csr_matrix, goal: float) -> None:
    summed = table.summed(features, torch.from_numpy(features.data))
    ((summed - goal) ** 2).sum().backward()  # type: ignore[no-untyped-call]
    table.step(0.1)


def whole_table(goal: float) -> np.ndarray:
    """The rule with every row in every step; rows without a gradient only forget."""
    numbers, square = np.zeros((5, 2)), np.zeros((5, 2))
    for count, chosen in enumerate(STEPS, start=1):
        features = ROWS[list(chosen)].toarray()
        gradient = features.T @ (2 * (features @ numbers - goal))
        square = 0.999 * square + 0.001 * gradient**2
        numbers -= 0.1 * gradient / (np.sqrt(square / (1 - 0.999**count)) + 1e-8)
    return numbers


def test_touching_only_the_words_of_a_batch_changes_the_table_as_a_step_over_everything_would() -> None:
    table = WordTable(5, 2)
    for chosen in STEPS:
        one_step(table, ROWS[list(chosen)], 3.0)
    np.testing.assert_allclose(table.weights().numpy(), whole_table(3.0), atol=1e-4)


def test_a_word_that_never_occurs_stays_at_nothing() -> None:
    table = WordTable(5, 2)
    for chosen in STEPS:
        one_step(table, ROWS[list(chosen)], 3.0)
    assert not table.weights()[4].any()
    assert table.weights()[:4].abs().min() > 0


def test_a_step_without_a_gradient_changes_nothing() -> None:
    table = WordTable(5, 2)
    table.summed(ROWS, torch.from_numpy(ROWS.data))
    table.step(0.1)
    assert not table.weights().any()


def test_texts_without_a_known_word_are_no_error() -> None:
    table = WordTable(5, 2)
    nothing = sparse.csr_matrix((3, 5), dtype=np.float32)
    assert table.summed(nothing, torch.from_numpy(nothing.data)).shape == (3, 2)


@pytest.mark.parametrize("values", [[1.0, 0.0, 1.0], [0.0, 0.0, 0.0]])
def test_words_that_are_left_out_count_for_nothing(values: list[float]) -> None:
    table = WordTable(5, 2)
    one_step(table, ROWS[[0]], 1.0)
    features = ROWS[[0, 2]]
    summed = table.summed(features, torch.tensor(values))
    expected = table.weights()[[0, 2]] * torch.tensor(values[:2]).unsqueeze(1)
    torch.testing.assert_close(summed[0], expected.sum(0))

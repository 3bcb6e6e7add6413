"""What a series says about its newest value, against the reference implementations of numpy and the standard library."""

from __future__ import annotations

import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.pricing.series import WINDOW, moving_average, sample_deviation, stability_of, standing_of

VALUES = st.lists(st.floats(0.01, 1e6), max_size=30)


@given(VALUES)
def test_statistics_are_those_of_the_reference(values: list[float]) -> None:
    if values:
        assert moving_average(values) == pytest.approx(np.mean(values[-5:]))
    else:
        assert moving_average(values) is None
    if len(values) > 1:
        deviation = np.std(values, ddof=1)
        assert sample_deviation(values) == pytest.approx(deviation, abs=1e-6)
        assert stability_of(values) == pytest.approx(1 - statistics.stdev(values) / statistics.mean(values))
    else:
        assert sample_deviation(values) is stability_of(values) is None


@given(st.lists(st.integers(0, 100), min_size=WINDOW, max_size=12), st.integers(0, 100))
def test_an_anomaly_is_more_than_two_deviations_from_the_five_before(before: list[int], value: int) -> None:
    five = [float(score) for score in before[-5:]]
    expected = abs(value - statistics.fmean(five)) > 2 * statistics.stdev(five)
    assert standing_of(value, before).is_anomaly is expected


def test_one_of_five_could_never_be_far_from_a_window_that_it_is_part_of() -> None:
    assert standing_of(0, [60, 61, 59, 60, 60]).is_anomaly is True
    within = [61.0, 59, 60, 60, 0]
    assert abs(0 - statistics.fmean(within)) < 2 * statistics.stdev(within)


def test_of_fewer_than_five_nothing_is_called_an_anomaly() -> None:
    standing = standing_of(0, [60, 60, 60, 60])
    assert (standing.count, standing.moving_average, standing.is_anomaly) == (4, 60, None)
    assert standing_of(50, []).as_json() == {
        "count": 0, "moving_average": None, "standard_deviation": None, "is_anomaly": None,
    }  # fmt: skip


def test_a_price_that_never_moves_is_wholly_stable_and_nothing_has_no_stability() -> None:
    assert stability_of([80.0, 80.0, 80.0]) == 1
    assert stability_of([0.0, 0.0]) is None

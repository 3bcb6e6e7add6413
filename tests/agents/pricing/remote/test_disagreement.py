"""How far an interval reaches once a foundation model took part."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from agents.pricing.ensemble import Judged, combine, shares
from agents.pricing.remote.disagreement import FAR_APART, widened

WEIGHTS = np.array([[0.8, 0.1, 0.1]])


def judged(logs: list[float], half: float = 0.05) -> tuple[Judged, np.ndarray]:
    """A row with an interval of ± `half` around the worth of what three estimators said."""
    array = np.array([logs])
    worth = combine(array, WEIGHTS)
    return Judged(worth, worth - half, worth + half, shares(array, WEIGHTS), np.zeros(1, dtype=np.int64)), array


def ends(logs: list[float], *, took_part: bool = True) -> tuple[float, float]:
    before, array = judged(logs)
    after = widened(before, array, np.array([took_part]))
    return float(after.low[0]), float(after.high[0])


def test_it_holds_every_answer_of_weight_where_they_differ() -> None:
    assert ends([5.0, 4.0, 4.2]) == (4.0, 5.0)
    assert ends([5.0, 5.5, np.nan]) == (5.0, 5.5)
    assert ends([5.0, 6.0, np.nan])[0] == 5.0


def test_it_stays_where_they_agree_or_no_foundation_model_took_part() -> None:
    close = float(np.log(FAR_APART)) * 0.9
    for logs, took_part in (([5.0, 5.0 + close, 5.0], True), ([5.0, 4.0, 4.2], False)):
        before = judged(logs)[0]
        assert ends(logs, took_part=took_part) == (float(before.low[0]), float(before.high[0]))


def test_an_answer_without_weight_and_a_row_without_worth_change_nothing() -> None:
    before, logs = judged([5.0, 5.01, 9.0])
    quiet = Judged(before.worth, before.low, before.high, np.array([[0.9, 0.1, 0.0]]), before.region)
    assert float(widened(quiet, logs, np.array([True])).high[0]) == float(before.high[0])
    nothing, logs = judged([np.nan] * 3)
    assert np.isnan(widened(nothing, logs, np.array([True])).low).all()


@given(st.lists(st.floats(0, 12), min_size=3, max_size=3), st.booleans())
def test_an_interval_is_never_narrowed(logs: list[float], took_part: bool) -> None:
    before = judged(logs)[0]
    low, high = ends(logs, took_part=took_part)
    assert low <= float(before.low[0]) and high >= float(before.high[0])

"""The verdict "inflated before sale" against labels set by hand, on real listings."""

from __future__ import annotations

import pytest

from benchmarks import bench_price_history as bench

pytestmark = pytest.mark.skipif(not bench.DATA.exists(), reason="The shared data is not there.")


def test_every_labelled_listing_is_there_and_nine_of_ten_verdicts_hold() -> None:
    listings = {series.name: series for series in bench.listing_series()}
    labels = bench.labels()
    assert len(labels) == 100
    said = {label.series: bench.is_inflated(listings[label.series]) for label in labels}
    right = sum(said[label.series] and label.inflated for label in labels)
    assert right >= 0.9 * sum(said.values())
    assert right >= 0.9 * sum(label.inflated for label in labels)

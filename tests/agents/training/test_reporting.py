"""Tables and plots say what was measured, and say it the same way every time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from agents.pricing.catalogue.base import Product
from agents.training.evaluation import Predictions
from agents.training.reporting import part_of, price_parts, region_parts, source_parts, wilson, write_report
from tests.agents.pricing.conftest import World, small_world


def predictions(count: int = 400, *, silent: int = 0) -> Predictions:
    """Prices of $10 to $1,000, said 10 % too high, each fourth outside of an interval of ±20 %; the first `silent` unanswered."""
    truth = np.geomspace(10, 1000, count)
    worth = truth * 1.1
    low, high = worth * 0.8, worth * 1.2
    low[::4], high[::4] = worth[::4] * 1.5, worth[::4] * 1.9
    worth[:silent] = low[:silent] = high[:silent] = np.nan
    return Predictions(
        truth=truth,
        worth=worth,
        low=low,
        high=high,
        by_estimator={"neural": truth * 1.3, "frontier": np.full(count, np.nan), "specialist": truth * 1.05},
        region=np.arange(count) % 3,
        seconds=1.0,
    )


def products(count: int = 400) -> list[Product]:
    return [Product(f"thing {number}", "thing", 1.0, "shop" if number % 4 else "market") for number in range(count)]


def test_a_part_has_the_figures_of_its_rows_alone() -> None:
    said = predictions()
    whole = part_of("all", said, np.ones(400, dtype=bool))
    assert whole is not None
    assert (whole.count, whole.coverage) == (400, 0.75)
    assert whole.median_ape == pytest.approx(0.1)
    assert whole.mae == pytest.approx(0.1 * said.truth.mean())
    assert whole.mae_ends[0] < whole.mae < whole.mae_ends[1]
    missed = part_of("missed", said, np.arange(400) % 4 == 0)
    assert missed is not None
    assert missed.coverage == 0
    assert missed.ratio == pytest.approx(1.9 / 1.5)
    assert part_of("few", said, np.arange(400) < 10) is None


def test_what_was_not_answered_counts_nowhere() -> None:
    said = predictions(silent=100)
    whole = part_of("all", said, np.ones(400, dtype=bool))
    assert whole is not None and whole.count == 300
    parts = price_parts(said, 5)
    assert [part.count for part in parts] == [60] * 5
    assert parts[0].name == f"${said.truth[100]:,.0f} to ${said.truth[159]:,.0f}"
    assert [part.mae for part in parts] == sorted(part.mae for part in parts)


def test_parts_by_region_and_by_source() -> None:
    assert [part.name for part in region_parts(predictions())] == ["far", "distant", "near"]
    assert [(part.name, part.count) for part in source_parts(predictions(), products())] == [
        ("shop", 300),
        ("market", 100),
    ]


def test_the_interval_of_a_share() -> None:
    assert wilson(80, 100) == pytest.approx((0.711, 0.867), abs=0.001)
    low, high = wilson(20, 20)
    assert 0.8 < low < high == pytest.approx(1)


def test_the_files_are_the_same_every_time_and_can_be_read(tmp_path: Path) -> None:
    first, second = (
        write_report(predictions(), products(), version="v1", known=7_000, folder=tmp_path / name) for name in "ab"
    )
    assert [path.name for path in first] == ["tables.md", "coverage.svg", "error-by-price.svg"]
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    table = first[0].read_text()
    assert "400 held-out products beside a catalogue of 7,000; 100.0 % got an answer." in table
    assert "| frontier | no answer |" in table
    assert "| shop | 300 |" in table
    assert "nan" not in table
    for plot in first[1:]:
        root = ElementTree.parse(plot).getroot()
        assert root.tag.endswith("svg")
        assert len(root.findall(".//{*}circle[@class='dot']")) >= 10
        assert "prefers-color-scheme: dark" in plot.read_text()


def test_the_dots_stand_where_their_values_are(tmp_path: Path) -> None:
    write_report(predictions(), products(), version="v1", known=0, folder=tmp_path)
    root = ElementTree.parse(tmp_path / "coverage.svg").getroot()
    goal = float(root.find(".//{*}line[@class='goal']").attrib["x1"])  # type: ignore[union-attr]
    start, *_, end = (float(line.attrib["x1"]) for line in root.findall(".//{*}line[@class='grid']"))
    overall = float(root.find(".//{*}circle").attrib["cx"])  # type: ignore[union-attr]
    assert (goal - start) / (end - start) == pytest.approx(0.6, abs=0.01)  # 80 % on an axis of 50 to 100
    assert (overall - start) / (end - start) == pytest.approx(0.5, abs=0.01)  # 75 %


def test_the_command_reports_on_a_model(world: World, settings: Any, tmp_path: Path, capsys: Any) -> None:
    settings.DEALFINDER_HOME = settings.MODELS_DIR = tmp_path
    data, unseen = tmp_path / "data.jsonl", tmp_path / "unseen.jsonl"
    for path, count, seed in ((data, 120, 1), (unseen, 80, 2)):
        rows = [{"text": item.text, "price": item.price, "source": item.source} for item in small_world(count, seed)]
        path.write_text("\n".join(map(json.dumps, rows)))
    wanted = ["--data", str(unseen), "--catalogue", str(data), "--model", str(world.folder)]
    call_command("report_pricing", *wanted, "--out", str(tmp_path / "report"))
    assert "tables.md" in capsys.readouterr().out
    assert f"Model `{world.model.version}`, 80 held-out products" in (tmp_path / "report" / "tables.md").read_text()
    with pytest.raises(CommandError, match="too little for a report"):
        call_command("report_pricing", *wanted, "--out", str(tmp_path / "report"), "--limit", "5")

"""What a measurement says, for people: tables in Markdown and two plots. The same predictions always give the same files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from agents.pricing.catalogue.base import Product
from agents.pricing.ensemble import COVERAGE, REGIONS
from agents.training.evaluation import Doubles, Predictions, bootstrap, errors
from agents.training.plots import Line, Panel, Point, dot_plot

_FEWEST: Final = 15  # products: a part with fewer says nothing, so it is left out
_QUANTILE: Final = 1.96  # of the normal distribution, for 95 % on both sides
_OVERALL: Final = (78.0, 82.0)
Rows = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Part:
    """Products of one kind: how many were answered, the error in dollars, the median share of the price that it is off, the
    coverage of the interval, and how many times its low end the high one is. Pairs are 95 % intervals; shares are 0–1."""

    name: str
    count: int
    mae: float
    mae_ends: tuple[float, float]
    median_ape: float
    median_ape_ends: tuple[float, float]
    coverage: float
    coverage_ends: tuple[float, float]
    ratio: float


def part_of(name: str, said: Predictions, rows: Rows) -> Part | None:
    """The figures of some rows; None where too few of them were answered."""
    rows = rows & np.isfinite(said.worth)
    count = int(rows.sum())
    if count < _FEWEST:
        return None
    truth, low, high = said.truth[rows], said.low[rows], said.high[rows]
    wrong = np.abs(said.worth[rows] - truth)
    inside = int(((truth >= low) & (truth <= high)).sum())
    return Part(
        name=name,
        count=count,
        mae=float(wrong.mean()),
        mae_ends=bootstrap(wrong),
        median_ape=float(np.median(wrong / truth)),
        median_ape_ends=_median_ends(wrong / truth),
        coverage=inside / count,
        coverage_ends=wilson(inside, count),
        ratio=float(np.median(high / low)),
    )


def wilson(hits: int, count: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson, 1927)."""
    share, square = hits / count, _QUANTILE**2
    middle = (share + square / (2 * count)) / (1 + square / count)
    half = _QUANTILE / (1 + square / count) * (share * (1 - share) / count + square / (4 * count**2)) ** 0.5
    return float(middle - half), float(middle + half)


def price_parts(said: Predictions, parts: int) -> list[Part]:
    """The products by their true price, in parts of the same size."""
    return _by_size(said, said.truth, parts, lambda low, high: f"${low:,.0f} to ${high:,.0f}")


def width_parts(said: Predictions, parts: int) -> list[Part]:
    """The products by how wide their interval is, in parts of the same size: the surest first."""
    return _by_size(said, said.high / said.low, parts, lambda low, high: f"high ÷ low {low:.2f} to {high:.2f}")


def region_parts(said: Predictions) -> list[Part]:
    """The products by how near the nearest one in the catalogue is."""
    return _known(part_of(name, said, said.region == place) for place, name in enumerate(REGIONS))


def source_parts(said: Predictions, products: Sequence[Product]) -> list[Part]:
    """The products by the source that they are from, the largest first."""
    sources = np.array([product.source or "unknown" for product in products])
    return sorted(
        _known(part_of(name, said, sources == name) for name in sorted(set(sources.tolist()))),
        key=lambda part: -part.count,
    )


def write_report(
    said: Predictions, products: Sequence[Product], *, version: str, known: int, folder: Path
) -> list[Path]:
    """Write `tables.md`, `coverage.svg` and `error-by-price.svg`; gives their paths. `known` is the size of the catalogue.

    Raises `ValueError` where nearly nothing was answered, and `OSError` where the folder cannot be written.
    """
    everything = part_of("all", said, np.ones(len(said.truth), dtype=bool))
    if everything is None:
        raise ValueError(f"Fewer than {_FEWEST} products got an answer, which is too little for a report.")
    folder.mkdir(parents=True, exist_ok=True)
    contents = {
        "tables.md": tables(said, products, everything, version=version, known=known),
        "coverage.svg": _coverage_plot(said, everything),
        "error-by-price.svg": _error_plot(said),
    }
    for name, content in contents.items():
        (folder / name).write_text(content, encoding="utf-8")
    return [folder / name for name in contents]


def tables(said: Predictions, products: Sequence[Product], everything: Part, *, version: str, known: int) -> str:
    """The figures in Markdown."""
    answered = np.isfinite(said.worth).mean()
    return "\n".join(
        [
            f"Model `{version}`, {len(products):,} held-out products beside a catalogue of {known:,}; {_share(answered)} got an answer. "
            "Brackets hold 95 % intervals.",
            "",
            "## Who says what",
            "",
            "| | mean absolute error | ensemble better by | RMSLE | R² | hits | median error |",
            "|---|---|---|---|---|---|---|",
            *_estimator_lines(said),
            "",
            "A hit is an error under $40 or under 20 % of the price. “Better by” compares the errors product by product.",
            "",
            "## The interval",
            "",
            *_part_lines("", [everything]),
            "",
            f"{_share(_outside(said, below=True))} of the prices are below the interval and "
            f"{_share(_outside(said, below=False))} above it.",
            "",
            *_part_lines("price", price_parts(said, 5)),
            "",
            *_part_lines("how sure it says it is", width_parts(said, 5)),
            "",
            *_part_lines("nearest product in the catalogue", region_parts(said)),
            "",
            "## By source",
            "",
            *_part_lines("source", source_parts(said, products)),
            "",
        ]
    )


def _estimator_lines(said: Predictions) -> list[str]:
    lines = [_estimator_line("**ensemble**", said.truth, said.worth, "")]
    ours = np.abs(said.worth - said.truth)
    for kind, values in said.by_estimator.items():
        better = np.abs(values - said.truth) - ours
        better = better[np.isfinite(better)]
        compared = _money(float(better.mean()), bootstrap(better)) if len(better) else ""
        lines.append(_estimator_line(kind, said.truth, values, compared))
    return lines


def _estimator_line(name: str, truth: Doubles, said: Doubles, compared: str) -> str:
    wrong = np.abs(said - truth)[np.isfinite(said)]
    if not len(wrong):
        return f"| {name} | no answer | | | | | |"
    found = errors(truth, said)
    return (
        f"| {name} | {_money(found['mae'], bootstrap(wrong))} | {compared} | {found['rmsle']:.3f} | {found['r2']:.3f} "
        f"| {_share(found['hit_rate'])} | {_share(found['median_ape'])} |"
    )


def _part_lines(title: str, parts: Sequence[Part]) -> list[str]:
    head = [
        f"| {title} | products | mean absolute error | median error | coverage | median high ÷ low |",
        "|---|---|---|---|---|---|",
    ]
    return head + [
        f"| {part.name} | {part.count:,} | {_money(part.mae, part.mae_ends)} | {_share(part.median_ape)} "
        f"| {_share(part.coverage)} ({100 * part.coverage_ends[0]:.1f} to {100 * part.coverage_ends[1]:.1f}) | {part.ratio:.2f} |"
        for part in parts
    ]


def _share(value: float) -> str:
    return f"{100 * value:.1f} %"


def _money(value: float, ends: tuple[float, float]) -> str:
    return f"${value:.2f} ({ends[0]:.2f} to {ends[1]:.2f})"


def _outside(said: Predictions, *, below: bool) -> float:
    answered = np.isfinite(said.worth)
    outside = said.truth < said.low if below else said.truth > said.high
    return float(outside[answered].mean())


def _by_size(said: Predictions, values: Doubles, parts: int, name: Any) -> list[Part]:
    """As many as `parts` of (nearly) the same size by `values`; `name` makes their names of the lowest and the highest value."""
    answered = int(np.isfinite(said.worth).sum())
    order = np.argsort(np.where(np.isfinite(said.worth), values, np.nan), kind="stable")[:answered]
    found = []
    for rows in np.array_split(order, max(1, min(parts, answered // _FEWEST))):
        chosen = np.zeros(len(values), dtype=bool)
        chosen[rows] = True
        found.append(part_of(name(float(values[rows].min()), float(values[rows].max())), said, chosen))
    return _known(found)


def _known(parts: Any) -> list[Part]:
    return [part for part in parts if part is not None]


def _coverage_plot(said: Predictions, everything: Part) -> str:
    def line(part: Part) -> Line:
        return Line(part.name, [Point(100 * part.coverage, *(100 * end for end in part.coverage_ends))])

    lines = [
        line(everything),
        Line("By price"),
        *map(line, price_parts(said, 5)),
        Line("By the width of the interval"),
        *map(line, width_parts(said, 5)),
        Line("By the nearest known product"),
        *map(line, region_parts(said)),
    ]
    panel = Panel("prices inside the interval, with 95 % intervals", 50, 100, 10, "%", 100 * COVERAGE, _OVERALL)
    return dot_plot(f"How often the {100 * COVERAGE:.0f} % interval holds the price", [panel], lines)


def _error_plot(said: Predictions) -> str:
    parts = price_parts(said, 10)
    lines = [
        Line(
            part.name,
            [
                Point(part.mae, *part.mae_ends),
                Point(100 * part.median_ape, *(100 * end for end in part.median_ape_ends)),
            ],
        )
        for part in parts
    ]
    step = -(-max(part.mae_ends[1] for part in parts) // 40) * 10
    panels = [
        Panel("mean absolute error", 0, 4 * step, step, "$"),
        Panel("median error, share of the price", 0, 100, 25, "%"),
    ]
    return dot_plot("The error by price", panels, lines)


def _median_ends(values: Doubles, *, seed: int = 0, rounds: int = 1000) -> tuple[float, float]:
    """The 95 % percentile interval of a median, by resampling."""
    chance = np.random.default_rng(seed)
    medians = [float(np.median(values[chance.integers(0, len(values), len(values))])) for _ in range(rounds)]
    low, high = np.quantile(medians, [0.025, 0.975])
    return float(low), float(high)

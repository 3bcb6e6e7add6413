"""Small plots as SVG, readable on a light and on a dark page: dots with 95 % intervals, in panels side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

_ROW: Final = 22
_LABELS: Final = 230
_PLOT: Final = 330
_TOP: Final = 58
_GAP: Final = 52
_STYLE: Final = """
text { font: 13px system-ui, sans-serif; fill: #24292f }
.title { font-weight: 600; font-size: 15px } .small { font-size: 11px; fill: #57606a } .group { font-weight: 600 }
.grid { stroke: #d0d7de } .goal { stroke: #1a7f37; stroke-dasharray: 5 4 } .band { fill: #1a7f37; opacity: .1 }
.bar { stroke: #0969da; stroke-width: 2 } .dot { fill: #0969da }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 } .small { fill: #9198a1 } .grid { stroke: #3d444d } .goal { stroke: #3fb950 } .band { fill: #3fb950; opacity: .15 }
.bar { stroke: #4493f8 } .dot { fill: #4493f8 } }
"""


@dataclass(frozen=True)
class Point:
    """A value with the ends of its interval, in the unit of its panel."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Panel:
    """One column of dots: its title, the range and the step of its axis, its unit, and a goal with the band that is promised."""

    title: str
    start: float
    end: float
    step: float
    unit: str
    goal: float | None = None
    band: tuple[float, float] | None = None

    def text(self, value: float) -> str:
        return f"${value:,.0f}" if self.unit == "$" else f"{value:.0f} {self.unit}"


@dataclass(frozen=True)
class Line:
    """A row of a plot: its name, and a point for each panel; without points it is the heading of a group."""

    name: str
    points: Sequence[Point] = ()


def dot_plot(title: str, panels: Sequence[Panel], lines: Sequence[Line]) -> str:
    """An SVG document: a row for each line, a column of dots for each panel. Deterministic, without scripts or fonts."""
    width, height = _LABELS + len(panels) * (_PLOT + _GAP), _TOP + len(lines) * _ROW + 34
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" role="img">',
        f"<title>{escape(title)}</title><style>{_STYLE}</style>",
        f'<text class="title" x="0" y="18">{escape(title)}</text>',
    ]
    for number, line in enumerate(lines):
        kind = "" if line.points else ' class="group"'
        parts.append(f'<text{kind} x="0" y="{_middle(number) + 4}">{escape(line.name)}</text>')
    for place, panel in enumerate(panels):
        parts += _panel(panel, place, lines)
    return "\n".join([*parts, "</svg>", ""])


def _panel(panel: Panel, place: int, lines: Sequence[Line]) -> list[str]:
    left, bottom = _LABELS + place * (_PLOT + _GAP), _TOP + len(lines) * _ROW

    def across(value: float) -> float:
        share = (value - panel.start) / (panel.end - panel.start)
        return round(left + _PLOT * min(1.0, max(0.0, share)), 1)

    parts = [f'<text class="small" x="{left}" y="40">{escape(panel.title)}</text>']
    if panel.band is not None:
        start, end = map(across, panel.band)
        parts.append(
            f'<rect class="band" x="{start}" y="{_TOP}" width="{round(end - start, 1)}" height="{bottom - _TOP}"/>'
        )
    for number in range(round((panel.end - panel.start) / panel.step) + 1):
        value = panel.start + number * panel.step
        x = across(value)
        parts.append(f'<line class="grid" x1="{x}" y1="{_TOP}" x2="{x}" y2="{bottom}"/>')
        parts.append(f'<text class="small" text-anchor="middle" x="{x}" y="{bottom + 18}">{panel.text(value)}</text>')
    if panel.goal is not None:
        x = across(panel.goal)
        parts.append(f'<line class="goal" x1="{x}" y1="{_TOP}" x2="{x}" y2="{bottom}"/>')
    for number, line in enumerate(lines):
        if line.points:
            point, y = line.points[place], _middle(number)
            start, end = across(point.low), across(point.high)
            parts.append(f'<line class="bar" x1="{start}" y1="{y}" x2="{end}" y2="{y}"/>')
            parts.append(f'<circle class="dot" cx="{across(point.value)}" cy="{y}" r="4"/>')
    return parts


def _middle(number: int) -> float:
    return _TOP + number * _ROW + _ROW / 2

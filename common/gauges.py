"""Measurements for Prometheus: what is measured is said by the rooms, how it is written is said here.

The form is the text exposition format 0.0.4: https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True)
class Gauge:
    """One measurement under a Prometheus name, with its labels; `about` is the same for all of one name."""

    name: str
    about: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


def exposition(gauges: Iterable[Gauge]) -> str:
    """The measurements as text, those of one name together."""
    lines = []
    for name, group in groupby(sorted(gauges, key=lambda gauge: gauge.name), key=lambda gauge: gauge.name):
        for number, gauge in enumerate(group):
            if not number:
                lines += [f"# HELP {name} {_escaped(gauge.about)}", f"# TYPE {name} gauge"]
            labels = ",".join(f'{label}="{_quoted(value)}"' for label, value in gauge.labels.items())
            lines.append(f"{name}{{{labels}}} {gauge.value!r}" if labels else f"{name} {gauge.value!r}")
    return "\n".join([*lines, ""])


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n")


def _quoted(text: str) -> str:
    return _escaped(text).replace('"', '\\"')

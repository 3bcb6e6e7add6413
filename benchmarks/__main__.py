"""Runs every benchmark, or those that are named."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.measurement import Measurement

FOLDER = Path(__file__).parent


def main(arguments: list[str]) -> int:
    """Run, print, write; returns the exit code."""
    known = sorted(path.stem.removeprefix("bench_") for path in FOLDER.glob("bench_*.py"))
    names, options = _asked(arguments)
    unknown = sorted(set(names) - set(known))
    if unknown:
        print(f"There is no benchmark {', '.join(unknown)}; there are: {', '.join(known)}.", file=sys.stderr)
        return 2
    os.environ.setdefault("SECRET_KEY", "for-benchmarks")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dealfinder.settings")
    import django

    django.setup()
    for name in names or known:
        measured: list[Measurement] = import_module(f"benchmarks.bench_{name}").run(**options)
        _show(name, measured)
        _write("-".join([name, *options]), measured)
    return 0


def _asked(arguments: list[str]) -> tuple[list[str], dict[str, Any]]:
    """The names of benchmarks, and the options of the one that has some."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="all of them by default")
    only = parser.add_argument_group("only for prototype")
    only.add_argument("--leave-out", nargs="+", metavar="SOURCE", help="learn without these sources, measure on them")
    only.add_argument("--model", type=Path, metavar="DIR", help="measure this model of ours, and not the active one")
    parser.add_argument(
        "--minutes", type=float, metavar="N", help="feeds_server: go on for so long, and watch the memory"
    )
    parser.add_argument("--mutations", type=int, metavar="N", help="odd_feeds: make so many feeds by chance")
    parser.add_argument("--train", action="store_true", default=None, help="identity: write the model that is shipped")
    parser.add_argument("--deals", type=int, metavar="N", help="search: among so many deals instead of 250,000")
    faults = parser.add_argument_group("only for fault_run")
    faults.add_argument("--matches", type=int, metavar="N", help="so many instead of 2,000")
    faults.add_argument("--kills", type=int, metavar="N", help="kill workers so often instead of 50 times")
    faults.add_argument("--seconds", type=float, metavar="N", help="tell the matches within so long instead of 240")
    parser.add_argument("--deliveries", type=int, metavar="N", help="handover: so many a round instead of 2,000")
    sized = parser.add_argument_group("only for pricing_stages and estimate_latency")
    sized.add_argument("--products", type=int, metavar="N", help="beside so many products instead of 100,000")
    asked = vars(parser.parse_args(arguments))
    names = asked.pop("names")
    options = {name: value for name, value in asked.items() if value is not None}
    takers = {
        "products": ["pricing_stages", "estimate_latency"],
        "minutes": ["feeds_server"],
        "mutations": ["odd_feeds"],
        "train": ["identity"],
        "deals": ["search"],
        "matches": ["fault_run"],
        "kills": ["fault_run"],
        "seconds": ["fault_run"],
        "deliveries": ["handover"],
    }
    for name in options:
        takes = takers.get(name, ["prototype"])
        if not names or not set(names) <= set(takes):
            parser.error(f"--{name.replace('_', '-')} is an option of {' and '.join(takes)} alone.")
    return names, options


def _show(name: str, measured: list[Measurement]) -> None:
    print(name)
    width = max(len(one.name) for one in measured)
    for one in measured:
        print(f"  {one.name:<{width}}  {one.value:>14,.2f} {one.unit}")


def _write(name: str, measured: list[Measurement]) -> None:
    folder = FOLDER / "results"
    folder.mkdir(exist_ok=True)
    content = {
        "benchmark": name,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "machine": f"{platform.machine()}, {os.cpu_count()} processors",
        "measurements": [one.__dict__ for one in measured],
    }
    (folder / f"{name}.json").write_text(json.dumps(content, indent=2) + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

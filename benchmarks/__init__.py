"""Benchmarks: `python -m benchmarks [NAME…]` runs `benchmarks/bench_*.py`, prints a table and writes benchmarks/results/*.json."""

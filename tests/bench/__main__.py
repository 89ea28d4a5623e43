"""`make bench`: every benchmark, one after the other; each prints what it measured and beside which rule."""

import runpy

for name in ("bench_matching",):
    runpy.run_module(f"tests.bench.{name}", run_name="__main__")

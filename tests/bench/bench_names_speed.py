"""How long cleaning and linking take and how they grow, on distinct texts made of public names."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
import polars as pl

from dbt_project.methods.names.clean import clean_texts
from dbt_project.methods.names.links import link_names
from tests.bench.result import Result
from tests.beside import DATA

SIZES = (100_000, 500_000, 1_000_000, 2_000_000)
SEED = 7


def results() -> Iterator[Result]:
    """A row per size: seconds, microseconds per text, and the growth against n log n."""
    if not (DATA / "pcard_us_2010").is_dir():
        yield Result("Descriptors cleaned: speed", "", "ours", note="the public sets are not here")
        return
    first = 0.0
    for size in SIZES:
        texts = descriptors(size)
        began = time.perf_counter()
        cleaned = clean_texts(texts)
        seconds = time.perf_counter() - began
        per_step = seconds / (size * np.log(size))
        first = first or per_step
        figures: dict[str, float | int | str] = {
            "distinct": len(cleaned),
            "seconds": round(seconds, 1),
            "microseconds each": round(seconds / size * 1e6, 1),
            "against n log n": round(float(per_step / first), 2),
        }
        yield Result("Descriptors cleaned: speed", f"{size:,} descriptors", "ours", figures)
    for size in (10_000, 100_000):
        left, right = made_lists(size)
        began = time.perf_counter()
        found = link_names(left, right)
        figures = {"links": len(found), "seconds": round(time.perf_counter() - began, 1)}
        yield Result("Names linked: speed", f"{size:,} x {size:,} names", "ours", figures)


def descriptors(size: int) -> pl.Series:
    """`size` card lines, nearly all different."""
    drawn = np.random.default_rng(SEED)
    names = _names()
    picked, numbers = drawn.integers(0, len(names), size), drawn.integers(0, 10 * size, size)
    return pl.Series([f"{names[at]} #{number} SEATTLE WA" for at, number in zip(picked, numbers, strict=True)])


def made_lists(size: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Two lists of made-up names; half of the left ones are on the right, cut at 22 letters as a bank cuts them."""
    drawn = np.random.default_rng(SEED)
    words = sorted({word for name in _names() for word in name.upper().split() if word.isalpha() and len(word) > 3})
    picked = drawn.integers(0, len(words), (2 * size, 2))
    names = [f"{words[one]} {words[other]}" for one, other in picked]
    kinds = ("LTD", "SERVICES LTD", "INC", "GROUP LLC")
    right = [f"{name} {kinds[at % 4]}" for at, name in enumerate(names[:size])]
    left = [name[:22] for name in names[size // 2 : size // 2 + size]]
    ids = [str(at) for at in range(size)]
    return pl.DataFrame({"id": ids, "name": left}), pl.DataFrame({"id": ids, "name": right})


def _names() -> list[str]:
    cards = pl.read_csv(DATA / "pcard_us_2010" / "transactions.csv.gz", infer_schema=False)["descriptor"]
    suppliers = pl.read_csv(DATA / "supplier_name_variants_uk" / "supplier_names.csv.gz", infer_schema=False)["name"]
    return pl.concat([cards.alias("name"), suppliers]).drop_nulls().unique(maintain_order=True).to_list()

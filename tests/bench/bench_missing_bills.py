"""Bills that should have come, on supplier ledgers from which bills were taken out: ours beside rules of presence.

python -m tests.bench missing_bills
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl
from scipy.stats import gamma

from dbt_project.methods.recurrence import hazard
from dbt_project.methods.recurrence.alerts import MONTHS_JUDGED, missing_bills
from dbt_project.methods.recurrence.grid import Grid, grid
from tests.bench.result import Result
from tests.beside import DATA

COUNCILS = ("calderdale", "newcastle")
FOLDER = DATA / "recurring_bills_uk"
TOPIC = "Missing bills (supplier ledgers, bills removed)"
Alerts = set[tuple[str, str]]


def ledgers() -> Iterator[tuple[pl.DataFrame, Grid]]:
    """Each council's documents, and the same as a grid."""
    whole = pl.read_csv(FOLDER / "ledger.csv.gz", infer_schema=False).with_columns(
        pl.col("date").str.to_date(), (pl.col("amount").cast(pl.Float64) * 100).round().cast(pl.Int64)
    )
    for council in COUNCILS:
        part = whole.filter(pl.col("council") == council)
        yield part, grid(part)


def results() -> Iterator[Result]:
    """The public ledgers, then both directions on the sandbox (a world is made for it)."""
    yield from public()
    from tests.bench.made_world import made_world
    from tests.bench.missing_bills_sandbox import sandbox

    with made_world() as (world, warehouse, name):
        yield from sandbox(world, warehouse, name)


def public() -> Iterator[Result]:
    """Per council and for both: recall of removed bills and alerts per removed bill."""
    if not FOLDER.is_dir():
        yield Result(TOPIC, "recurring_bills_uk", "ours", note="the data set is not beside the project")
        return
    from tests.bench.fit_missing_bills import fit

    removed = pl.read_csv(FOLDER / "removed_bills.csv")
    given = list(ledgers())
    total: dict[str, list[int]] = {}
    for at, council in enumerate(COUNCILS):
        bills, laid = given[at]
        truth: Alerts = set(removed.filter(pl.col("council") == council).select("supplier", "month").iter_rows())
        others = fit([grid for place, (_, grid) in enumerate(given) if place != at])
        for method, alerts in methods(bills, laid, others):
            counts = [len(truth & alerts), len(alerts), len(truth)]
            total[method] = [a + b for a, b in zip(total.get(method, [0, 0, 0]), counts, strict=True)]
            yield _row(council, method, counts)
    for method, counts in total.items():
        yield _row("both", method, counts)


def methods(bills: pl.DataFrame, laid: Grid, prior: hazard.Hazard) -> Iterator[tuple[str, Alerts]]:
    """Ours with a prior that never saw this council, then the rules."""
    from dbt_project.methods.recurrence import alerts

    shipped = alerts.prior
    alerts.prior = lambda: prior  # type: ignore[assignment]
    try:
        found = missing_bills(bills)
    finally:
        alerts.prior = shipped
    yield "ours", set(found.select("supplier", "month").iter_rows())
    for months in (6, 12):
        yield f"naive: billed in each of the last {months} months", _present(laid, months, months)
    yield "naive: in 11 of the last 12 months", _present(laid, 12, 11)
    # Xenett expects an entry that came in each of the last three months and asks once it is absent (field.md P1-4.1b).
    yield "rival: recurring for three months, now absent", _present(laid, 3, 3)
    yield "library: scipy, gamma of the gaps, tail 5 %", _gamma(laid)


def _present(laid: Grid, months: int, least: int) -> Alerts:
    seen = laid.documents > 0
    return {
        (laid.suppliers[row], laid.month_text(at))
        for at in range(laid.months - MONTHS_JUDGED, laid.months)
        for row in np.flatnonzero((seen[:, at - months : at].sum(axis=1) >= least) & ~seen[:, at])
    }


def _gamma(laid: Grid) -> Alerts:
    """Silent for longer than all but one gap in twenty, by a gamma distribution fitted to the supplier's gaps."""
    out: Alerts = set()
    for row, supplier in enumerate(laid.suppliers):
        first, last = laid.first_day[row], laid.last_day[row]
        for at in range(laid.months - MONTHS_JUDGED, laid.months):
            months = np.flatnonzero(laid.documents[row, :at] > 0)[-24:]
            # Twelve gaps or more, and billed last month: otherwise it has been told already.
            if laid.documents[row, at] or len(months) < 13 or months[-1] != at - 1:
                continue
            gaps = first[months[1:]] - last[months[:-1]]
            shape, _, scale = gamma.fit(gaps, floc=0, method="MM")
            if gamma.sf(laid.starts[at + 1] - 1 - last[months[-1]], shape, scale=scale) < 0.05:
                out.add((supplier, laid.month_text(at)))
    return out


def _row(data: str, method: str, counts: list[int]) -> Result:
    hits, alerts, removed = counts
    figures: dict[str, float | int | str] = {
        "removed": removed,
        "alerts": alerts,
        "recall": hits / removed,
        "alerts per removed": alerts / removed,
        "precision (at least)": hits / max(1, alerts),
    }
    return Result(TOPIC, f"recurring_bills_uk {data}", method, figures)

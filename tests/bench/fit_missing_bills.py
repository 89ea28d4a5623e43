"""Fit the prior of the missing-bill hazard on public ledgers and write it beside the code.

python -m tests.bench.fit_missing_bills

Every supplier-month of the two councils in the public ledgers (`recurring_bills_uk`) is a row, except the last twelve
months of each: those are where bills were removed and where the benchmark measures.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np

from dbt_project.methods.recurrence.features import MONTHS_KNOWN_LOWEST, NAMES, month_features
from dbt_project.methods.recurrence.grid import Grid
from dbt_project.methods.recurrence.hazard import FEATURE_MOST, PRIOR, Hazard, most_likely

MONTHS_LEFT_OUT = 12
RIDGE = 20.0


def fit(grids: Sequence[Grid], left_out: int = MONTHS_LEFT_OUT) -> Hazard:
    """The hazard of all these ledgers together, each without its last months."""
    months = [month_features(grid, at) for grid in grids for at in range(MONTHS_KNOWN_LOWEST, grid.months - left_out)]
    values = np.vstack([month.values for month in months])
    absent = np.concatenate([month.absent for month in months]).astype(float)
    blank = Hazard(values.mean(axis=0), values.std(axis=0) + 1e-9, np.zeros(len(NAMES) + 1))
    ridge = np.full(len(NAMES) + 1, RIDGE)
    ridge[0] = 0.01
    weights = most_likely(blank.design(values), absent, blank.weights, ridge)
    return Hazard(blank.centre, blank.scale, weights)


def main() -> None:
    """Write prior.json."""
    from tests.bench.bench_missing_bills import COUNCILS, ledgers

    hazard = fit([grid for _, grid in ledgers()])
    PRIOR.write_text(
        json.dumps(
            {
                "fitted_on": f"supplier-months of {', '.join(COUNCILS)} up to a year before each ledger's end",
                "fitted_by": f"tests/bench/fit_missing_bills.py, ridge {RIDGE}, features clipped at {FEATURE_MOST} sd",
                "names": list(NAMES),
                "centre": [round(value, 6) for value in hazard.centre.tolist()],
                "scale": [round(value, 6) for value in hazard.scale.tolist()],
                "weights": [round(value, 6) for value in hazard.weights.tolist()],
            },
            indent=1,
        )
        + "\n"
    )


if __name__ == "__main__":
    main()

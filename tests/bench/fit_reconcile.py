"""Fit the curves of `dbt_project/methods/reconciliation/scores.json`; prints how well they hold on suppliers not used.

python -m tests.bench.fit_reconcile [--write]

The amounts, names and groupings are real (payment_runs_uk); what makes doubt is planted: records withheld at 2, 5 and
10 %, and days for bills in place of months. Folds are by supplier.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import polars as pl
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

import dbt_project.methods.reconciliation as methods
from dbt_project.methods.reconciliation import engine
from dbt_project.methods.reconciliation.calibrate import FEATURES, features
from tests.bench.payment_runs import Runs, payment_runs, with_days, withheld

TARGET = Path(methods.__file__).with_name("scores.json")


def settled(runs: Runs) -> pl.DataFrame:
    """The engine's exact explanations before scoring, with `right` and the supplier."""
    seen: list[pl.DataFrame] = []
    scored = engine.scored

    def keep(pairs: pl.DataFrame) -> pl.DataFrame:
        seen.append(pairs)
        return pairs.with_columns(score=pl.col("share"))

    engine.scored = keep  # type: ignore[assignment]
    try:
        engine.reconcile(runs.bills, runs.lines)
    finally:
        engine.scored = scored
    pairs = seen[0].join(runs.truth.with_columns(right=pl.lit(value=True)), on=["bill", "line"], how="left")
    pairs = pairs.with_columns(pl.col("right").fill_null(value=False))
    columns = ["supplier", "case", "share", "chance", "size", "is_whole", "right"]
    return pairs.join(runs.bills.select("bill", "supplier"), on="bill").select(columns)


def calibration_error(score: np.ndarray, right: np.ndarray) -> float:
    """Expected calibration error over ten bins of equal width."""
    place = np.minimum((score * 10).astype(int), 9)
    return float(sum(abs(score[place == at].sum() - right[place == at].sum()) for at in range(10)) / len(score))


def main() -> None:
    """Fit, print, and write when asked to."""
    runs = payment_runs()
    sets = [withheld(runs, share, seed) for seed, share in enumerate((0.02, 0.05, 0.1))]
    sets += [with_days(runs, 3), *(with_days(withheld(runs, share, 5), 6) for share in (0.02, 0.05, 0.1))]
    pairs = pl.concat([settled(each) for each in sets])
    curves: dict[str, list[float]] = {}
    for case in ("period", "dated one", "dated sum"):
        some = pairs.filter(pl.col("case") == case)
        x, y = features(some), some["right"].to_numpy()
        out = np.zeros(len(y))
        for train, test in GroupKFold(5).split(x, y, some["supplier"].to_numpy()):
            model = LogisticRegression(C=10.0, max_iter=1000).fit(x[train], y[train])
            out[test] = model.predict_proba(x[test])[:, 1]
        auto = out >= engine.AUTO
        print(
            f"{case}: {len(y)} pairs, {y.mean():.4f} right; calibration error of the share "
            f"{calibration_error(some['share'].to_numpy(), y):.4f}, of the score {calibration_error(out, y):.4f}; "
            f"at {engine.AUTO} {auto.mean():.3f} of the pairs, {y[auto].sum() / max(1, auto.sum()):.4f} right"
        )
        model = LogisticRegression(C=10.0, max_iter=1000).fit(x, y)
        curves[case] = [round(float(value), 4) for value in (*model.intercept_, *model.coef_[0])]
        print(dict(zip(("intercept", *FEATURES), curves[case], strict=True)))
    if "--write" in sys.argv:
        note = (
            "logistic curves by case: intercept, then share_odds, chance, log_size, is_partial, is_certain; fitted by "
            "tests/bench/fit_reconcile.py on real supplier payments of one council and year with 2, 5 and 10 % of the "
            "records withheld and with days made up; folds by supplier"
        )
        TARGET.write_text(json.dumps({"how": note, "curves": curves}, indent=2) + "\n")


if __name__ == "__main__":
    main()

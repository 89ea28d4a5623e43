"""Fit the name model: weights.json and common_words.json beside dbt_project/methods/names.

python -m tests.bench.fit_names words       the table of common business words
python -m tests.bench.fit_names             fit on all labelled pairs, print what held-out folds say, write the weights
python -m tests.bench.fit_names --dry-run   print only

Labelled pairs come from three public sets (see `sets`). Folds are grouped by entity: a pair counts as held out only
when neither of its names, nor any name tied to them by a true pair, was fitted on.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

import dbt_project.methods.names as package
from dbt_project.methods.names import parts
from dbt_project.methods.names.clean import clean_texts
from dbt_project.methods.names.context import CONTEXT
from dbt_project.methods.names.evidence import PAIR, pair_evidence
from dbt_project.methods.names.model import Model, read
from dbt_project.methods.names.scorer import LEAST, MOST, Names
from tests.bench.made_names import made_pairs
from tests.beside import DATA

Array = npt.NDArray[np.float64]
HERE = Path(package.__file__).parent
FOLDS = 5


@dataclass(frozen=True)
class Pairs:
    """One labelled set.

    Attributes:
        name: short name of the set.
        frame: left, right, same (0 or 1), list (which list a pair was drawn from).
    """

    name: str
    frame: pl.DataFrame


def sets() -> list[Pairs]:
    """The labelled sets; of the supplier variants, renames that no name can show are left out."""
    cards = _pairs("pcard_us_2010", "left", "right", "same_merchant", "source").with_columns(list=pl.lit("cards"))
    suppliers = _pairs("supplier_name_variants_uk", "left", "right", "same_supplier", "council", "kind")
    suppliers = suppliers.filter(pl.col("kind") != "variant_no_shared_word").with_columns(list=pl.col("council"))
    companies = _pairs("opensanctions_name_bench", "name1", "name2", "is_match", "case_group")
    companies = companies.with_columns(list=pl.lit("companies"))
    columns = ["left", "right", "same", "list"]
    return [
        Pairs("pcard_us_2010", cards.select(columns)),
        Pairs("supplier_name_variants_uk", suppliers.select(columns)),
        Pairs("opensanctions_name_bench", companies.select(columns)),
    ]


def _pairs(folder: str, left: str, right: str, same: str, *more: str) -> pl.DataFrame:
    frame = pl.read_csv(DATA / folder / "pairs_dev.csv", infer_schema=False)
    return frame.select(
        pl.col(left).alias("left"), pl.col(right).alias("right"), pl.col(same).cast(pl.Int64).alias("same"), *more
    )


def folds(pairs: Pairs, seed: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The fold of the left and of the right name's entity, per pair."""
    above: dict[str, str] = {}

    def top(name: str) -> str:
        while above.setdefault(name, name) != name:
            above[name] = above[above[name]]
            name = above[name]
        return name

    # Company cases repeat a family of names under one first word; the whole family is one entity.
    family = pairs.name == "opensanctions_name_bench"
    for left, right, same in pairs.frame.select("left", "right", "same").iter_rows():
        if same or family:
            above[top(left)] = top(right)
        if family:
            for name in (left, right):
                above[top(name)] = top("first word " + name.upper().split()[0])
    entities = sorted({top(name) for column in ("left", "right") for name in pairs.frame[column]})
    drawn = dict(zip(entities, np.random.default_rng(seed).integers(0, FOLDS, len(entities)), strict=True))
    one, other = (np.array([drawn[top(name)] for name in pairs.frame[column]]) for column in ("left", "right"))
    return one, other


@dataclass(frozen=True)
class Rows:
    """Evidence of one set: as one list, and with the context of the list each pair was drawn from."""

    evidence: Array
    whole: Array
    part: Array
    same: npt.NDArray[np.int64]

    def fitted_on(self, chosen: npt.NDArray[np.bool_]) -> tuple[Array, npt.NDArray[np.int64]]:
        """Each pair three times: in its whole list, in its own list, and in none."""
        none = np.full_like(self.whole, np.nan)
        stacked = [np.hstack([self.evidence, context])[chosen] for context in (self.whole, self.part, none)]
        return np.vstack(stacked), np.tile(self.same[chosen], 3)


def rows_of(pairs: Pairs) -> Rows:
    """Compute the evidence of a set."""
    frame = pairs.frame
    names = Names(pl.concat([frame["left"].alias("text"), frame["right"].alias("text")]))
    found = names._names
    evidence = pair_evidence([found[text] for text in frame["left"]], [found[text] for text in frame["right"]])
    whole = np.tile(names.context(frame["left"], frame["right"]), (len(frame), 1))
    part = np.zeros_like(whole)
    for one in frame["list"].unique():
        chosen = (frame["list"] == one).to_numpy()
        some = frame.filter(pl.col("list") == one)
        own = Names(pl.concat([some["left"].alias("text"), some["right"].alias("text")]))
        part[chosen] = own.context(some["left"], some["right"])
    return Rows(evidence, whole, part, frame["same"].to_numpy())


@cache
def made_rows() -> Rows:
    """Company names changed by rule: fitted on, never measured on."""
    return rows_of(Pairs("made", made_pairs().with_columns(list=pl.lit("made"))))


def fit(parts_: Iterable[tuple[Rows, npt.NDArray[np.bool_]]]) -> dict[str, Any]:
    """Both halves of the model on these rows and the made ones, uncalibrated, in the form of the weights file."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression

    stacked, labels, weights = [], [], []
    made = made_rows()
    for rows, chosen in [*parts_, (made, np.ones(len(made.same), dtype=bool))]:
        x, y = rows.fitted_on(chosen)
        stacked.append(x)
        labels.append(y)
        # The smallest set counts double: a hundred hard cases would drown among thousands.
        weights.append(np.full(len(y), (2.0 if len(rows.same) < 300 else 1.0) / 3))
    x, y, w = np.vstack(stacked), np.concatenate(labels), np.concatenate(weights)
    trees = HistGradientBoostingClassifier(
        max_iter=150, learning_rate=0.05, max_depth=4, min_samples_leaf=20, l2_regularization=3, max_features=0.5,
        random_state=0,
    ).fit(x, y, sample_weight=w)  # fmt: skip
    known = ~np.isnan(x).any(axis=1)
    mean, scale = x[known].mean(axis=0), x[known].std(axis=0)
    scale = np.where(scale < 1e-6, 1.0, scale)
    line = LogisticRegression(C=0.1, max_iter=3000).fit((x[known] - mean) / scale, y[known], sample_weight=w[known])
    return {
        "features": [*PAIR, *CONTEXT],
        "logistic": {
            "mean": _short(mean), "scale": _short(scale), "weights": _short(line.coef_[0]),
            "bias": round(float(line.intercept_[0]), 5),
        },
        "trees": _arrays(trees),
        "calibration": {"slope": 1.0, "offset": 0.0},
    }  # fmt: skip


def _short(values: Array) -> list[float]:
    return [float(f"{value:.5g}") for value in values]


def _arrays(trees: Any) -> dict[str, Any]:
    """The boosted trees as equally long arrays; a leaf points to itself, an inner node holds its leaves' mean."""
    nodes = [predictor[0].nodes for predictor in trees._predictors]
    size = max(len(node) for node in nodes)
    out: dict[str, Any] = {name: [] for name in ("feature", "threshold", "left", "right", "value", "nan_left")}
    for tree in nodes:
        value = tree["value"].astype(float).copy()
        for at in range(len(tree) - 1, -1, -1):
            if not tree["is_leaf"][at]:
                left, right = tree["left"][at], tree["right"][at]
                counts = tree["count"][[left, right]].astype(float)
                value[at] = float((value[[left, right]] * counts).sum() / counts.sum())
        leaf = tree["is_leaf"].astype(bool)
        own = np.arange(len(tree))
        pad = [0] * (size - len(tree))
        out["feature"].append([*np.where(leaf, 0, tree["feature_idx"]).tolist(), *pad])
        out["threshold"].append([*_short(np.where(leaf, 0.0, tree["num_threshold"])), *pad])
        out["left"].append([*np.where(leaf, own, tree["left"]).tolist(), *pad])
        out["right"].append([*np.where(leaf, own, tree["right"]).tolist(), *pad])
        out["value"].append([*(round(float(v), 5) for v in value), *pad])
        out["nan_left"].append([*np.where(leaf, 0, tree["missing_go_to_left"]).astype(int).tolist(), *pad])
    return {"base": round(float(np.ravel(trees._baseline_prediction)[0]), 5), "depth": 4, **out}


def calibrated(weights: dict[str, Any], logits: Array, same: Array, per_pair: Array) -> dict[str, Any]:
    """The same weights with the line through held-out logits that makes them probabilities."""
    from sklearn.linear_model import LogisticRegression

    line = LogisticRegression(C=100.0).fit(logits[:, None], same, sample_weight=per_pair)
    return weights | {
        "calibration": {
            "slope": round(float(line.coef_[0, 0]), 4),
            "offset": round(float(line.intercept_[0]), 4),
        }
    }


def held_out(seed: int = 0) -> dict[str, tuple[npt.NDArray[np.int64], Array]]:
    """Labels and probabilities per set, each pair scored by a model that never met its entities."""
    pairs = sets()
    rows = [rows_of(one) for one in pairs]
    drawn = [folds(one, seed) for one in pairs]
    found = [np.zeros(len(one.same)) for one in rows]
    for fold in range(FOLDS):
        seen = [(left != fold) & (right != fold) for left, right in drawn]
        weights = fit(zip(rows, seen, strict=True))
        inner = _calibrate_inside(weights, rows, drawn, fold)
        model = read(inner)
        for one, (left, _), scores in zip(rows, drawn, found, strict=True):
            out = left == fold
            scores[out] = np.clip(model.probability(np.hstack([one.evidence, one.whole])[out]), LEAST, MOST)
    return {one.name: (row.same, scores) for one, row, scores in zip(pairs, rows, found, strict=True)}


def _calibrate_inside(
    weights: dict[str, Any],
    rows: list[Rows],
    drawn: list[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]],
    fold: int | None,
) -> dict[str, Any]:
    """Calibrate on pairs held out of models that were fitted without `fold` too."""
    logits, labels, per_pair = [], [], []
    for inner in range(FOLDS):
        if inner == fold:
            continue
        seen = [(left != inner) & (right != inner) & (left != fold) & (right != fold) for left, right in drawn]
        model = read(fit(zip(rows, seen, strict=True)))
        for one, (left, right) in zip(rows, drawn, strict=True):
            out = (left == inner) & (left != fold) & (right != fold)
            logits.append(_logit(model, np.hstack([one.evidence, one.whole])[out]))
            labels.append(one.same[out])
            per_pair.append(np.ones(int(out.sum())))
    return calibrated(weights, np.concatenate(logits), np.concatenate(labels), np.concatenate(per_pair))


def _logit(model: Model, rows: Array) -> Array:
    chance = np.clip(model.probability(rows), 1e-6, 1 - 1e-6)
    return np.asarray(np.log(chance / (1 - chance)))


def common_words() -> None:
    """Count words in three unlike lists; those common in two or more are facts about business, not about a place."""
    lists = {
        "suppliers": pl.read_csv(DATA / "supplier_name_variants_uk/supplier_names.csv.gz", infer_schema=False)["name"],
        "cards": pl.read_csv(DATA / "pcard_us_2010/transactions.csv.gz", infer_schema=False)["descriptor"],
        "brands": pl.read_csv(DATA / "brand_aliases_nsi/brands.csv.gz", infer_schema=False)["display_name"],
    }
    rates = []
    for texts in lists.values():
        names = set(clean_texts(texts)["clean"])
        counts: Counter[str] = Counter()
        for name in names:
            counts.update({parts.same(word) for word in name.split()})
        rates.append({word: count / len(names) for word, count in counts.items() if count >= 3})
    found = {}
    for word in set().union(*rates):
        shares = [rate.get(word, 0.0) for rate in rates]
        share = round(sum(shares) / len(shares), 6)
        if sum(one > 0 for one in shares) >= 2 and len(word) > 1 and word not in parts.SILENT and share >= 2e-4:
            found[word] = share
    what = (
        "Share of business names that carry a word, for words common in at least two of three lists: UK suppliers, US "
        "card merchants, worldwide brands. Written by tests/bench/fit_names.py."
    )
    ordered = dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))
    (HERE / "common_words.json").write_text(json.dumps({"what": what, "rates": ordered}, indent=0) + "\n")


def main(arguments: list[str]) -> int:
    """Fit, report and write."""
    from tests.bench.bench_vendors import quality

    if arguments == ["words"]:
        common_words()
        return 0
    report = {name: quality(same, scores) for name, (same, scores) in held_out().items()}
    for name, figures in report.items():
        print(name, figures)
    if "--dry-run" in arguments:
        return 0
    pairs = sets()
    rows = [rows_of(one) for one in pairs]
    drawn = [folds(one, 0) for one in pairs]
    weights = fit((one, np.ones(len(one.same), dtype=bool)) for one in rows)
    weights = _calibrate_inside(weights, rows, drawn, None)
    how = {
        "how": "Logistic model and boosted trees on labelled name pairs, logits averaged, line of calibration on "
        "grouped held-out folds. Written by tests/bench/fit_names.py.",
        "fitted_on": {one.name: len(one.frame) for one in pairs} | {"made": len(made_rows().same)},
        "held_out": report,
    }
    (HERE / "weights.json").write_text(json.dumps(how | weights, separators=(",", ":")) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

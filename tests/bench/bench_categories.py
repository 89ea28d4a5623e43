"""What kind of spend a card line is: ours beside memory and n-grams, on later lines of a public card file.

python -m tests.bench categories

Every split trains on one span and predicts a later one. The method's constants were chosen on splits that end before
the last 15 % of lines. In the sandbox, accounts that its books give are hidden and proposed again.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from dbt_project.methods.categories import categorize
from tests.bench import coded_world
from tests.bench.loaded_world import ROOT, build, load_world
from tests.bench.result import Result
from tests.beside import DATA

CARDS = DATA / "uk_card_calderdale" / "transactions.csv.gz"
TOPIC = "Categories of card lines, split by time"
# Start, cut and end as shares of the lines in time order.
SPLITS = {
    "45 % → next 15 %": (0.0, 0.45, 0.60),
    "60 % → next 15 %": (0.0, 0.60, 0.75),
    "75 % → rest": (0.0, 0.75, 1.0),
    "85 % → last 15 %": (0.0, 0.85, 1.0),
    "year 2 and 3 → rest": (0.2, 0.60, 1.0),
}
Guess = tuple[NDArray[np.object_], NDArray[np.float64]]


def results() -> Iterator[Result]:
    """One row per split, label and method; then the sandbox's books."""
    yield from cards()
    yield from books()


def cards() -> Iterator[Result]:
    """Public card lines, split by time."""
    if not CARDS.exists():
        yield Result(TOPIC, "uk_card_calderdale", "ours", note="not beside the project")
        return
    lines = card_lines()
    for name, (start, cut, end) in SPLITS.items():
        train = lines[int(lines.height * start) : int(lines.height * cut)]
        later = lines[int(lines.height * cut) : int(lines.height * end)]
        began = time.monotonic()
        found = categorize(train, later, ["merchant_group", "merchant_category"])
        seconds = round(time.monotonic() - began, 1)
        for label in ("merchant_group", "merchant_category"):
            data_set = f"{label}: {name}"
            ours = (found[label].to_numpy(), found[f"confidence_{label}"].to_numpy())
            yield scored(data_set, "ours", train, later, label, ours, {"seconds, both labels": seconds})
            if label == "merchant_group":
                for method, guess in others(train, later, label).items():
                    yield scored(data_set, method, train, later, label, guess)


def books(clients: int = 12, months: int = 12, seed: int = 7) -> Iterator[Result]:
    """A sandbox world, built, with accounts hidden."""
    with tempfile.TemporaryDirectory() as folder:
        world, warehouse = Path(folder) / "world.db", Path(folder) / "bench.duckdb"
        command = [sys.executable, "-m", "sandbox", "generate", "--clients", str(clients), "--months", str(months)]
        command += ["--seed", str(seed), "--out", str(world)]
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        as_of = load_world(world, warehouse, Path(folder) / "data")
        build(warehouse, as_of, Path(folder) / "target")
        name = f"sandbox, {clients} clients × {months} months, seed {seed}"
        yield from coded_world.results(warehouse, as_of, Path(folder) / "target", name)


def card_lines() -> pl.DataFrame:
    """The public card lines in time order."""
    lines = pl.read_csv(CARDS, infer_schema=False).sort("date", "txn_number", maintain_order=True)
    return lines.with_columns(pl.col("merchant_category").fill_null("none given"))


def scored(
    data_set: str,
    method: str,
    train: pl.DataFrame,
    later: pl.DataFrame,
    label: str,
    guess: Guess,
    more: dict[str, float] | None = None,
) -> Result:
    """Accuracy over all, known and unknown descriptors; calibration; accuracy of the surest part."""
    best, sure = guess
    hit = best == later[label].to_numpy()
    unseen = ~later["descriptor"].is_in(train["descriptor"].implode()).to_numpy()
    by_surety = hit[np.argsort(-sure, kind="stable")]
    figures: dict[str, float | int | str] = {
        "accuracy": float(hit.mean()),
        "seen": float(hit[~unseen].mean()),
        "unseen": float(hit[unseen].mean()),
        "unseen share": float(unseen.mean()),
        "ECE": calibration_error(sure, hit),
        "ECE unseen": calibration_error(sure[unseen], hit[unseen]),
        "surest 90 %": float(by_surety[: int(0.9 * len(hit))].mean()),
        "surest 80 %": float(by_surety[: int(0.8 * len(hit))].mean()),
    }
    return Result(TOPIC, data_set, method, figures | (more or {}))


def others(train: pl.DataFrame, later: pl.DataFrame, label: str) -> dict[str, Guess]:
    """What anyone would try first."""
    counts = train.group_by("descriptor", label).len().sort("len", label, descending=[True, False])
    usual = counts.unique("descriptor", keep="first", maintain_order=True)
    share = pl.col("len") / pl.col("len").sum().over("descriptor")
    shares = counts.with_columns(share.alias("share")).unique("descriptor", keep="first", maintain_order=True)
    common = train[label].value_counts(sort=True)
    most, most_share = common[label][0], common["count"][0] / train.height
    known = later.select("descriptor").join(shares, on="descriptor", how="left", maintain_order="left")
    memory = (
        known[label].fill_null(most).to_numpy(),
        known["share"].fill_null(most_share).to_numpy(),
    )
    # A weight per distinct line gives the same model as every line, in a tenth of the time.
    words = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), min_df=2, sublinear_tf=True)
    matrix = words.fit_transform(counts["descriptor"].to_list())
    model = LogisticRegression(C=10, max_iter=100)
    model.fit(matrix, counts[label].to_list(), sample_weight=counts["len"].to_numpy())
    texts = later["descriptor"].unique(maintain_order=True)
    chances = model.predict_proba(words.transform(texts.to_list()))
    guessed = pl.DataFrame(
        {"descriptor": texts, "guess": model.classes_[chances.argmax(axis=1)], "chance": chances.max(axis=1)}
    )
    grams = later.select("descriptor").join(guessed, on="descriptor", how="left", maintain_order="left")
    is_known = later["descriptor"].is_in(usual["descriptor"].implode()).to_numpy()
    guess, chance = grams["guess"].to_numpy(), grams["chance"].to_numpy()
    return {
        "naive: the most common label": (np.full(later.height, most), np.full(later.height, most_share)),
        "naive: remembered descriptor": memory,
        "library: scikit-learn, character n-grams and logistic regression": (guess, chance),
        "library: remembered descriptor, else character n-grams": (
            np.where(is_known, memory[0], guess),
            np.where(is_known, memory[1], chance),
        ),
    }


def calibration_error(sure: NDArray[np.float64], hit: NDArray[np.bool_], bins: int = 15) -> float:
    """Mean gap between stated and true share of hits over equal-width bins, weighted by their lines."""
    place = np.minimum((sure * bins).astype(int), bins - 1)
    gaps = [abs(sure[place == at].mean() - hit[place == at].mean()) * (place == at).mean() for at in np.unique(place)]
    return float(sum(gaps))

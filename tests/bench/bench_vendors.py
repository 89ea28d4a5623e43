"""Are two names one vendor: ours on held-out entities, every rapidfuzz scorer, Splink and a naive rule.

The labelled sets are those of fit_names; ours is scored by models that never met the entities of a pair (five folds
grouped by entity), the others need no fitting or are given their best threshold on the very pairs they are judged by.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
import polars as pl

from dbt_project.methods.names.clean import clean_texts
from dbt_project.methods.names.scorer import AUTOMATIC
from tests.bench.result import Result
from tests.beside import DATA

Array = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]
TOPIC = "Vendor pairs: is it one vendor?"
NO_DATA = "the public sets are not here"


def quality(same: Labels, scores: Array, *, probability: bool = True) -> dict[str, float | int | str]:
    """Average precision, best F1 and its threshold; of a probability also calibration and the automatic threshold."""
    from sklearn.metrics import average_precision_score, precision_recall_curve

    precision, recall, thresholds = precision_recall_curve(same, scores)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-9)
    best = int(f1[:-1].argmax())
    found: dict[str, float | int | str] = {
        "pairs": len(same),
        "average precision": round(float(average_precision_score(same, scores)), 4),
        "best F1": round(float(f1[best]), 4),
        "at": round(float(thresholds[best]), 3),
    }
    if probability:
        sure = scores >= AUTOMATIC
        right = float((sure & (same == 1)).sum())
        found |= {
            "calibration error": round(calibration_error(same, scores), 4),
            "by chance": round(error_by_chance(scores), 4),
            "auto precision": round(right / max(1, int(sure.sum())), 4),
            "auto recall": round(right / int(same.sum()), 4),
            "auto F1": round(2 * right / (int(sure.sum()) + int(same.sum())), 4),
        }
    return found


def calibration_error(same: Labels, scores: Array, bins: int = 10) -> float:
    """Expected calibration error over bins of equal width."""
    at = np.minimum((scores * bins).astype(int), bins - 1)
    parts = [(at == one) for one in range(bins)]
    return float(sum(part.mean() * abs(scores[part].mean() - same[part].mean()) for part in parts if part.any()))


def error_by_chance(scores: Array, draws: int = 1_000) -> float:
    """The calibration error that perfect probabilities would show on so few pairs: the mean over drawn labels."""
    dice = np.random.default_rng(0)
    labels = (dice.random((draws, len(scores))) < scores).astype(np.int64)
    return float(np.mean([calibration_error(drawn, scores) for drawn in labels]))


def results() -> Iterator[Result]:
    """A row per set and method."""
    if not (DATA / "pcard_us_2010").is_dir():
        yield Result(TOPIC, "", "ours", note=NO_DATA)
        return
    from tests.bench.fit_names import held_out, sets

    ours = held_out()
    for pairs in sets():
        same = pairs.frame["same"].to_numpy()
        yield Result(TOPIC, pairs.name, "ours", quality(*ours[pairs.name]), "five folds grouped by entity")
        for method, scores in rivals(pairs.frame):
            yield Result(TOPIC, pairs.name, method, quality(same, scores, probability=False), "at its best threshold")
        splink = splink_scores(pairs.frame)
        yield Result(TOPIC, pairs.name, "library: Splink", quality(same, splink, probability=False), "estimated by EM")


def rivals(frame: pl.DataFrame) -> Iterator[tuple[str, Array]]:
    """The naive rule, every rapidfuzz scorer on capitals, and the cleaned name under one of them."""
    from rapidfuzz import distance, fuzz, process

    left, right = (frame[side].str.to_uppercase().to_list() for side in ("left", "right"))
    cleaned = dict(clean_texts(pl.concat([frame["left"], frame["right"].alias("left")])).select("text", "clean").rows())
    equal = [cleaned[a] == cleaned[b] for a, b in frame.select("left", "right").iter_rows()]
    yield "naive: equal cleaned name", np.array(equal, dtype=np.float64)
    scorers: dict[str, Callable[..., float]] = {
        "ratio": fuzz.ratio,
        "partial_ratio": fuzz.partial_ratio,
        "token_sort_ratio": fuzz.token_sort_ratio,
        "token_set_ratio": fuzz.token_set_ratio,
        "partial_token_set_ratio": fuzz.partial_token_set_ratio,
        "WRatio": fuzz.WRatio,
        "Jaro-Winkler": distance.JaroWinkler.normalized_similarity,
    }
    for name, scorer in scorers.items():
        scores = process.cpdist(left, right, scorer=scorer, dtype=np.float64)
        yield f"library: rapidfuzz {name}", scores / max(1.0, float(scores.max()))


def splink_scores(frame: pl.DataFrame) -> Array:
    """Splink's match weight of each pair, names compared by Jaro-Winkler and first word, estimated without labels."""
    import logging

    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    logging.getLogger("splink").setLevel(logging.ERROR)
    logging.disable(logging.WARNING)
    names = pl.concat([frame["left"].alias("name"), frame["right"].alias("name")]).unique(maintain_order=True)
    table = clean_texts(names).select(
        pl.int_range(pl.len()).alias("unique_id"),
        pl.col("text"),
        pl.col("clean").alias("name"),
        pl.col("clean").str.split(" ").list.first().alias("first_word"),
        pl.col("clean").str.slice(0, 3).alias("front"),
        pl.lit(1).alias("every"),
    )
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[cl.JaroWinklerAtThresholds("name", [0.95, 0.88, 0.8, 0.7]), cl.ExactMatch("first_word")],
        blocking_rules_to_generate_predictions=[block_on("every")],
    )
    api = DuckDBAPI()
    linker = Linker(api.register(table.to_arrow()), settings)
    linker.training.estimate_probability_two_random_records_match([block_on("name")], recall=0.7)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6)
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("front"))
    ids = dict(zip(table["text"], table["unique_id"], strict=True))
    found = linker.inference.predict().as_duckdbpyrelation().pl()
    columns = found.select(pl.col("unique_id_l").cast(pl.Int64), pl.col("unique_id_r").cast(pl.Int64), "match_weight")
    weight = {(min(one, other), max(one, other)): value for one, other, value in columns.iter_rows()}
    least = min(weight.values(), default=0.0) - 1
    return np.array(
        [
            weight.get((min(ids[a], ids[b]), max(ids[a], ids[b])), least)
            for a, b in frame.select("left", "right").iter_rows()
        ]
    )

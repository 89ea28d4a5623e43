"""Links between two sides of payments, on made-up payments whose links are known and on the public set where it is."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from dbt_project.methods.linkage import link
from dbt_project.methods.linkage.link import _prepared
from dbt_project.methods.linkage.memos import memos, shared
from dbt_project.methods.linkage.windows import windows
from tests.bench.bench_transfers import measured, splink_set
from tests.bench.made_payments import HABITS, Habit, made
from tests.beside import DATA, needs


@pytest.mark.parametrize("habit", HABITS, ids=lambda habit: habit.name)
def test_finds_links_whatever_the_habit(habit: Habit) -> None:
    origin, destination, truth = made(habit, 1_500, seed=3)
    figures = measured(origin, destination, truth, link(origin, destination))
    assert figures["precision"] >= 0.985
    assert figures["F1"] >= 0.96


@needs(DATA / "splink_transactions")
def test_a_quarter_of_the_public_set_links_without_labels() -> None:
    loaded = splink_set()
    assert loaded is not None
    origin, destination, truth = loaded
    some = truth.gather_every(4)
    origin = origin.filter(pl.col("id").is_in(some["origin_id"].implode()))
    destination = destination.filter(pl.col("id").is_in(some["destination_id"].implode()))
    assert measured(origin, destination, some, link(origin, destination))["F1"] >= 0.985


def test_the_same_rows_give_the_same_links_in_any_order() -> None:
    origin, destination, _ = made(HABITS[2], 600, seed=11)
    mixed = origin.sample(fraction=1, shuffle=True, seed=5)

    def named(left: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
        ids = {"o": left["id"].gather(links["origin"]), "d": destination["id"].gather(links["destination"])}
        return pl.DataFrame({**ids, "score": links["score"].round(4)}).sort("o")

    assert link(origin, destination).equals(link(origin, destination))
    assert_frame_equal(named(origin, link(origin, destination)), named(mixed, link(mixed, destination)))


def test_blocks_keep_clients_apart() -> None:
    origin, destination, _ = made(HABITS[0], 400, seed=2)
    left = origin.with_columns(block=pl.when(pl.int_range(pl.len()) % 2 == 0).then(pl.lit("a")).otherwise(pl.lit("b")))
    links = link(left, destination.with_columns(block=pl.lit("a")))
    assert len(links) > 100
    assert set(left["block"].gather(links["origin"])) == {"a"}


def test_signs_do_not_matter_and_no_row_is_used_twice() -> None:
    origin, destination, _ = made(HABITS[1], 400, seed=4)
    links = link(origin, destination)
    assert links.equals(link(origin.with_columns(-pl.col("minor")), destination))
    assert links["origin"].is_unique().all() and links["destination"].is_unique().all()


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_a_handful_of_rows_is_no_error(rows: int) -> None:
    frame = pl.DataFrame(
        {
            "day": pl.Series([date(2026, 1, 5)] * rows, dtype=pl.Date),
            "minor": pl.Series([12_500] * rows, dtype=pl.Int64),
            "memo": pl.Series([None] * rows, dtype=pl.String),
        }
    )
    assert len(link(frame, frame)) <= rows
    assert len(link(frame, frame.clear())) == 0


def test_windows_are_read_off_the_files() -> None:
    found = windows(*_prepared(*made(HABITS[1], 4_000, seed=9)[:2]))
    assert found.fees == (-1500,)
    assert found.days[0] <= 0 and 3 <= found.days[1] <= 9


def test_a_cut_word_keeps_most_of_what_it_says() -> None:
    left = pl.Series(["RENT MARSHALL", "RENT SMITH", "RENT SMYTHE", "RENT JONES"])
    right = pl.Series(["RENT MARSH", "RENT", None, "JONES RENT"])
    texts = memos(left, right)
    numbers = pl.Series([0, 1, 3]).to_numpy()
    cut, common, turned = shared(texts, numbers, numbers)
    assert common < cut < turned or cut == pytest.approx(turned, rel=0.5)
    assert common < 0.5 < cut
    assert texts.destination_bits[2] == 0

"""Two lists of names, at most one link each."""

from __future__ import annotations

import polars as pl

from dbt_project.methods.names.links import link_names

BOOKS = pl.DataFrame(
    {
        "id": ["v1", "v2", "v3", "v4", "v5"],
        "name": [
            "Northwind Traders LLC",
            "Quillon Coffee, Inc.",
            "Harrow Tyres (North) Ltd",
            "Harrow Tyres (South) Ltd",
            "The Home Depot",
        ],
    }
)


def links(*names: str) -> dict[str, str]:
    left = pl.DataFrame({"id": list(names), "name": list(names)})
    return dict(link_names(left, BOOKS).select("left_id", "right_id").iter_rows())


def test_links_what_is_one_party_and_leaves_strangers_alone() -> None:
    found = links("NORTHWIND TRADE", "SQ *QUILLON COFFEE", "HOME DEPOT #4280", "ZEPHYR ROOFING")
    assert found == {"NORTHWIND TRADE": "v1", "SQ *QUILLON COFFEE": "v2", "HOME DEPOT #4280": "v5"}


def test_two_that_fit_alike_leave_the_name_unlinked() -> None:
    assert links("HARROW TYRES") == {}


def test_empty_lists_give_no_links() -> None:
    nothing = pl.DataFrame(schema={"id": pl.String, "name": pl.String})
    for left, right in ((nothing, BOOKS), (BOOKS, nothing), (nothing, nothing)):
        found = link_names(left, right)
        assert found.columns == ["left_id", "right_id", "score", "runner_up_score", "evidence"]
        assert found.height == 0


def test_scores_are_chances_and_ids_come_back_as_given() -> None:
    left = pl.DataFrame({"id": ["007", "é"], "name": ["QUILLON COFFEE", "Northwind Traders"]})
    found = link_names(left, BOOKS)
    assert found["left_id"].to_list() == ["007", "é"]
    assert found["score"].is_between(0.5, 1).all()

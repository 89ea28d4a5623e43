"""The warehouse's house rules: every model says what one row is, and what ingestion lands is what dbt reads."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

from ingestion import RAILS

ROOT = Path(__file__).resolve().parents[2]
MODELS = ROOT / "dbt_project" / "models"
FILES = sorted([*MODELS.rglob("*.sql"), *MODELS.rglob("*.py")])

# Leaves of a forecast: two equal payments to one vendor on one day are two rows that share every column.
WITHOUT_KEY = {"int_projection__items", "int_projection__lines", "pub_cash_lines"}


def described(file: Path) -> dict[str, Any]:
    """The model's entry in the YAML beside it."""
    beside = file.with_suffix(".yml")
    assert beside.exists(), f"{file.relative_to(ROOT)} has no YAML beside it"
    models = yaml.safe_load(beside.read_text())["models"]
    assert [model["name"] for model in models] == [file.stem], f"{beside.name} describes its own model and no other"
    return dict(models[0])


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_model_says_what_one_row_is(file: Path) -> None:
    model = described(file)
    assert model["description"].startswith("One row per"), model["description"]
    assert "One row per" in file.read_text(), "the model's own comment says it too"
    assert model.get("columns"), "columns are described"
    silent = [column["name"] for column in model["columns"] if not column.get("description")]
    assert silent == []


@pytest.mark.parametrize("file", [file for file in FILES if file.stem not in WITHOUT_KEY], ids=lambda file: file.stem)
def test_a_model_proves_its_grain(file: Path) -> None:
    tests = described(file).get("data_tests", [])
    names = {next(iter(test)) if isinstance(test, dict) else test for test in tests}
    assert "one_row_per" in names


@pytest.mark.parametrize("file", sorted((MODELS / "published").glob("*.sql")), ids=lambda file: file.stem)
def test_published_models_keep_a_contract(file: Path) -> None:
    model = described(file)
    assert model["config"]["contract"]["enforced"] is True
    assert all(column.get("data_type") for column in model["columns"])


@pytest.mark.parametrize("rail", RAILS)
def test_sources_are_what_ingestion_lands(rail: str) -> None:
    sources = yaml.safe_load((MODELS / "staging" / rail / f"_{rail}__sources.yml").read_text())["sources"]
    named = {table["name"] for source in sources for table in source["tables"]}
    assert named == set(import_module(f"ingestion.{rail}.columns").TABLES)

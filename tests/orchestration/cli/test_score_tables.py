"""`rowcol score tables`: recorded tables as text, by name, and a clear word about a name that is none."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from orchestration.cli.main import app
from orchestration.cli.score import recorded


@pytest.fixture
def pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "vendors.md").write_text("### vendors\n\n| data | method |\n| --- | --- |\n| a | ours |\n")
    (tmp_path / "cards.md").write_text("### cards\n")
    monkeypatch.setattr(recorded, "PAGES", tmp_path)
    return tmp_path


@pytest.mark.usefixtures("pages")
def test_prints_what_was_recorded_and_only_what_is_asked_for() -> None:
    whole = CliRunner().invoke(app, ["score", "tables"])
    assert whole.exit_code == 0 and "| a | ours |" in whole.output and "### cards" in whole.output
    one = CliRunner().invoke(app, ["score", "tables", "cards"])
    assert "### cards" in one.output and "vendors" not in one.output


@pytest.mark.usefixtures("pages")
def test_a_name_that_is_none_is_told_with_those_that_are() -> None:
    done = CliRunner().invoke(app, ["score", "tables", "nothing"])
    assert done.exit_code == 1
    assert "no table called nothing; recorded are cards, vendors" in done.output.replace("\n", "")

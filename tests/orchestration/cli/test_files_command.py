"""`rowcol files`: load, list, forget; every refusal is one line, and a load that goes on names what it left out."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner, Result

from ingestion.files.reading import BYTES_MAX
from orchestration.cli.main import app

FIRM = "--firm harbor --id c1 --name Anchor --time-zone America/New_York --firm-name Harbor --admin-email f@h.test"
MAPPING = 'date = "Date"\namount = "Amount"\ndescription = "Text"\nbalance = "Balance"\ndecimal = ","\n'
NOVEMBER = (
    "Date;Text;Amount;Balance\n2026-11-02;ACME SUPPLY INV 17;-250,00;750,00\n2026-11-03;SALE;100,00;850,00\n"
    "2026-11-03;SALE;100,00;950,00\n31.11.2026;[bold]BAD;1,00;951,00\n"
)


def rowcol(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words], env={"COLUMNS": "300"})


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A firm with one client and no rail at all."""
    for name in ("ROWCOL_CONTROL_URL", "ROWCOL_MODE", "ROWCOL_CLOCK_URL", "ROWCOL_INBOX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ROWCOL_DATA", str(tmp_path / "data"))
    assert rowcol("clients", "add", *FIRM.split(), "--admin-name", "Farid Haddad").exit_code == 0
    (tmp_path / "m.toml").write_text(MAPPING)
    (tmp_path / "nov.csv").write_text(NOVEMBER)
    return tmp_path


def lines(home: Path) -> list[tuple[str, str]]:
    with duckdb.connect(str(home / "data" / "warehouse" / "rowcol.duckdb"), read_only=True) as database:
        query = "select cast(amount as varchar), description from raw_files.transactions order by date, description"
        return database.execute(query).fetchall()


def test_load_list_and_forget(home: Path) -> None:
    tried = rowcol(
        "files", "load", "c1", home / "nov.csv", "--account", "House", "--mapping", home / "m.toml", "--dry-run"
    )
    assert tried.exit_code == 0 and "would load 3 lines worth -50.00, 0 known already, 1 rejected" in tried.output
    assert not (home / "data" / "files").exists()
    done = rowcol("files", "load", "c1", home / "nov.csv", "--account", "House", "--mapping", home / "m.toml")
    assert done.exit_code == 0, done.output
    assert "proven: opening balance and lines give the closing balance" in done.output
    assert "line 5: '31.11.2026' is no day of a known form" in done.output and "[bold]BAD" in done.output
    assert lines(home) == [("-250.0000", "ACME SUPPLY INV 17"), ("100.0000", "SALE"), ("100.0000", "SALE")]
    # The mapping is kept with the account.
    (home / "later.csv").write_text(NOVEMBER.replace("31.11.2026;[bold]BAD", "2026-11-04;GOOD"))
    later = rowcol("files", "load", "c1", home / "later.csv", "--account", "house")
    assert "loaded 1 lines worth 1.00, 3 known already, 0 rejected" in later.output
    listed = rowcol("files", "list", "c1", "--rejects").output
    assert "later.csv" in listed and "nov.csv line 5" in listed
    assert rowcol("files", "forget", "c1", "later.csv").exit_code == 0
    assert len(lines(home)) == 3


def test_one_file_of_several_may_be_refused(home: Path) -> None:
    (home / "scan.pdf").write_bytes(b"%PDF-1.7")
    options = ("--account", "House", "--mapping", home / "m.toml")
    done = rowcol("files", "load", "c1", home / "scan.pdf", home / "nov.csv", *options)
    assert done.exit_code == 1
    assert "scan.pdf: it is a spreadsheet or a PDF" in done.output and "loaded 3 lines" in done.output
    assert len(lines(home)) == 3


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["load", "c9", "nov.csv", "--account", "A"], "there is no client c9; known: c1"),
        (["load", "c1", "none.csv", "--account", "A"], "none.csv: there is no such file"),
        (["load", "c1", "nov.csv", "--account", "A", "--kind", "cards"], "--kind is cards; it can be bank or bills"),
        (["load", "c1", "nov.csv", "--account", " "], "--account is empty"),
        (["load", "c1", "nov.csv", "--account", "A", "--opening", "ten"], "a balance: 'ten' is no amount"),
        (["load", "c1", "nov.csv", "--account", "A", "--mapping", "nov.csv"], "neither TOML nor JSON"),
        (["forget", "c1", "x"], "no file x of client c1 is kept"),
    ],
)
def test_what_is_typed_wrong_is_said_in_one_line(home: Path, words: list[str], said: str) -> None:
    done = rowcol("files", *[home / word if word.endswith(".csv") else word for word in words])
    assert done.exit_code == 1
    assert said in done.output


def test_a_files_own_words_neither_mark_up_nor_move_the_cursor(home: Path) -> None:
    (home / "[bold]x.csv").write_text(NOVEMBER.replace("BAD", "BAD\x1b[2J"))
    options = ("--account", "[/b]House", "--mapping", home / "m.toml")
    assert rowcol("files", "load", "c1", home / "[bold]x.csv", *options).exit_code == 0
    listed = rowcol("files", "list", "c1", "--rejects")
    assert listed.exit_code == 0, listed.output
    assert "[bold]x.csv" in listed.output and "[/b]House" in listed.output and "\x1b" not in listed.output


def test_a_file_too_large_is_refused_before_it_is_read(home: Path) -> None:
    with (home / "huge.csv").open("wb") as file:
        file.truncate(BYTES_MAX + 1)
    done = rowcol("files", "load", "c1", home / "huge.csv", "--account", "A")
    assert done.exit_code == 1 and "huge.csv: the file has 268,435,457 bytes; split it" in done.output

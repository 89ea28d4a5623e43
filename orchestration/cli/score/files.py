"""Tables in and out of files: CSV, `.csv.gz` and Parquet, columns by name whatever their case, errors in one line.

polars is imported where it is used: `rowcol --help` reads this module and need not wait for it.
"""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from execution.errors import Invalid

if TYPE_CHECKING:
    import polars as pl

Map = Annotated[
    list[str] | None,
    typer.Option("--map", help="A column under another name: ours=theirs; repeat for several.", metavar="OURS=THEIRS"),
]
KINDS = ".csv, .csv.gz or .parquet"
# Written by people and programs: the ISO day first, then an instant, then days as Britain and the US write them.
DATE_FORMATS = (
    "%Y-%m-%d",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y/%m/%d",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d.%m.%Y",
    "%d-%b-%Y",
    "%Y%m%d",
    "%d/%m/%y",
    "%m/%d/%y",
)
# "%Y" reads 12 as the year 12.
FIRST_YEAR = 1000


def read_table(
    path: Path, required: Sequence[str], optional: Sequence[str] = (), mapping: Sequence[str] | None = None
) -> pl.DataFrame:
    """Read the named columns of a file as text, in file order; extra columns are ignored.

    Args:
        path: a CSV (comma, header in line 1), `.csv.gz` or Parquet file.
        required: our names of columns that must be there.
        optional: our names of columns that are taken when they are there.
        mapping: `ours=theirs` pairs for columns that the file calls otherwise.

    Returns:
        One row per row of the file; text columns under our names, empty cells null.

    Raises:
        Invalid: no such file, another format, a column that is missing or there twice, or a broken row.
    """
    import polars as pl

    frame = _read(path)
    theirs = renamed(mapping)
    if unknown := sorted(theirs.keys() - {*required, *optional}):
        raise Invalid(f"--map names {', '.join(unknown)}; the columns here are {', '.join([*required, *optional])}")
    by_lower: dict[str, list[str]] = {}
    for name in frame.columns:
        by_lower.setdefault(name.strip().lstrip("\ufeff").lower(), []).append(name)
    chosen: dict[str, str] = {}
    for ours in (*required, *optional):
        wanted = theirs.get(ours, ours)
        found = by_lower.get(wanted.lower(), [])
        if len(found) > 1:
            raise Invalid(f"{path}: column {wanted} is there {len(found)} times; keep one of them")
        if found:
            chosen[ours] = found[0]
        elif ours in required or ours in theirs:
            has = ", ".join(frame.columns) or "none"
            raise Invalid(f"{path}: no column {wanted}; it has {has}. Name yours with --map {ours}=THEIRS")
    texts = [
        pl.col(name).cast(pl.String).str.strip_chars().replace("", None).alias(ours) for ours, name in chosen.items()
    ]
    return frame.select(texts)


def column_names(path: Path) -> list[str]:
    """The names of a file's columns, as they stand.

    Raises:
        Invalid: no such file, or another format.
    """
    return [name.strip().lstrip("\ufeff") for name in _read(path, rows=0).columns]


def renamed(mapping: Sequence[str] | None) -> dict[str, str]:
    """`ours=theirs` texts as a dictionary.

    Raises:
        Invalid: a text without both halves.
    """
    pairs: dict[str, str] = {}
    for text in mapping or ():
        ours, found, theirs = text.partition("=")
        if not (found and ours.strip() and theirs.strip()):
            raise Invalid(f"--map {text}: write ours=theirs, for example --map supplier=vendor_name")
        pairs[ours.strip().lower()] = theirs.strip()
    return pairs


def whole(frame: pl.DataFrame, path: Path, *columns: str) -> pl.DataFrame:
    """The frame, when none of these columns has an empty cell.

    Raises:
        Invalid: names the first row without a value.
    """
    for column in columns:
        empty = frame[column].is_null()
        if empty.any():
            line = empty.arg_true()[0] + 2
            raise Invalid(f"{path} line {line}: {column} is empty ({empty.sum()} rows); every row needs one")
    return frame


def unique(frame: pl.DataFrame, path: Path, column: str) -> pl.DataFrame:
    """The frame, when the column is a key.

    Raises:
        Invalid: names a value that two rows share.
    """
    whole(frame, path, column)
    twice = frame[column].is_duplicated()
    if twice.any():
        raise Invalid(f"{path}: {column} {frame[column].filter(twice)[0]!r} stands in more than one row; it is a key")
    return frame


def to_minor(frame: pl.DataFrame, path: Path, column: str) -> pl.DataFrame:
    """A column of amounts in major units as `<column>_minor`, an integer of hundredths; the text column stays.

    Thousands commas, a currency sign, and brackets or a trailing minus for negatives are understood.

    Raises:
        Invalid: names the first cell that is no amount.
    """
    import polars as pl

    # Exact for decimal texts of up to 15 digits: the product is rounded to the nearest cent.
    cents = (_unsigned(column).cast(pl.Float64, strict=False) * 100).round(0).cast(pl.Int64, strict=False)
    minor = pl.when(_negative(column)).then(-cents.abs()).otherwise(cents)
    return _parsed(frame.with_columns(minor.alias(f"{column}_minor")), path, column, f"{column}_minor", "an amount")


def to_number(frame: pl.DataFrame, path: Path, column: str) -> pl.DataFrame:
    """A column of figures, parsed in place, written as amounts may be and of any precision.

    Raises:
        Invalid: names the first cell that is no finite number.
    """
    import polars as pl

    number = _unsigned(column).cast(pl.Float64, strict=False)
    number = pl.when(_negative(column)).then(-number.abs()).otherwise(number)
    finite = pl.when(number.is_finite()).then(number)
    parsed = _parsed(frame.with_columns(finite.alias("_parsed")), path, column, "_parsed", "a number")
    return parsed.with_columns(pl.col("_parsed").alias(column)).drop("_parsed")


def to_date(frame: pl.DataFrame, path: Path, column: str) -> pl.DataFrame:
    """A column of days, parsed in place; one format for the whole column.

    Raises:
        Invalid: names the first cell that no known format reads.
    """

    given = frame[column]
    best: pl.Series | None = None
    for form in DATE_FORMATS:
        days = _days(given, form)
        if days.null_count() == given.null_count():
            return frame.with_columns(days.alias(column))
        if best is None or days.null_count() < best.null_count():
            best = days
    assert best is not None
    shown = frame.with_columns(best.alias("_parsed"))
    return _parsed(shown, path, column, "_parsed", "a day (2026-11-24)").drop("_parsed")


def same_days(tables: Sequence[tuple[pl.DataFrame, Path]], columns: Sequence[str]) -> list[pl.DataFrame]:
    """Columns of days of files that belong together, parsed in place by the one format that reads all of them.

    A column that says 03/04/2012 alone is read as Britain writes it; another of the same files may show that it is not.
    Where no format reads all, each column is read for itself.

    Raises:
        Invalid: names the first cell that no known format reads.
    """
    for form in DATE_FORMATS:
        parsed = [table.with_columns(_days(table[column], form) for column in columns) for table, _ in tables]
        if all(new.null_count().equals(old.null_count()) for new, (old, _) in zip(parsed, tables, strict=True)):
            return parsed
    out = []
    for table, path in tables:
        for column in columns:
            table = to_date(table, path, column)
        out.append(table)
    return out


def write_table(frame: pl.DataFrame, path: Path) -> None:
    """Write a frame by the file's ending; the folder must exist.

    Raises:
        Invalid: an unknown ending or a folder that is not there.
    """
    if not path.parent.is_dir():
        raise Invalid(f"{path}: there is no folder {path.parent}")
    name = path.name.lower()
    if name.endswith(".parquet"):
        frame.write_parquet(path)
    elif name.endswith(".csv.gz"):
        with gzip.open(path, "wb", compresslevel=4) as file:
            file.write(frame.write_csv().encode())
    elif name.endswith(".csv"):
        frame.write_csv(path)
    else:
        raise Invalid(f"{path}: results are written as {KINDS}")


def _read(path: Path, rows: int | None = None) -> pl.DataFrame:
    import polars as pl

    if not path.is_file():
        raise Invalid(f"{path}: there is no such file")
    name = path.name.lower()
    try:
        if name.endswith(".parquet"):
            return pl.read_parquet(path, n_rows=rows)
        if name.endswith((".csv", ".csv.gz")):
            return pl.read_csv(path, infer_schema=False, n_rows=rows)
    except (pl.exceptions.PolarsError, OSError, EOFError) as error:
        raise Invalid(f"{path}: cannot be read as a table: {str(error).splitlines()[0]}") from error
    raise Invalid(f"{path}: tables are read from {KINDS}")


def _days(given: pl.Series, form: str) -> pl.Series:
    """Days that the format reads, null elsewhere."""
    import polars as pl

    days = given.str.strptime(pl.Datetime("us") if "%H" in form else pl.Date, form, strict=False).cast(pl.Date)
    return days.set(days.dt.year() < FIRST_YEAR, None)


def _bare(column: str) -> pl.Expr:
    import polars as pl

    return pl.col(column).str.replace_all(r"[,\s$£€]", "")


def _unsigned(column: str) -> pl.Expr:
    """The text of a figure without commas, currency sign, brackets and trailing minus."""
    return _bare(column).str.strip_chars("()").str.strip_suffix("-")


def _negative(column: str) -> pl.Expr:
    """Whether brackets or a trailing minus make the figure negative."""
    return _bare(column).str.contains(r"^\(.*\)$") | _bare(column).str.ends_with("-")


def _parsed(frame: pl.DataFrame, path: Path, column: str, parsed: str, kind: str) -> pl.DataFrame:
    bad = frame[column].is_not_null() & frame[parsed].is_null()
    if bad.any():
        at = bad.arg_true()[0]
        raise Invalid(f"{path} line {at + 2}: {column} is {frame[column][at]!r}, which is no {kind.split(' ', 1)[1]}")
    return frame

"""Run the expectations of one door over the warehouse and say what was not met."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import duckdb

from orchestration.gate.entering import ENTERING, Table
from orchestration.gate.leaving import LEAVING

if TYPE_CHECKING:
    import pandas as pd

Door = Literal["entering", "leaving"]


@dataclass(frozen=True, slots=True)
class GateReport:
    """Expectations met and missed at one door; `failures` are sentences that name table, column and count."""

    door: Door
    met: int = 0
    missed: int = 0
    failures: list[str] = field(default_factory=list)
    by_table: dict[str, bool] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether every expectation was met."""
        return not self.missed


def check(warehouse: Path, door: Door, data_docs: Path, *, rails: Iterable[str] = ENTERING) -> GateReport:
    """Check every table of `door` that exists, and write the report pages below `data_docs/<door>`.

    Reads with DuckDB, hands pandas frames to Great Expectations: it has no DuckDB source of its own.
    """
    tables = LEAVING if door == "leaving" else [table for rail in rails for table in ENTERING[rail]]
    # Only now, because the import takes seconds and most commands never come here.
    import great_expectations as gx

    pages = data_docs / door
    shutil.rmtree(pages, ignore_errors=True)
    context = _context(gx, pages)
    source = context.data_sources.add_pandas("warehouse")
    met, missed = 0, 0
    failures: list[str] = []
    by_table: dict[str, bool] = {}
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        for table in tables:
            frame = _read(connection, table)
            batch = source.add_dataframe_asset(table.name).add_batch_definition_whole_dataframe("all rows")
            suite = context.suites.add(gx.ExpectationSuite(table.name, expectations=expectations(gx, table)))
            check_one = gx.ValidationDefinition(name=table.name, data=batch, suite=suite)
            outcome = context.validation_definitions.add(check_one).run(
                batch_parameters={"dataframe": frame}, result_format="SUMMARY"
            )
            by_table[table.name] = bool(outcome.success)
            for result in outcome.results:
                met, missed = met + bool(result.success), missed + (not result.success)
                if not result.success:
                    failures.append(_sentence(table.name, result))
    context.build_data_docs()
    return GateReport(door, met, missed, failures, by_table)


def _context(gx: Any, pages: Path) -> Any:
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    context.delete_data_docs_site("local_site")
    context.add_data_docs_site(
        site_name="gate",
        site_config={
            "class_name": "SiteBuilder",
            "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
            "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(pages)},
        },
    )
    return context


def _read(connection: duckdb.DuckDBPyConnection, table: Table) -> pd.DataFrame:
    """The columns that the expectations read, of the live rows. Names come from our own lists, not from data."""
    columns = ", ".join(
        f"{column}::double as {column}" if column in table.ranges else column for column in table.columns
    )
    where = f" where {table.live}" if table.live else ""
    return connection.execute(f"select {columns} from {table.name}{where}").df()


def expectations(gx: Any, table: Table) -> list[Any]:
    """The Great Expectations form of one table's rules."""
    kinds = gx.expectations
    found = [kinds.ExpectColumnValuesToNotBeNull(column=name) for name in (*table.key, *table.filled)]
    if len(table.key) == 1:
        found.append(kinds.ExpectColumnValuesToBeUnique(column=table.key[0]))
    else:
        found.append(kinds.ExpectCompoundColumnsToBeUnique(column_list=list(table.key)))
    found += [
        kinds.ExpectColumnValuesToBeBetween(column=name, min_value=low, max_value=high)
        for name, (low, high) in table.ranges.items()
    ]
    found += [
        kinds.ExpectColumnValuesToBeInSet(column=name, value_set=list(values)) for name, values in table.one_of.items()
    ]
    return found


def _sentence(table: str, result: Any) -> str:
    config = result.expectation_config
    column = config.kwargs.get("column") or ", ".join(config.kwargs.get("column_list", []))
    count = (result.result or {}).get("unexpected_count")
    examples = (result.result or {}).get("partial_unexpected_list", [])[:3]
    text = f"{table}.{column}: {config.type.removeprefix('expect_').replace('_', ' ')} was not met"
    text += f" by {count} rows" if count else ""
    return text + (f", for example {examples}" if examples else "")

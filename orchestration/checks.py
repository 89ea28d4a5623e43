"""Asset checks from the gate: Great Expectations at both doors. Checks of dbt tests come with the dbt assets."""

from collections.abc import Iterator, Sequence

import dagster as dg

from orchestration.gate import Door, check
from orchestration.gate.entering import ENTERING, Table
from orchestration.gate.leaving import LEAVING
from orchestration.resources import Installation


def _key(table: Table) -> dg.AssetKey:
    schema, name = table.name.split(".")
    return dg.AssetKey([*schema.split("_", 1), name])


def gate_checks(name: str, door: Door, tables: Sequence[Table], rails: Sequence[str]) -> dg.AssetChecksDefinition:
    """A blocking check `gate` on each table of one door: what stands on a failed one is not built or published."""

    @dg.multi_asset_check(
        name=name,
        specs=[dg.AssetCheckSpec("gate", asset=_key(table), blocking=True) for table in tables],
        can_subset=True,
    )
    def run_gate(context: dg.AssetCheckExecutionContext, installation: Installation) -> Iterator[dg.AssetCheckResult]:
        paths = installation.paths
        report = check(paths.warehouse, door, paths.data_docs, rails=rails)
        for table in tables:
            if dg.AssetCheckKey(_key(table), "gate") in context.selected_asset_check_keys:
                yield dg.AssetCheckResult(
                    asset_key=_key(table),
                    check_name="gate",
                    passed=report.by_table[table.name],
                    metadata={"missed": [text for text in report.failures if text.startswith(table.name + ".")]},
                )

    return run_gate


checks = [
    *(gate_checks(f"gate_entering_{rail}", "entering", tables, [rail]) for rail, tables in ENTERING.items()),
    gate_checks("gate_leaving", "leaving", LEAVING, []),
]

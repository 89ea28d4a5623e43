"""The child process of the build step: `dbt build`, then one static docs page, sharing one parsed project.

Called as  python -m orchestration.steps.dbt_child TARGET VARS_JSON [SELECT]  and exits with dbt's own code.
"""

import sys
from pathlib import Path

from orchestration.telemetry import switch_off

switch_off()

from dbt.cli.main import dbtRunner  # noqa: E402  (telemetry first)


def main(target: str, variables: str, select: str | None = None) -> int:
    """Build everything (or a selection); draw the docs only for a whole build that passed."""
    common = ["--vars", variables, "--target-path", target]
    chosen = ["--select", select] if select else []
    # Unit tests ask whether the models' logic is right; that does not change with the data. `make test` runs them.
    built = dbtRunner().invoke(["build", "--exclude-resource-type", "unit_test", *common, *chosen])
    if not built.success:
        return 1 if built.exception is None else 2
    if select:
        return 0
    # `docs generate` writes a run_results.json of its own, which would hide the build's.
    kept = Path(target, "run_results.json")
    results = kept.read_text()
    drawn = dbtRunner().invoke(["docs", "generate", "--static", "--no-compile", *common])
    kept.write_text(results)
    return 0 if drawn.success else 3


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

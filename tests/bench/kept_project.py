"""`dbt run` on the project as a run before it parsed it:  python -m tests.bench.kept_project TARGET VARS

Another as-of makes dbt parse all models anew, a quarter of a small firm's build, though no model is another one: `var`
is asked when a model is compiled, with the values of this run. A process of its own, because dbt keeps the warehouse
open for as long as its process lives.
"""

from __future__ import annotations

import sys
from pathlib import Path

from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest

PARSED = "partial_parse.msgpack"


def main(target: str, variables: str) -> int:
    """Run every model; answers the exit code."""
    manifest = Manifest.from_msgpack(Path(target, PARSED).read_bytes())
    done = dbtRunner(manifest=manifest).invoke(["run", "--vars", variables, "--target-path", target])
    return 0 if done.success else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

"""One run: load the rails, check what entered, build and test, check what leaves, publish.

Each step's result decides whether the next one happens; a run that may not publish leaves the last good snapshot
in place and says why, in its report and beside the snapshot.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from orchestration import run_log
from orchestration.paths import Paths
from orchestration.run_log import RunReport
from orchestration.writer_lock import warehouse_writer

if TYPE_CHECKING:
    from execution.service import ControlPlane

Say = Callable[[str], None]


class Run:
    """A run in progress: its report, its clock and where it says what it does."""

    def __init__(self, paths: Paths, plane: ControlPlane, as_of: datetime | None, say: Say) -> None:
        self.paths, self.plane, self.say = paths, plane, say
        self.as_of = as_of or plane.now()
        started = datetime.now(UTC)
        self.report = RunReport(run_log.new_run_id(started), self.as_of.isoformat(), started.isoformat())

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time a step and keep the report on disk up to date, so that `status` sees a run under way."""
        self.say(f"{name} …")
        began = time.monotonic()
        try:
            yield
        finally:
            self.report.steps[name] = round(time.monotonic() - began, 2)
            run_log.write(self.paths.runs, self.report)

    def load(self, rails: Iterable[str] | None, client_ids: Iterable[str] | None, on_progress: Any = None) -> None:
        """Load the chosen connections and note each outcome."""
        from orchestration.steps.load import as_rows, close_hints, load_rails

        with self.step("load"):
            began = datetime.now(UTC)
            outcomes = load_rails(
                self.plane,
                self.paths.warehouse,
                run_id=self.report.run_id,
                as_of=self.as_of,
                control_url=self.paths.control_url(),
                rails=rails,
                client_ids=client_ids,
                on_progress=on_progress,
            )
            self.report.connections = as_rows(outcomes)
            close_hints(outcomes, began, f"read by run {self.report.run_id}")
        for row in self.report.failed_connections():
            self.say(f"  {row['client_id']} / {row['rail']}: {row['reason']}")

    def check(self, door: str) -> bool:
        """Run the gate at one door; its failures go into the report."""
        from orchestration.gate import check

        with self.step(f"gate {door}"):
            result = check(self.paths.warehouse, door, self.paths.data_docs)  # type: ignore[arg-type]
            self.report.gate[f"{door}_met"], self.report.gate[f"{door}_missed"] = result.met, result.missed
            self.report.failures += result.failures
        return result.ok

    def build(self, on_line: Say | None = None) -> bool:
        """Build and test the warehouse; failures go into the report."""
        from orchestration.steps.build import build

        with self.step("build"):
            result = build(self.paths.warehouse, self.paths.dbt_target, self.as_of, on_line=on_line)
            self.report.tests = result.counts
            self.report.failures += result.failures
        return result.ok

    def publish(self) -> None:
        """Write the snapshots, move the pointers, and let the intake agent propose bills that fall due."""
        from orchestration.steps.publish import publish

        evidence = {
            "run_id": self.report.run_id,
            "dbt_tests": self.report.tests,
            "gate": self.report.gate,
            "failed_connections": self.report.failed_connections(),
        }
        with self.step("publish"):
            done = publish(
                self.paths.warehouse,
                self.paths.published,
                as_of=self.as_of,
                evidence=evidence,
                docs_page=self.paths.dbt_target / "static_index.html",
                data_docs=self.paths.data_docs,
            )
            self.report.snapshots = {one.advisor_id: one.snapshot_id for one in done}
        with self.step("propose"):
            for one in done:
                self.plane.payouts.propose_due(one.advisor_id)

    def finish(self, status: str) -> RunReport:
        """Close the report; a refusal is also noted beside each advisor's pointer."""
        self.report.status = status
        self.report.finished_at = datetime.now(UTC).isoformat()
        if status == "refused":
            from orchestration.steps.publish import refuse

            reason = self.report.failures[0] if self.report.failures else "a check failed"
            refuse(self.paths.published, reason, self.report.failures, datetime.now(UTC))
        run_log.write(self.paths.runs, self.report)
        return self.report


def run(
    paths: Paths,
    plane: ControlPlane,
    *,
    as_of: datetime | None = None,
    rails: Iterable[str] | None = None,
    client_ids: Iterable[str] | None = None,
    load: bool = True,
    say: Say = print,
    on_progress: Any = None,
    on_line: Say | None = None,
) -> RunReport:
    """Do one whole run and return its report; status `published` or `refused`.

    `rails` and `client_ids` narrow what is loaded; build and publish are always whole, so that every figure of a
    snapshot has the same as-of. `load=False` rebuilds from what is already in the warehouse.
    """
    with warehouse_writer(paths.warehouse_lock, on_wait=say):
        one = Run(paths, plane, as_of, say)
        run_log.write(paths.runs, one.report)
        if load:
            one.load(rails, client_ids, on_progress)
        # Each check runs only when the one before it passed: a build on bad rows proves nothing.
        if one.check("entering") and one.build(on_line) and one.check("leaving"):
            one.publish()
            return one.finish("published")
        return one.finish("refused")

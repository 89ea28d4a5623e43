"""Several processes write at once: no event is lost, no number is given twice."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

from execution.service import ControlPlane
from tests.execution.plane import demo_plane

WRITERS, EACH = 4, 10


def _write(folder: str, url: str) -> None:
    plane = demo_plane(Path(folder), url)
    for place in range(EACH):
        plane.audit.record_refusal(None, "try", f"request-{place}", "no")


def test_processes_take_turns(plane: ControlPlane, tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write, args=(str(tmp_path), plane.store.url)) for _ in range(WRITERS)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(90)
    assert [writer.exitcode for writer in writers] == [0] * WRITERS
    report = plane.audit.verify("system")[0]
    assert (report.ok, report.events) == (True, WRITERS * EACH)

"""Hints that something changed at Ramp: lost, doubled, late. They carry no truth, only "look again"."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.execution.simulation.run import Run


class Messages:
    """Webhooks on their way, and the inbox that keeps each once."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self.on_the_way: list[tuple[str, str]] = []
        self.kept: set[str] = set()
        self._made = 0

    def announce(self, bill: dict[str, Any]) -> None:
        """Ramp tells of a change."""
        run = self._run
        if run.chance("webhook_lost", 0.5):
            return
        self._made += 1
        event = (f"e{self._made}", bill["remote_id"])
        self.on_the_way += [event] * (3 if run.chance("webhook_twice", 0.5) else 1)

    def deliver(self, die: float) -> None:
        """One of those on their way arrives, in any order; a copy of one that is kept changes nothing."""
        if not self.on_the_way:
            return
        late = "webhook_late" in self._run.swarm.faults
        key, reference = self.on_the_way.pop(int(die * len(self.on_the_way)) if late else 0)
        if key not in self.kept:
            self.kept.add(key)
            for executor in self._run.executors:
                executor.next_look.pop(reference, None)

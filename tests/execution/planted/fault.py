"""What a planted fault is, and how it gets into every module that imported what it changes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

Plant = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. The simulator must find it, or these tests with the fault in place, or the edges of its guard."""

    name: str
    plant: Plant
    walls: tuple[str, ...] = ()
    guard_id: str = ""


def everywhere(patch: pytest.MonkeyPatch, old: Any, new: Any) -> None:
    """Put `new` in the place of `old` in every module of ours that holds it by name."""
    places = 0
    for name, module in list(sys.modules.items()):
        if not name.startswith(("execution", "ingestion", "tests.execution")) or module is None:
            continue
        for attribute, value in list(vars(module).items()):
            if value is old:
                patch.setattr(module, attribute, new)
                places += 1
    if not places:
        raise LookupError(f"nothing of ours holds {old!r}; the fault would be planted nowhere")

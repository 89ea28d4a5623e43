"""Letting the beds loose on a planted fault: which one found it, after how long, by which seed or test."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from execution import guards
from tests.execution.guards.cases import REFUSES, with_changes
from tests.execution.planted.fault import Fault
from tests.execution.simulation.run import Violation, play

ROOT = Path(__file__).resolve().parents[3]
PLUGIN = "tests.execution.planted.plugin"
FIRST_SEED = 1


@dataclass(frozen=True, slots=True)
class Found:
    """How a fault was found; `bed` is empty when it was not."""

    name: str
    bed: str
    seconds: float
    how: str


def hunt(fault: Fault, seconds: float = 60.0) -> Found:
    """Plant the fault, look for it with its bed, and take it out again."""
    began = time.process_time()
    if fault.walls:
        return _by_walls(fault, seconds)
    with pytest.MonkeyPatch.context() as patch:
        fault.plant(patch)
        if fault.guard_id:
            return _by_edges(fault, began)
        seed = FIRST_SEED
        while time.process_time() - began < seconds:
            try:
                play(seed, to_the_end=seed % 5 == 0)
            except Violation as error:
                return Found(fault.name, "simulator", time.process_time() - began, str(error)[:110])
            seed += 1
    return Found(fault.name, "", seconds, f"{seed - FIRST_SEED} runs found nothing")


def _by_edges(fault: Fault, began: float) -> Found:
    """The facts just outside the guard's edges: it must refuse each of them."""
    for guard_id, changes in REFUSES:
        if guard_id == fault.guard_id and guards.ALL[guard_id](with_changes(changes)).passed:
            return Found(fault.name, "edges", time.process_time() - began, f"passes {changes}"[:110])
    return Found(fault.name, "", time.process_time() - began, "no facts are outside its edges")


def _by_walls(fault: Fault, seconds: float) -> Found:
    """These tests, in a process of their own that has the fault in it; they must fail, and by a failed assertion."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", PLUGIN, "-p", "no:cacheprovider", *fault.walls]
    env = {**os.environ, "ROWCOL_PLANTED": fault.name}
    before = os.times()
    told = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, check=False)
    after = os.times()
    took = after.children_user + after.children_system - before.children_user - before.children_system
    failed = [line for line in told.stdout.splitlines() if line.startswith("FAILED ")]
    if told.returncode == 1 and failed and took <= seconds:
        return Found(fault.name, "wall test", took, failed[0].removeprefix("FAILED ").split(" - ")[0].split("::")[-1])
    return Found(fault.name, "", took, (failed or told.stdout.splitlines()[-3:] or ["no output"])[0][:110])

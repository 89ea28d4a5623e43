"""The arrows between the top-level folders: no import runs against them."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OURS = {"app", "dbt_project", "execution", "ingestion", "orchestration", "sandbox"}

# What each folder may import of ours, as dotted prefixes. All else meets in the data.
ALLOWED: dict[str, tuple[str, ...]] = {
    "app": ("app", "execution.service", "execution.errors", "ingestion.inbox"),
    "orchestration": ("orchestration", "ingestion", "execution.service", "execution.errors", "dbt_project.methods"),
    "dbt_project": ("dbt_project.methods",),
    "ingestion": ("ingestion",),
    "execution": ("execution",),
    "sandbox": ("sandbox",),
}


def imports_of(file: Path) -> list[str]:
    """Every dotted name that a file imports of ours, wherever in the file it stands."""
    found = []
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            # `from execution import errors` names a module too.
            found += [f"{node.module}.{alias.name}" for alias in node.names]
    return [name for name in found if name.split(".")[0] in OURS]


@pytest.mark.parametrize("folder", sorted(ALLOWED))
def test_imports_follow_the_arrows(folder: str) -> None:
    files = list((ROOT / folder).rglob("*.py"))
    assert files
    against = [
        f"{file.relative_to(ROOT)} imports {name}"
        for file in files
        for name in imports_of(file)
        if not any(name == allowed or name.startswith(f"{allowed}.") for allowed in ALLOWED[folder])
    ]
    assert against == []


# Inside execution: the pure parts know nothing of the parts that act.
INNER = {
    "domain": ("execution.domain",),
    "guards": ("execution.domain", "execution.guards"),
    "senders": (
        "execution.domain",
        "execution.egress",
        "execution.senders",
        "execution.errors",
        "execution.settings",
    ),
}


@pytest.mark.parametrize("part", sorted(INNER))
def test_execution_keeps_its_core_pure(part: str) -> None:
    against = [
        f"{file.relative_to(ROOT)} imports {name}"
        for file in (ROOT / "execution" / part).rglob("*.py")
        for name in imports_of(file)
        if not name.startswith(INNER[part])
    ]
    assert against == []


def test_no_room_is_called_utils() -> None:
    vague = {"utils", "util", "helpers", "helper", "common", "misc"}
    found = [
        str(file.relative_to(ROOT)) for folder in OURS for file in (ROOT / folder).rglob("*.py") if file.stem in vague
    ]
    assert found == []

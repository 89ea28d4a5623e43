"""Whoever sits at the machine acts without a sign-in, so nothing that a network reaches may act as them."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# The name of the operator's identity, and of the control plane's part for the operator.
NAMES = {"AtMachine", "operator"}


def test_console_and_api_never_act_as_the_operator() -> None:
    files = list((ROOT / "app").rglob("*.py"))
    assert files
    against = [
        f"{file.relative_to(ROOT)}:{node.lineno}"
        for file in files
        for node in ast.walk(ast.parse(file.read_text()))
        if (isinstance(node, ast.Attribute) and node.attr in NAMES)
        or (isinstance(node, ast.Name) and node.id == "AtMachine")
        or (isinstance(node, ast.ImportFrom) and any(alias.name == "AtMachine" for alias in node.names))
    ]
    assert against == []

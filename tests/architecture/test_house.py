"""House rules that a machine can keep."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("app", "dbt_project/methods", "execution", "ingestion", "orchestration")


def python_files(*folders: str) -> list[Path]:
    return [file for folder in folders for file in sorted((ROOT / folder).rglob("*.py"))]


def calls(file: Path, name: str) -> list[int]:
    """Lines on which a method or function of this name is called."""
    tree = ast.parse(file.read_text())
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) == name
    ]


def test_html_has_one_door() -> None:
    door = ROOT / "app" / "components" / "mount.py"
    strays = []
    for file in python_files("app"):
        if file == door:
            continue
        tree = ast.parse(file.read_text())
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            is_st_html = (
                isinstance(node.func, ast.Attribute)
                and node.func.attr == "html"
                and (isinstance(node.func.value, ast.Name) and node.func.value.id == "st")
            )
            unsafe = any(keyword.arg == "unsafe_allow_html" for keyword in node.keywords)
            if is_st_html or unsafe:
                strays.append(f"{file.relative_to(ROOT)}:{node.lineno}")
    assert strays == []


def test_sql_of_the_app_lives_in_queries() -> None:
    strays = []
    for file in python_files("app"):
        if "queries" in file.parts:
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
            if text.lower().lstrip().startswith(("select ", "with ", "insert ", "update ", "delete from")) and (
                " from " in text.lower()
            ):
                strays.append(f"{file.relative_to(ROOT)}:{node.lineno}")
    assert strays == []


def test_definitions_fit_on_one_screen() -> None:
    assert len((ROOT / "orchestration" / "definitions.py").read_text().splitlines()) <= 50


@pytest.mark.parametrize("folder", PRODUCT)
def test_files_have_one_reason_to_change(folder: str) -> None:
    long = {str(f.relative_to(ROOT)): n for f in python_files(folder) if (n := len(f.read_text().splitlines())) > 400}
    assert long == {}


def test_public_docstrings_cover_95_percent() -> None:
    command = [sys.executable, "-m", "interrogate", "--fail-under", "95", *PRODUCT, "sandbox"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_commands_help_waits_for_no_heavy_library() -> None:
    heavy = ("polars", "pyarrow", "pandas", "sklearn", "scipy", "sqlalchemy", "dlt", "dagster", "streamlit")
    script = f"import orchestration.cli.main, sys; print(*[name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_telemetry_is_off_before_anything_is_imported() -> None:
    script = "import orchestration.cli, os; print(os.environ['DO_NOT_TRACK'], os.environ['GX_ANALYTICS_ENABLED'])"
    bare = {name: value for name, value in os.environ.items() if name not in {"DO_NOT_TRACK", "GX_ANALYTICS_ENABLED"}}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=bare, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["1", "false"]

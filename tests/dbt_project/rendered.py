"""The SQL of some models, rendered without dbt and run in a database in memory: a folder of them in a second."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
from jinja2 import Environment

DBT = Path(__file__).resolve().parents[2] / "dbt_project"
READ = re.compile(r"ref\('(\w+)'\)")
MACROS = ("as_of", "breach_chance", "money_text", "usual_delay")


def run_folder(
    database: duckdb.DuckDBPyConnection, folder: str, variables: dict[str, object], *before: str
) -> list[str]:
    """Build the models `before` and all of `folder` as tables in the order that their reads ask for; gives their names.

    Whatever else they read must stand in the database, each under its model's name.
    """
    files = {path.stem: path for path in sorted((DBT / "models" / folder).glob("*.sql"))}
    files |= {name: next((DBT / "models").rglob(f"{name}.sql")) for name in before}
    head = "".join((DBT / "macros" / f"{name}.sql").read_text() for name in MACROS)
    rendering = Environment()
    rendering.globals |= {"ref": str, "var": lambda name: variables[name], "config": lambda **_: ""}
    waiting, done = {name: path.read_text() for name, path in files.items()}, []
    while waiting:
        ready = [name for name, text in waiting.items() if not (set(READ.findall(text)) & set(waiting))]
        for name in ready:
            text = rendering.from_string(head + waiting.pop(name)).render()
            database.execute(f"create or replace table {name} as {text}")
            done.append(name)
    return done

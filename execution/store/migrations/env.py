"""Alembic's entry: runs the steps on the connection that execution.store.migrate hands over."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context

from execution.store import tables  # noqa: F401  Filling the metadata is the import's work.
from execution.store.metadata import Instant, metadata


def _render(kind: str, obj: Any, autogen: Any) -> str | Literal[False]:
    if kind == "type" and isinstance(obj, Instant):
        autogen.imports.add("from execution.store.metadata import Instant")
        return "Instant()"
    return False


def _run() -> None:
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=metadata,
        render_item=_render,
        transactional_ddl=True,
        include_name=context.config.attributes.get("include_name"),
    )
    with context.begin_transaction():
        context.run_migrations()


_run()

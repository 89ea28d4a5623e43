"""How the command line speaks: one console, times and money in plain form, errors on one line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import typer
from rich.console import Console
from rich.markup import escape

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


def ago(instant: datetime | None, now: datetime) -> str:
    """'3 min ago', '2 days ago', 'never'."""
    if instant is None:
        return "never"
    seconds = (now - instant).total_seconds()
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "min")):
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {unit}{'s' if count > 1 and unit != 'min' else ''} ago"
    return "just now"


def parse_as_of(text: str | None) -> datetime | None:
    """`2026-11-24` (end of that day, UTC) or an ISO instant; None stays None.

    Raises:
        typer.BadParameter: the text is neither.
    """
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is not a date (2026-11-24) or an instant (2026-11-24T08:00)") from error
    if "T" not in text:
        moment = moment.replace(hour=23, minute=59, second=59)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def on_one_line(text: str) -> str:
    """What a file says, fit for a terminal: a control character in it could move the cursor and write over a line."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turn an expected error into one sentence and exit code 1; anything else keeps its traceback."""
    from execution.errors import RowcolError
    from ingestion.errors import IngestionError
    from orchestration.writer_lock import WarehouseBusy

    try:
        yield
    except (RowcolError, IngestionError, WarehouseBusy) as error:
        # What was typed may stand in the sentence, and is no markup.
        errors.print(f"[bold red]✗[/] {escape(str(error))}")
        raise typer.Exit(1) from error

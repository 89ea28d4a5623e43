"""`rowcol score tables`: how well each method does, as measured, and how to measure it again."""

from __future__ import annotations

import subprocess
import sys
from typing import Annotated

import typer
from rich.markdown import Markdown

from execution.errors import Invalid
from orchestration.cli.screen import console, plain_errors
from orchestration.paths import ROOT

PAGES = ROOT / "docs" / "reference" / "accuracy"


def tables(
    names: Annotated[list[str] | None, typer.Argument(help="Only these benchmarks; all when none is named.")] = None,
    run: Annotated[bool, typer.Option("--run", help="Measure again on this machine; takes minutes.")] = False,
) -> None:
    """Print our benchmark tables: ours beside the naive rule, a well-kept library and rivals' published rules.

    Without --run the tables as last recorded. With it they are measured now, which needs a checkout with the bench
    dependencies (`make bench` installs them) and, for public data sets, those sets.
    """
    with plain_errors():
        if run:
            if not (ROOT / "tests" / "bench" / "__main__.py").exists():
                raise Invalid("this installation has no benchmarks; run them from a checkout: make bench")
            raise typer.Exit(subprocess.run([sys.executable, "-m", "tests.bench", *(names or [])], cwd=ROOT).returncode)
        there = {page.stem: page for page in sorted(PAGES.glob("*.md"))}
        if unknown := sorted(set(names or ()) - there.keys()):
            raise Invalid(f"no table called {', '.join(unknown)}; recorded are {', '.join(there) or 'none'}")
        for name in names or there:
            text = there[name].read_text(encoding="utf-8")
            # Whole lines for a pipe or a file; drawn tables for a person at a terminal.
            console.print(Markdown(text)) if console.is_terminal else typer.echo(text)

"""Assemble the command line."""

import typer

from orchestration.cli import (
    audit,
    clients,
    executor,
    files,
    keys,
    mcp,
    payouts,
    people,
    people_tokens,
    run,
    sandbox,
    score,
    status,
    up,
)
from orchestration.environment import read_demo_environment

app = typer.Typer(
    name="rowcol",
    help="Financial control plane of an accounting firm: load four rails, prove the numbers, pay under guard.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    rich_markup_mode="markdown",
)
app.command("up")(up.up)
app.command("run")(run.run_command)
app.command("publish")(run.publish_command)
app.command("mcp")(mcp.mcp)
app.command("status")(status.status)
app.add_typer(clients.app, name="clients")
people.app.add_typer(people_tokens.app, name="token")
app.add_typer(people.app, name="people")
app.add_typer(executor.app, name="executor")
app.add_typer(payouts.app, name="payouts")
app.add_typer(keys.app, name="keys")
app.add_typer(files.app, name="files")
app.add_typer(audit.app, name="audit")
app.add_typer(sandbox.app, name="sandbox")
app.add_typer(score.app, name="score")


def main() -> None:
    """Entry point of the `rowcol` script."""
    read_demo_environment()
    app()

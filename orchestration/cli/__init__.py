"""`rowcol`: the command line. Each file here is one group of commands; none of them holds a rule."""

from orchestration.telemetry import switch_off

switch_off()

from orchestration.cli.main import main  # noqa: E402  (telemetry first)

__all__ = ["main"]

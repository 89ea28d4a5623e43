"""Which of our processes asks: secrets are given out by process, not by person."""

from __future__ import annotations

from enum import StrEnum


class Identity(StrEnum):
    """A process with an identity of its own."""

    CONSOLE = "console"
    RECEIVER = "receiver"
    LOADER = "loader"
    EXECUTOR = "executor"
    SIGNER = "signer"


# The write token of the one rail we pay through is for the executor alone.
MAY_OPEN: dict[str, frozenset[Identity]] = {
    "reader": frozenset({Identity.LOADER, Identity.EXECUTOR}),
    "executor": frozenset({Identity.EXECUTOR}),
    "webhook": frozenset({Identity.RECEIVER}),
}

"""Advisor modes: how closely a client is led. A mode moves what people look at first; it never moves a guard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Mode(StrEnum):
    """A client's setting."""

    ACTIVE = "active"
    MANAGED = "managed"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class AdvisorMode:
    """What a mode means.

    `opens`: the page that a client opens on, for whoever may see it. `presents`: the Digest is projected at a live cash
    call. `digest_every_days`: how often a Digest is due, None for whenever the call is. `alerts`: nobody looks in by
    themselves, so a crossed threshold has to raise its hand.
    """

    mode: Mode
    title: str
    what: str
    opens: str
    presents: bool
    digest_every_days: int | None
    alerts: bool


MODES: Mapping[Mode, AdvisorMode] = {
    Mode.ACTIVE: AdvisorMode(
        Mode.ACTIVE, "Active", "A live cash call: the Decision console leads, the Digest is projected.", "decisions",
        True, None, False,
    ),
    Mode.MANAGED: AdvisorMode(
        Mode.MANAGED, "Managed", "Looked after as needed during the week, with a Digest every week.", "digest",
        False, 7, False,
    ),
    Mode.SILENT: AdvisorMode(
        Mode.SILENT, "Silent", "The Digest only; what crosses a threshold raises an alert.", "digest", False, 7, True,
    ),
}  # fmt: skip


def mode_of(code: str) -> AdvisorMode:
    """What a client's setting means. Raises ValueError for a code that no client can have."""
    return MODES[Mode(code)]

"""Faults that a test or a demo plants in front of a rail, and how often each still strikes."""

from __future__ import annotations

import itertools
from collections.abc import Collection
from dataclasses import asdict, dataclass

RAILS = ("qbo", "ramp", "plaid", "stripe")

# What each kind does to a call that it strikes.
KINDS = {
    "token_revoked": "the rail no longer accepts the client's credentials",
    "malformed_page": "the JSON body arrives cut in half",
    "rail_down": "503 from the rail's front door, nothing done",
    "connection_refused": "the connection drops before anything is done",
    "throttled": "429, nothing done",
    "server_error": "500, nothing done",
    "timeout_before_effect": "nothing done, the connection drops without an answer",
    "timeout_after_effect": "the call takes effect, then the connection drops without an answer",
    "lost_reply": "the call takes effect, then the answer breaks off in the middle",
    "mutation_during_paging": "Plaid: the second and later pages of a sync answer that rows changed meanwhile",
    "ignored_filters": "Ramp: a list answers as if no filter had been given",
    "payment_error": "Ramp: a payment scheduled now will fail at initiation",
    "payment_return": "Ramp: a payment scheduled now will be returned by the payee's bank",
    "skewed_date": "the Date header is ten minutes ahead",
    "webhook_lost": "a webhook is never delivered",
    "webhook_twice": "a webhook is delivered two times",
}
BEFORE_EFFECT = frozenset(
    {"token_revoked", "rail_down", "connection_refused", "throttled", "server_error", "timeout_before_effect"}
)
AFTER_EFFECT = frozenset({"malformed_page", "timeout_after_effect", "lost_reply", "skewed_date"})


@dataclass
class Fault:
    """One planted fault; `times` counts down, None strikes until it is removed."""

    fault_id: int
    kind: str
    rail: str | None = None
    client_key: str | None = None
    path: str | None = None
    times: int | None = None
    struck: int = 0


class FaultBoard:
    """All planted faults, asked on every call."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._ids = itertools.count(1)

    def plant(
        self,
        kind: str,
        *,
        rail: str | None = None,
        client_key: str | None = None,
        path: str | None = None,
        times: int | None = None,
    ) -> Fault:
        """Add a fault; `path` is a part of the request path. Raises ValueError for an unknown kind or rail."""
        if kind not in KINDS:
            raise ValueError(f"unknown fault kind {kind!r}; known: {', '.join(KINDS)}")
        if rail is not None and rail not in RAILS:
            raise ValueError(f"unknown rail {rail!r}; known: {', '.join(RAILS)}")
        if times is not None and times < 1:
            raise ValueError("times must be at least 1, or null for ever")
        fault = Fault(next(self._ids), kind, rail, client_key, path, times)
        self._faults.append(fault)
        return fault

    def clear(self, fault_id: int | None = None) -> int:
        """Remove one fault or all; answers how many went."""
        kept = [] if fault_id is None else [f for f in self._faults if f.fault_id != fault_id]
        gone = len(self._faults) - len(kept)
        self._faults = kept
        return gone

    def listed(self) -> list[dict[str, object]]:
        """Every fault that may still strike."""
        return [asdict(fault) for fault in self._faults]

    def strike(self, rail: str, client_key: str | None, path: str, kinds: Collection[str]) -> str | None:
        """The kind of the first fault that meets this call, counted down; None when the way is free."""
        for fault in self._faults:
            if (
                fault.kind in kinds
                and fault.rail in (None, rail)
                and fault.client_key in (None, client_key)
                and (fault.path is None or fault.path in path)
            ):
                fault.struck += 1
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times == 0:
                        self._faults.remove(fault)
                return fault.kind
        return None

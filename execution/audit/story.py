"""Whether the events make sense together, and whether the tables tell the same story.

Each step of a payout is legal and starts where the last one ended. Before money may move, the events hold a proposal,
signatures on the very payload, none of them the preparer's, a release, and a reserve. Beside the log: each payout
stands where its last event put it, its payload is what was signed, every signature, hold and request has its event.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.engine import Connection

from execution.audit.tables_agree import first_disagreement
from execution.domain.states import FOUND_AFTER_RESTORE, State, may_be_found, may_follow

Broken = tuple[int, str]


@dataclass(slots=True)
class Told:
    """What the events told of one payout so far. `signers`: who signed which payload, with the event's number."""

    state: str
    seq: int
    version: int | None = None
    payload_sha256: str = ""
    amount_minor: int = 0
    preparer: str = ""
    signers: dict[tuple[str, str], int] = field(default_factory=dict)
    all_signers: dict[tuple[str, str], int] = field(default_factory=dict)
    released: bool = False
    sent: bool = False  # Since it was proposed last: what it holds now may have gone out.
    holds: int = 0
    requests: dict[int, str] = field(default_factory=dict)


class Story:
    """Follows every payout of a chain through its events."""

    def __init__(self, connection: Connection, chain_id: str) -> None:
        self._connection, self._chain_id = connection, chain_id
        self._told: dict[str, Told] = {}

    def takes(self, body: bytes) -> str | None:
        """The next event about a payout; why it cannot follow, or None."""
        event: Mapping[str, Any] = json.loads(body)
        payout_id, from_state, to_state = event["subject"]["id"], event["from"], event["to"]
        if to_state is None:
            return None
        told = self._told.get(payout_id)
        if told is None:
            if from_state is not None or to_state != State.PROPOSED:
                return f"payout {payout_id} starts from {from_state} as {to_state}, without a beginning"
            told = self._told[payout_id] = Told(to_state, event["seq"])
        else:
            problem = _step(payout_id, told, from_state, to_state, event["action"]) or _act(payout_id, told, event)
            if problem is not None:
                return problem
        _note(told, event)
        return None

    def ends(self) -> Broken | None:
        """The first event that the tables contradict; None when they tell what the events told."""
        return first_disagreement(self._connection, self._chain_id, self._told)


def _step(payout_id: str, told: Told, from_state: str | None, to_state: str, action: str) -> str | None:
    if from_state != told.state:
        return f"payout {payout_id} was {told.state}, the event says {from_state}"
    if from_state == to_state:
        return None
    try:
        was, becomes = State(from_state), State(to_state)
        legal = may_follow(was, becomes) or (action == FOUND_AFTER_RESTORE and may_be_found(was, becomes))
    except ValueError:
        return f"payout {payout_id}: {to_state!r} is no state"
    return None if legal else f"payout {payout_id} cannot go from {from_state} to {to_state}"


def _act(payout_id: str, told: Told, event: Mapping[str, Any]) -> str | None:
    """What must have happened before this act."""
    action, payload, version = event["action"], event["inputs"].get("payload_sha256"), event["prev_state_version"]
    if version is not None and told.version is not None and version < told.version:
        return f"payout {payout_id} goes back to version {version} from {told.version}"
    if payload != told.payload_sha256 and event["to"] != State.PROPOSED:
        return f"payout {payout_id}: its payload changed while it was {event['from']}, after it could be signed"
    signing = action in ("payout.signed", "payout.approved")
    if signing and event["actor"]["person"] == told.preparer:
        return f"payout {payout_id} was signed by {told.preparer}, who proposed it"
    if event["to"] == event["from"]:
        return None
    signed = [person for person, sha in told.signers if sha == payload]
    if event["to"] == State.RESERVED and event["from"] == State.APPROVED:
        if not signed:
            return f"payout {payout_id} was reserved, and nobody had signed what it holds"
        if not told.released:
            return f"payout {payout_id} was reserved, and nobody had released it"
    if event["to"] == State.SENDING and not (signed and told.released and told.holds):
        lacks = [name for name, there in (("signature", signed), ("release", told.released), ("reserve", told.holds))
                 if not there]  # fmt: skip
        return f"payout {payout_id} was sent without a {' or a '.join(lacks)}"
    return None


def _note(told: Told, event: Mapping[str, Any]) -> None:
    action, inputs, person = event["action"], event["inputs"], event["actor"]["person"]
    told.state, told.seq, told.version = event["to"], event["seq"], event["prev_state_version"]
    told.payload_sha256, told.amount_minor = inputs.get("payload_sha256", ""), inputs.get("amount_minor", 0)
    if action in ("payout.proposed", "payout.proposed_again"):
        told.preparer, told.released, told.sent = person, False, False
        told.signers.clear()
    elif action in ("payout.signed", "payout.approved"):
        told.signers[person, told.payload_sha256] = told.all_signers[person, told.payload_sha256] = event["seq"]
    elif action == "payout.released":
        told.released = True
    elif event["to"] == State.RESERVED and event["from"] == State.APPROVED:
        told.holds += 1
    elif action == FOUND_AFTER_RESTORE:
        told.holds += event["from"] != State.RESERVED  # A reserved one holds its cash already.
    elif event["to"] == State.SENDING and event["from"] == State.RESERVED:
        told.sent = True
        told.requests[int(inputs.get("attempt", len(told.requests) + 1))] = inputs.get("request_sha256", "")
    elif event["to"] == State.BLOCKED:
        told.released = False

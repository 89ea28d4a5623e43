"""Writing a pack: a zip that an auditor opens, reads, and checks on a machine that has never heard of us."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Connection

from execution.audit.merkle import Proofs, leaf
from execution.audit.note import Checkpoint
from execution.audit.rows import StoredRow, stored_rows
from execution.errors import NotFound
from execution.evidence import check, collect
from execution.evidence.index import index
from execution.evidence.scope import Scope
from execution.evidence.screens import screens

VERIFIER = Path(__file__).resolve().parents[1] / "audit" / "standalone_verifier.py"


@dataclass(frozen=True, slots=True)
class Sealed:
    """The checkpoint that a pack is proven against: the signed note, what it claims, and the signer's public key."""

    note: str
    claim: Checkpoint
    public: bytes


def pack(connection: Connection, advisor_id: str, scope: Scope, sealed: Sealed) -> bytes:
    """The zip of one scope of a firm's log, up to the checkpoint. Raises NotFound when it would hold no event."""
    kept, leaves = _events(connection, advisor_id, scope, sealed.claim.size)
    if not kept:
        raise NotFound(f"the log of {advisor_id} holds nothing about {scope.title}")
    events = [event for _, event in kept]
    documents = collect.payouts(connection, advisor_id, _payout_ids(events))
    shown = [screen for document in documents for screen in screens(document, _about(document, events))]
    refusals = [check.refusal(event) for event in events if check.is_refusal(event)]
    summary = check.summary(refusals, shown, documents)
    told = {"scope": scope.title, "advisor_id": advisor_id, "events": len(events), "size": sealed.claim.size, **summary}
    used = {event["inputs"].get("policy_sha256") for event in events} | {
        d["payout"]["policy_sha256"] for d in documents
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("index.md", index(advisor_id, scope, sealed, events, documents, told))
        archive.writestr("events.jsonl", "".join(_line(row) + "\n" for row, _ in kept))
        if not scope.is_whole:
            archive.writestr("proofs.jsonl", _proofs(kept, leaves))
        archive.writestr("payouts.json", _json(documents))
        archive.writestr("approvals.json", _json(shown))
        archive.writestr("refusals.json", _json(refusals))
        archive.writestr("policies.json", _json(collect.policies(connection, advisor_id, sorted(filter(None, used)))))
        archive.writestr("check.json", _json(told))
        archive.writestr("checkpoint.note", sealed.note)
        archive.writestr("public_key.hex", sealed.public.hex() + "\n")
        archive.writestr("verify.py", VERIFIER.read_text())
    return packed.getvalue()


def proof_of(connection: Connection, advisor_id: str, seq: int, sealed: Sealed) -> dict[str, Any]:
    """One event, its proof, the note and the key; `verify.py` checks it."""
    leaves, found = [], None
    for row in stored_rows(connection, advisor_id):
        if row[0] > sealed.claim.size:
            break
        leaves.append(leaf(row[4] or b""))
        found = row if row[0] == seq else found
    if found is None:
        raise NotFound(f"event {seq} of {advisor_id} is not below the checkpoint of {sealed.claim.size} events")
    proof = [one.hex() for one in Proofs(leaves).proof(seq - 1)]
    return {"event": json.loads(_line(found)), "says": json.loads(found[4] or b"{}"), "proof": proof,
            "note": sealed.note, "public_key": sealed.public.hex()}  # fmt: skip


def _events(
    connection: Connection, advisor_id: str, scope: Scope, size: int
) -> tuple[list[tuple[StoredRow, dict[str, Any]]], list[bytes]]:
    """The scope's rows with their parsed events, and the leaf hashes of all up to the checkpoint."""
    kept, leaves = [], []
    for row in stored_rows(connection, advisor_id):
        if row[0] > size:
            break  # Written since; the note does not speak of it.
        body = row[4] or b""
        leaves.append(leaf(body))
        if scope.payout_id is None or (row[3] or b"") == scope.payout_id.encode():
            event = json.loads(body)
            if scope.takes(event):
                kept.append((row, event))
    return kept, leaves


def _payout_ids(events: Sequence[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(e["subject"]["id"] for e in events if e["subject"]["kind"] == "payout"))


def _about(document: Mapping[str, Any], events: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [event for event in events if event["subject"]["id"] == document["payout"]["payout_id"]]


def _line(row: StoredRow) -> str:
    seq, _, _, _, body, prev, hashed = row
    hashes = {"hash": (hashed or b"").hex(), "prev": (prev or b"").hex()}
    return json.dumps({"body": base64.b64encode(body or b"").decode(), "seq": seq, **hashes})


def _proofs(kept: Sequence[tuple[StoredRow, Any]], leaves: list[bytes]) -> str:
    """For each event the hashes that lead from it to the signed root, so that the rest of the log may stay at home."""
    proofs = Proofs(leaves)
    lines = ({"seq": row[0], "proof": [h.hex() for h in proofs.proof(row[0] - 1)]} for row, _ in kept)
    return "".join(json.dumps(line) + "\n" for line in lines)


def _json(value: Any) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False, sort_keys=True) + "\n"

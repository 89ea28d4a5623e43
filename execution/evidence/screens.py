"""The screen that an approver had before them, rebuilt from what was kept, and checked against what they signed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from execution.domain.payload import Payload
from execution.domain.seen import sha256_of

SIGNING = ("payout.signed", "payout.approved")


def screens(document: Mapping[str, Any], events: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """For each signing of a payout: payload, facts and verdicts as shown, and what is missing or does not fit."""
    return [_screen(document, event) for event in events if event["action"] in SIGNING]


def _screen(document: Mapping[str, Any], event: Mapping[str, Any]) -> dict[str, Any]:
    inputs, person = event["inputs"], event["actor"]["person"]
    signed = inputs.get("payload_sha256")
    payload = next((one["payload"] for one in document["payloads"] if one["payload_sha256"] == signed), None)
    seen = next(
        (one["seen"] for one in document["seen"]
         if one["person_id"] == person and one["payload_sha256"] == signed
         and one["seen_sha256"] == inputs.get("seen_sha256")),
        None,
    )  # fmt: skip
    approval = next(
        (one for one in document["approvals"] if one["person_id"] == person and one["payload_sha256"] == signed), None
    )
    lacks = []
    if payload is None or _sha256(payload) != signed:
        lacks.append("the payload whose hash was signed")
    if seen is None or sha256_of(seen) != inputs.get("seen_sha256"):
        lacks.append("the facts that were shown beside it")
    if not inputs.get("verdicts") or not all("inputs" in verdict for verdict in inputs["verdicts"]):
        lacks.append("the guards' verdicts with their inputs")
    if "snapshot_id" not in inputs:
        lacks.append("the snapshot that the figures came from")
    if approval is None:
        lacks.append("the signature itself")
    return {
        "event": event["seq"],
        "signed_by": event["actor"],
        "signed_at": event["at"],
        "payload_sha256": signed,
        "payload": payload,
        "facts_seen": seen,
        "facts_sha256": inputs.get("seen_sha256"),
        "snapshot_id": inputs.get("snapshot_id"),
        "verdicts": inputs.get("verdicts", []),
        "reason": inputs.get("reason", ""),
        "approval": approval,
        "lacks": lacks,
    }


def _sha256(payload: Mapping[str, Any]) -> str:
    text = json.dumps({name: payload[name] for name in Payload.__slots__ if name in payload}, sort_keys=True,
                      separators=(",", ":"), ensure_ascii=False)  # fmt: skip
    return hashlib.sha256(text.encode()).hexdigest()

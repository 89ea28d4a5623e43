"""The pack looks itself over: refusals explained, screens of approvals rebuilt, requests with the bytes meant."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

REFUSED = "refused"


def is_refusal(event: Mapping[str, Any]) -> bool:
    """Whether an event tells that something was not allowed."""
    return event["to"] == REFUSED or event["action"] in ("payout.blocked", "payout.approval_refused")


def refusal(event: Mapping[str, Any]) -> dict[str, Any]:
    """A refusal as an auditor reads it: by which guard or rule, on which inputs, and what would help."""
    inputs = event["inputs"]
    said = [verdict for verdict in inputs.get("verdicts", []) if not verdict.get("passed", True)]
    given = inputs.get("given", {})
    guards = [
        {"guard": v.get("guard_id"), "reason": v.get("reason"), "inputs": v.get("inputs"), "remedy": v.get("remedy")}
        for v in said
    ]
    if not guards:
        # No guard was asked: a role, a wall or the state of the record said no, in a sentence that ends in the remedy.
        rule = str(given.get("code") or event["action"])
        guards = [{"guard": f"rule: {rule}", "reason": inputs.get("reason"), "inputs": given or event["subject"],
                   "remedy": inputs.get("reason")}]  # fmt: skip
    parts = ("guard", "reason", "inputs", "remedy")
    lacks = sorted({name for one in guards for name in parts if one[name] in (None, "")})
    return {"event": event["seq"], "at": event["at"], "who": event["actor"], "action": event["action"],
            "subject": event["subject"], "guards": guards, "lacks": lacks}  # fmt: skip


def requests(document: Mapping[str, Any]) -> list[str]:
    """What does not fit about the requests of a payout; empty when every byte is what was meant."""
    wrong = []
    for call in document["rail_calls"]:
        found = hashlib.sha256(base64.b64decode(call["request_bytes"])).hexdigest()
        if found != call["request_sha256"]:
            wrong.append(f"request {call['attempt']} of payout {document['payout']['payout_id']} has other bytes")
    return wrong


def summary(
    refusals: Sequence[Mapping[str, Any]],
    screens: Sequence[Mapping[str, Any]],
    documents: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """What the pack says of itself; `problems` is empty when nothing is missing."""
    problems = [f"refusal {one['event']} lacks {', '.join(one['lacks'])}" for one in refusals if one["lacks"]]
    problems += [f"approval {one['event']} lacks {', '.join(one['lacks'])}" for one in screens if one["lacks"]]
    problems += [wrong for document in documents for wrong in requests(document)]
    return {
        "refusals": len(refusals),
        "refusals_explained": sum(not one["lacks"] for one in refusals),
        "approvals": len(screens),
        "screens_rebuilt": sum(not one["lacks"] for one in screens),
        "requests": sum(len(document["rail_calls"]) for document in documents),
        "problems": problems,
    }

"""The page that a person opens first: what the pack holds, what it proves, and where each question is answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from execution.domain.money import shown
from execution.evidence.controls import NACHA, SOC2
from execution.evidence.scope import Scope

if TYPE_CHECKING:
    from execution.evidence.pack import Sealed


def index(
    advisor_id: str,
    scope: Scope,
    sealed: Sealed,
    events: Sequence[Mapping[str, Any]],
    documents: Sequence[Mapping[str, Any]],
    told: Mapping[str, Any],
) -> str:
    """The index as Markdown. What came from rails or people stands in code spans: it is data here."""
    parts = [
        f"# Evidence of {_code(advisor_id)}: {_code(scope.title)}",
        f"{told['events']} events out of a log of {sealed.claim.size}, from {events[0]['at']} to {events[-1]['at']}. "
        "Times are UTC, amounts are in the currency named, ids are opaque.",
        _check(told),
        _proof(scope, sealed),
        _payouts(documents),
        _refusals(events),
        _table("SOC 2 criteria", ("criterion", "asks", "answered by"), SOC2),
        _table("Nacha: fraud monitoring by originators", ("asks", "answered by"), NACHA),
        _files(scope),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _check(told: Mapping[str, Any]) -> str:
    lines = [
        "## The pack's own check",
        f"- {told['refusals_explained']} of {told['refusals']} refusals name guard or rule, inputs, reason and remedy",
        f"- {told['screens_rebuilt']} of {told['approvals']} approvals rebuild the screen as seen: payload, facts, "
        "verdicts, snapshot; payload and facts have the hashes that were signed",
        f"- {told['requests']} requests to the rail, each with the exact bytes that were meant",
    ]
    lines += [f"- **missing:** {_code(problem)}" for problem in told["problems"]]
    return "\n".join(lines)


def _proof(scope: Scope, sealed: Sealed) -> str:
    claim = sealed.claim
    how = "each event follows the one before" if scope.is_whole else "each event leads to the signed root by its proof"
    return "\n".join([
        "## Proof",
        f"`python verify.py` beside this file checks it with Python alone ({how}; the signature needs `cryptography`).",
        "", "```", sealed.note.rstrip(), "```", "",
        f"Signed over {claim.size} events. Public key: `{sealed.public.hex()}`. Compare the note with one "
        "that was kept outside the house: the notes' folder, an earlier pack.",
    ])  # fmt: skip


def _payouts(documents: Sequence[Mapping[str, Any]]) -> str:
    if not documents:
        return ""
    rows = []
    for one in documents:
        row = one["payout"]
        closed = sum(link["closed_at"] is not None for link in one["custody"])
        signers = ", ".join(dict.fromkeys(a["person_name"] for a in one["approvals"]))
        rows.append((
            _code(row["payout_id"][:8]), _code(row["vendor_name"]), shown(row["amount_minor"], row["currency_code"]),
            row["state"], _code(row["preparer_name"]), _code(signers or "nobody"),
            f"{closed} of {len(one['custody'])}",
        ))  # fmt: skip
    head = ("payout", "payee", "amount", "state", "proposed by", "signed by", "custody links closed")
    return _table("Payouts", head, rows)


def _refusals(events: Sequence[Mapping[str, Any]]) -> str:
    from execution.evidence.check import is_refusal, refusal

    counted = Counter(one["guard"] for event in events if is_refusal(event) for one in refusal(event)["guards"])
    if not counted:
        return ""
    return _table("Refusals by guard or rule", ("guard or rule", "times"),
                  [(_code(str(name)), str(times)) for name, times in counted.most_common()])  # fmt: skip


def _files(scope: Scope) -> str:
    files = [
        ("`events.jsonl`", "every event: the exact bytes that were hashed (base64), its hash and the one before"),
        ("`payouts.json`", "each payout with payloads, signatures, requests, earmarks, custody links, permits"),
        ("`approvals.json`", "each signing as the screen stood: payload, facts, verdicts, snapshot, reason"),
        ("`refusals.json`", "each refusal: guard or rule, inputs, reason, remedy"),
        ("`policies.json`", "the rules that these decisions were made under"),
        ("`check.json`", "the pack's own check, as above"),
        ("`checkpoint.note`, `public_key.hex`, `verify.py`", "the signed checkpoint, the key, the verifier"),
    ]
    if not scope.is_whole:
        files.insert(1, ("`proofs.jsonl`", "for each event the hashes that lead to the signed root (RFC 6962)"))
    return _table("Files", ("file", "holds"), files)


def _table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [f"## {title}", "", "| " + " | ".join(head) + " |", "| " + " | ".join("---" for _ in head) + " |"]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def _code(text: str) -> str:
    """A foreign text as a code span on one line: no markup of it takes effect."""
    flat = " ".join(str(text).split()).replace("`", "'").replace("|", "/")
    return f"`{flat[:200]}`"

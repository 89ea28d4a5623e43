"""What is wrong with a request, field by field: the framework's findings in words that name the remedy."""

from __future__ import annotations

from typing import TypedDict

from fastapi.exceptions import RequestValidationError

TEXT_MAX = 300
REMEDIES = {
    "idempotency-key": "send 8 to 200 visible characters of your own, new for each decision and the same to repeat it",
    "source_bill_ids": "give 1 to 200 bill ids as the Decision console lists them, for instance qbo:152",
    "source_bill_id": "give a bill's id as the Decision console lists it, for instance qbo:152",
    "payload_sha256": "give the 64 hex digits that were shown with the payout",
    "seen_sha256": "give the 64 hex digits that were read with the payout, or leave it out",
    "list_sha256": "give the 64 hex digits of the sheet that was shown",
    "payouts": "give 1 to 200 payouts, each once, with payout_id and, to approve or release, payload_sha256",
    "payout_id": "give a payout's id as the list of payouts tells it",
    "verb": "give one of propose, approve, hold, reject, release, cancel",
    "reason": "give plain text of at most 1000 characters",
    "evidence": "name what shows it; for settled the posting id of the bank line",
    "outcome": "give settled, returned or cancelled",
    "number_source": "say where the number came from that you called",
    "at": "give an instant to come with its zone, like 2026-11-25T14:00:00Z",
    "arrival_date": "give a banking day like 2026-12-14",
    "name": "give the template a name of 1 to 200 characters",
    "vendor_id_qbo": "give the vendor's id in QuickBooks",
    "every": "give week or month",
    "day": "give 1 (Monday) to 7 for a week, 1 to 31 for a month",
    "roll": "give before or after: where a day goes on which banks are closed",
    "cap_minor": "give the most that one bill may be, a whole number of cents above zero",
    "state": "give states as the payouts show them",
    "version": "give the number of one of the client's versions, a whole number from 1 on",
    "mode": "give active, managed or silent",
    "tier": "give basic or smart",
    "role": "give a role as docs/reference/roles.md lists it",
    "clients": "give client ids as the portfolio lists them, or null for all",
    "email": "give the address that the person signs in by",
    "from_date": "give a day like 2026-12-14, or null for at once",
    "to_date": "give the last day like 2027-02-26",
    "life_days": "give whole days from 1 to 90",
    "is_agent": "give true or false",
    "is_read_only": "give true or false",
    "note": "give plain text of at most 1000 characters",
    "limit": "give a whole number from 1 to 500",
    "offset": "give a whole number from 0 on; next_offset of the page before tells it",
    "client_id": "give the client's id as the portfolio lists it",
    "advisor_id": "give your firm's id",
    "body": 'send one JSON object, for instance {"source_bill_ids": ["qbo:152"], "note": "due"}',
}
AMOUNT = "leave it out: what is paid is the bill's open amount, correct the bill where it was entered"
WHERE = ("header", "query", "path", "cookie")


class Fault(TypedDict):
    """One finding: the field as the caller named it, and what is wrong with it and what would be right."""

    field: str
    message: str


def faults_of(error: RequestValidationError) -> list[Fault]:
    """The findings in the order of the request. Fit for JSON and the audit log, whatever the caller sent."""
    return [_fault(found) for found in error.errors()]


def _fault(found: dict[str, object]) -> Fault:
    loc = found["loc"]
    parts = [str(part) for part in loc] if isinstance(loc, (list, tuple)) else [str(loc)]
    kind, text = str(found["type"]), str(found["msg"])
    if kind == "json_invalid":
        parts = ["body"]
    name = ".".join(parts[1:] if len(parts) > 1 and parts[0] in (*WHERE, "body") else parts)
    known = next((part for part in parts[1:] or parts if part in REMEDIES), "body")
    remedy = REMEDIES[known]
    if kind == "missing":
        what = "is missing"
    elif kind == "extra_forbidden":
        what = "is not a field of this request"
        remedy = AMOUNT if "amount" in name or "minor" in name else "leave it out"
    elif kind == "json_invalid":
        what = "is not JSON"
    else:
        what = f"is not right ({text.removeprefix('Value error, ')})"
    return Fault(field=_fit(name), message=_fit(f"{what}: {remedy}"))


def _fit(text: str) -> str:
    return text.encode("utf-8", "replace").decode().replace("\x00", "?")[:TEXT_MAX]

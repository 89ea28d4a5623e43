"""What the console and the API are shown of a payout. Plain values; no secrets, no request headers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from execution.domain.next_step import NextStep
from execution.domain.rail import is_rehearsal
from execution.domain.verdict import Effect, Verdict
from execution.payouts.rows import Row


@dataclass(frozen=True, slots=True)
class Payout:
    """One payout as people follow it. Amount in minor units."""

    advisor_id: str
    client_id: str
    payout_id: str
    source_bill_id: str
    vendor_name: str
    vendor_id_ramp: str
    invoice_number: str
    amount_minor: int
    currency_code: str
    due_date: date
    arrival_date: date
    mode: str
    state: str
    state_reason: str
    payload_sha256: str
    preparer_id: str
    preparer_name: str
    approvals_needed: int
    approvals_have: int
    rail_bill_id: str | None
    rail_draft_id: str | None
    posting_id_plaid: str | None
    version: int
    created_at: datetime
    updated_at: datetime
    next_action: str
    next_step: NextStep
    account_id_plaid: str = ""
    is_rehearsal: bool = False
    released_at: datetime | None = None
    release_at: datetime | None = None
    released_by: str | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A payout whose next step a given person may take; `act` as the service calls it."""

    payout: Payout
    act: str
    what: str
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Freeze:
    """Why nothing is sent for a client, and who already asked to release it."""

    reason: str
    frozen_at: datetime
    asked_by: str | None
    asked_role: str | None
    asked_at: datetime | None


@dataclass(frozen=True, slots=True)
class BillVerdict:
    """What the guards say of one bill. outcome pass | warning | needs_second | blocked."""

    source_bill_id: str
    outcome: str
    verdicts: list[Verdict]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A list as it would be signed now: each payout, and the hash over the hashes of all of them."""

    payouts: list[Payout]
    list_sha256: str
    total_minor: int
    currency_code: str


@dataclass(frozen=True, slots=True)
class BatchLine:
    """What became of one line. outcome: the verb in the past tense, needs_second, blocked or refused."""

    source_bill_id: str
    payout_id: str | None
    outcome: str
    reason: str
    payload_sha256: str | None
    verdicts: list[Verdict]
    subject_id: str = ""


@dataclass(frozen=True, slots=True)
class BatchResult:
    """One act over several bills or payouts; `finished_at` None while lines are still being worked on."""

    batch_id: str
    lines: list[BatchLine]
    verb: str = "approve"
    line_count: int = 0
    list_sha256: str = ""
    person_id: str = ""
    note: str = ""
    rolls_back: str | None = None
    created_at: datetime | None = None
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reserve:
    """Cash set aside for one payout."""

    client_id: str
    payout_id: str
    vendor_name: str
    account_id_plaid: str
    amount_minor: int
    currency_code: str
    held_at: datetime


@dataclass(frozen=True, slots=True)
class PayoutDetail:
    """A payout with everything that was said and done about it."""

    payout: Payout
    verdicts: list[Verdict]
    approvals: list[dict[str, Any]]
    timeline: list[dict[str, Any]]
    custody: list[dict[str, Any]]
    rail_calls: list[dict[str, Any]]
    seen: dict[str, Any] = field(default_factory=dict)
    """What an approver would be shown of bill and payee now."""
    seen_sha256: str = ""
    """The hash of that, which an approval signs beside the payload's."""
    joint_acts: list[dict[str, Any]] = field(default_factory=list)
    """Acts of two people on it: who asked for what on which evidence, and who agreed."""


def payout_from(row: Row, approvals_have: int, step: NextStep) -> Payout:
    """A stored payout as a view."""
    given = {name: row[name] for name in Payout.__slots__ if name in row}
    return Payout(
        **given,
        approvals_have=approvals_have,
        next_action=step.what,
        next_step=step,
        is_rehearsal=is_rehearsal(row["rail_draft_id"] or row["rail_bill_id"]),
    )


def verdicts_from(stored: Any) -> list[Verdict]:
    """Verdicts as they were kept with the payout."""
    return [
        Verdict(v["guard_id"], v["passed"], v["reason"], v.get("remedy", ""), v.get("inputs", {}), Effect(v["effect"]))
        for v in stored or []
    ]

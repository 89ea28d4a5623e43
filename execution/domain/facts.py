"""Everything the guards may look at, gathered before they are asked. What could not be learned is None.

A guard never fetches: the same facts give the same verdict, in a test and in the audit a year later.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from execution.domain.payload import Payload
from execution.domain.permits import Permit
from execution.domain.policy import Policy


class Stage(StrEnum):
    """When the guards are asked. From `reserve` on, facts must be live."""

    PREVIEW = "preview"
    PROPOSE = "propose"
    APPROVE = "approve"
    RESERVE = "reserve"
    SEND = "send"

    @property
    def is_live(self) -> bool:
        """Whether facts of the snapshot alone no longer suffice."""
        return self in (Stage.RESERVE, Stage.SEND)

    @property
    def is_unsigned(self) -> bool:
        """Whether nobody could have signed yet."""
        return self in (Stage.PREVIEW, Stage.PROPOSE)


@dataclass(frozen=True, slots=True)
class Signature:
    """One person's approval, on the payload hash and the facts that they were shown."""

    person_id: str
    name: str
    role: str
    payload_sha256: str
    reason: str = ""
    snapshot_id: str = ""
    seen: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BillFacts:
    """The bill as the snapshot or QBO shows it. `version` is QBO's SyncToken."""

    source_bill_id: str
    open_minor: int
    currency_code: str
    version: str | None
    vendor_id: str | None = None
    is_payable_here: bool = True
    not_payable_reason: str | None = None
    duplicate_of: str | None = None
    duplicate_evidence: str | None = None


@dataclass(frozen=True, slots=True)
class BalanceFacts:
    """Cash of the funding account. Minor units; `as_of` is when we asked, never when the bank says."""

    account_id: str
    available_minor: int | None
    currency_code: str | None
    as_of: datetime
    is_live: bool = False


@dataclass(frozen=True, slots=True)
class ReserveFacts:
    """What already has a claim on the account: our holds, others' Ramp payments not yet posted, and what is promised.

    Promised: payouts that are approved and wait for their hold, this one not counted.
    """

    held_minor: int
    foreign_minor: int
    promised_minor: int = 0


@dataclass(frozen=True, slots=True)
class PayeeFacts:
    """The payee at Ramp now, beside what was seen when it was proposed and first paid."""

    vendor_id: str
    is_active: bool
    vendor_account_id: str | None
    fingerprint: str | None
    known_fingerprint: str | None
    is_new: bool
    call_back_confirmed: bool = False
    call_back_by: str | None = None
    changed_at: datetime | None = None
    edited_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Twin:
    """Another record that could be the same bill or its payment."""

    kind: str
    record_id: str
    evidence: str
    is_certain: bool = True
    is_same_bill: bool = False


@dataclass(frozen=True, slots=True)
class LimitFacts:
    """What went out or is promised already, this payment not counted. Minor units.

    `signed_day_minor`: what the person who is about to sign signed for the client today.
    """

    day_minor: int
    vendor_day_minor: int
    vendor_week_minor: int
    client_week_minor: int
    signed_day_minor: int = 0


@dataclass(frozen=True, slots=True)
class PaceFacts:
    """How many payouts went out or are promised, this one not counted; and what the vendor was paid before."""

    vendor_hour: int
    vendor_day: int
    client_hour: int
    client_day: int
    paid_before_minor: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Something that is paying this bill, or is about to, and is not our payout. `rail` ramp | books | card | bank."""

    rail: str
    record_id: str
    what: str


@dataclass(frozen=True, slots=True)
class ClientFacts:
    """How the firm serves the client now. advisor_mode active | managed | silent; payout_mode draft | direct."""

    advisor_mode: str
    payout_mode: str
    is_removed: bool = False


@dataclass(frozen=True, slots=True)
class RailFacts:
    """Health of one rail. status fresh | ageing | stale | failed | absent."""

    status: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ClockFacts:
    """What other clocks say. `rail_skew_seconds` is None where Ramp was not asked yet."""

    last_audit_at: datetime | None
    rail_skew_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """One payout, and the world around it at one moment."""

    stage: Stage
    now: datetime
    today: date
    policy: Policy
    client_name: str
    currency_code: str
    payload: Payload | None
    stored_payload_sha256: str | None = None
    preparer_id: str | None = None
    actor_id: str | None = None
    signatures: tuple[Signature, ...] = ()
    # What an approver would be shown of bill and payee at this moment, as `domain.seen` lists it.
    seen: Mapping[str, object] = field(default_factory=dict)
    policy_authors: tuple[str, ...] = ()
    buffer_minor: int | None = None
    readiness_minimum: int | None = None
    readiness_score: int | None = None
    readiness_reason: str = ""
    daily_net_burn_minor: int | None = None
    is_first_payout: bool = False
    bill: BillFacts | None = None
    live_bill: BillFacts | None = None
    balance: BalanceFacts | None = None
    reserves: ReserveFacts | None = None
    own_hold_minor: int = 0
    payee: PayeeFacts | None = None
    twins: tuple[Twin, ...] | None = None
    elsewhere: tuple[Elsewhere, ...] | None = None
    limits: LimitFacts | None = None
    pace: PaceFacts | None = None
    client: ClientFacts | None = None
    is_prepared_by_agent: bool | None = None
    permits: tuple[Permit, ...] = ()
    rails: Mapping[str, RailFacts] = field(default_factory=dict)
    clock: ClockFacts | None = None
    snapshot_at: datetime | None = None
    is_client_frozen: bool | None = None
    frozen_reason: str = ""
    is_executor_halted: bool | None = None

"""The next step of a payout: what, who and by when; and whether a given person is one of those who may take it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from execution.domain.bands import APPROVERS, SECOND_SIGNERS
from execution.domain.states import ENDED, State


class Act(StrEnum):
    """What a person would do next; NONE where no person has to do anything."""

    NONE = ""
    PROPOSE = "propose"
    APPROVE = "approve"
    RELEASE = "release"
    AGREE_TO_RESEND = "agree_to_resend"
    CLOSE = "close"
    REISSUE = "reissue"


PREPARERS = frozenset({"bookkeeper", "controller", "advisor"})
RELEASERS = frozenset({"controller", "advisor", "firm_admin"})


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a payout stands, as far as its next step depends on it."""

    state: State
    preparer_id: str
    state_reason: str = ""
    signers: tuple[tuple[str, str], ...] = ()  # (person, role) of each signature on the present payload.
    approvals_needed: int = 1
    releaser_is_apart: bool = False
    is_released: bool = False
    release_at: datetime | None = None
    is_rehearsal: bool = False
    may_be_paid_again: bool = True
    resend_needs_person: bool = False
    asked_by: str | None = None  # Who asked for the act of two people that waits.
    asked_name: str = ""
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NextStep:
    """What happens next, who does it, and until when. `roles` are those of people who may; `not_people` may not."""

    what: str
    who: str
    act: Act = Act.NONE
    roles: frozenset[str] = frozenset()
    not_people: frozenset[str] = field(default_factory=frozenset)
    due_at: datetime | None = None

    def waits_for(self, person_id: str, role: str) -> bool:
        """Whether this person may take the step."""
        return self.act is not Act.NONE and role in self.roles and person_id not in self.not_people


_MOVES: dict[State, tuple[str, str]] = {
    State.RESERVED: ("The executor sends it", "executor"),
    State.SENDING: ("The executor waits for Ramp's answer", "executor"),
    State.AT_RAIL: ("Ramp starts the payment on its date", "Ramp"),
    State.IN_FLIGHT: ("The bank shows the debit within days", "bank"),
    State.RAIL_PAID: ("The bank's posting proves it", "bank"),
    State.SETTLED: ("Nothing; watched 60 days for a return", "nobody"),
    State.HANDED_OFF: ("The client's approver finishes the draft in Ramp", "client's Ramp approver"),
}


def next_step(at: Standing) -> NextStep:
    """The one next step of a payout."""
    if at.state is State.PROPOSED:
        return _approval(at)
    if at.state is State.BLOCKED:
        what = "Do what the guard asks, then propose the bill again"
        return NextStep(what, "bookkeeper", Act.PROPOSE, PREPARERS, due_at=at.due_at)
    if at.state is State.APPROVED:
        return _release(at)
    if at.state is State.HANDED_OFF and at.is_rehearsal:
        what = "Rehearsal: nothing was sent to Ramp; it ends by itself after its arrival date"
        return NextStep(what, "executor", due_at=at.due_at)
    if at.state is State.UNCONFIRMED:
        return _silence(at)
    if at.state is State.MISMATCHED:
        return _two_people(at, Act.CLOSE, "say how it ended; sending for the client is frozen")
    if at.state in ENDED and not at.may_be_paid_again:
        return _two_people(at, Act.REISSUE, "decide whether to pay it again")
    if at.state in ENDED:
        return NextStep("Nothing; the bill may be proposed again", "nobody")
    what, who = _MOVES[at.state]
    return NextStep(what, who, due_at=at.due_at)


def _approval(at: Standing) -> NextStep:
    signed = frozenset(person for person, _ in at.signers)
    missing = at.approvals_needed - len(signed)
    roles, who = APPROVERS, "controller or advisor"
    if at.approvals_needed > 1 and missing <= 1 and not any(role in SECOND_SIGNERS for _, role in at.signers):
        roles, who = SECOND_SIGNERS, "advisor or firm admin"
    what = "A second person approves" if signed else "Somebody other than the preparer approves"
    if at.approvals_needed > 1 and not signed:
        what = f"{at.approvals_needed} people approve, none of them the preparer"
    return NextStep(what, who, Act.APPROVE, roles, signed | {at.preparer_id}, at.due_at)


def _release(at: Standing) -> NextStep:
    if at.is_released:
        return NextStep("The executor reserves cash and sends it", "executor", due_at=at.due_at)
    if at.release_at is not None:
        return NextStep("The clock releases it; the guards are asked again then", "executor", due_at=at.release_at)
    barred = frozenset(person for person, _ in at.signers) if at.releaser_is_apart else frozenset()
    what = "Somebody other than its approvers releases it" if at.releaser_is_apart else "It is released to Ramp"
    return NextStep(what, "controller or advisor", Act.RELEASE, RELEASERS, barred | {at.preparer_id}, at.due_at)


def _silence(at: Standing) -> NextStep:
    what = "Ramp went silent: the executor looks for the bill, nothing is sent twice"
    if not at.resend_needs_person:
        return NextStep(what, "executor", due_at=at.due_at)
    what = "Look in Ramp for the bill; where there is none, agree that it is sent again"
    return NextStep(
        what, "controller or advisor", Act.AGREE_TO_RESEND, RELEASERS, frozenset({at.preparer_id}), at.due_at
    )


def _two_people(at: Standing, act: Act, to: str) -> NextStep:
    if at.asked_by is not None:
        what, barred = f"A second person agrees with {at.asked_name} to {to}", frozenset({at.preparer_id, at.asked_by})
        return NextStep(what, "advisor or firm admin", act, RELEASERS, barred, at.due_at)
    what, barred = f"A controller and an advisor {to}", frozenset({at.preparer_id})
    return NextStep(what, "controller and advisor", act, RELEASERS, barred, at.due_at)

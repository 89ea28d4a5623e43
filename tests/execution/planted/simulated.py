"""Faults in what is decided. The simulator takes the same decisions, so it must find each of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from execution import guards
from execution.domain import bands, people_needed, rail_status, reference, resolving, states
from execution.domain.bands import Band, BandLimits
from execution.domain.facts import Facts, LimitFacts
from execution.domain.payload import Payload
from execution.domain.rail import Reply, Search, Wire
from execution.domain.rail_status import RailReading
from execution.domain.resolving import Step
from execution.domain.states import State
from execution.domain.verdict import passes
from execution.senders import ramp, replies
from execution.senders.ramp import RampSender
from tests.execution.planted.fault import Fault, everywhere

Patch = pytest.MonkeyPatch
PERSONS_GO_FIRST = 10**12


def _without(guard_id: str) -> Callable[[Patch], None]:
    def plant(patch: Patch) -> None:
        patch.setitem(guards.ALL, guard_id, lambda facts: passes(guard_id, "not asked"))

    return plant


def _without_both_duplicate_guards(patch: Patch) -> None:
    for guard_id in ("duplicate", "same_bill"):
        _without(guard_id)(patch)


def _band_off_by_one(patch: Patch) -> None:
    def band_of(self: BandLimits, sum_minor: int) -> Band:
        if sum_minor > self.two_people_from_minor:
            return Band.TWO_PEOPLE
        if sum_minor > self.review_from_minor:
            return Band.REVIEW
        return Band.ONE_CONTROLLER if sum_minor > self.automatic_up_to_minor else Band.AUTOMATIC

    patch.setattr(bands.BandLimits, "band_of", band_of)


def _band_of_one_bill(patch: Patch) -> None:
    real = people_needed.people_needed

    def alone(facts: Facts) -> people_needed.Needed | None:
        return real(replace(facts, limits=LimitFacts(0, 0, 0, 0)) if facts.limits else facts)

    everywhere(patch, real, alone)


def _approval_not_bound_to_payee(patch: Patch) -> None:
    def canonical(self: Payload) -> bytes:
        left_out = {"vendor_account_id", "vendor_id_ramp"}
        shown = {name: str(getattr(self, name)) for name in self.__slots__ if name not in left_out}
        return json.dumps(shown, sort_keys=True).encode()

    patch.setattr(Payload, "canonical", canonical)


def _approval_not_bound_to_amount(patch: Patch) -> None:
    def canonical(self: Payload) -> bytes:
        left_out = {"amount_minor", "bill_version"}
        shown = {name: str(getattr(self, name)) for name in self.__slots__ if name not in left_out}
        return json.dumps(shown, sort_keys=True).encode()

    patch.setattr(Payload, "canonical", canonical)


def _reference_of_the_amount(patch: Patch) -> None:
    """Not derived from the bill alone: a second proposal is another payment. The wall behind it is taken away too."""
    real, made = reference.payout_id_for, [0]

    def fresh(*parts: Any) -> str:
        made[0] += 1
        return real(*parts[:-1], 1_000_000 + made[0])

    everywhere(patch, real, fresh)
    _only_by_reference(patch)


def _only_by_reference(patch: Patch) -> None:
    real = RampSender.search

    def search(self: RampSender, payload: Payload) -> Search:
        return replace(real(self, payload), same_invoice=())

    patch.setattr(RampSender, "search", search)


def _resend_on_recovery(patch: Patch) -> None:
    def unconfirmed(reason: str, now: datetime, inputs: Any) -> Step:
        return Step(State.RESERVED, "payout.not_sent", reason, {"next_at": now}, inputs)

    everywhere(patch, resolving.unconfirmed, unconfirmed)


def _no_quiet_window(patch: Patch) -> None:
    patch.setattr(resolving, "QUIET_WINDOW", timedelta(0))
    patch.setattr(resolving, "CLEAN_SCANS_NEEDED", 1)


def _nobody_agrees(patch: Patch) -> None:
    real = resolving.not_found

    def alone(row: Any, now: datetime, *, automatic_up_to_minor: int) -> Step:
        return real(row, now, automatic_up_to_minor=PERSONS_GO_FIRST)

    everywhere(patch, real, alone)


def _not_holding(*freed: State) -> Callable[[Patch], None]:
    def plant(patch: Patch) -> None:
        everywhere(patch, states.HOLDING, states.HOLDING - set(freed))

    return plant


def _search_skipped(patch: Patch) -> None:
    patch.setattr(RampSender, "search", lambda self, payload: Search())


def _drafts_not_searched(patch: Patch) -> None:
    real = RampSender.search

    def search(self: RampSender, payload: Payload) -> Search:
        found = real(self, payload)
        return replace(found, ours=tuple(one for one in found.ours if one.kind == "bill"))

    patch.setattr(RampSender, "search", search)


def _adopted_without_a_second_look(patch: Patch) -> None:
    def search(self: RampSender, payload: Payload) -> Search:
        rows = [*self.session.all_rows("/bills", {"remote_id": payload.payout_id})]
        drafts = [*self.session.all_rows("/bills/drafts", {"remote_id": payload.payout_id})]
        return Search(tuple(ramp.record_from("bill", one) for one in rows)
                      + tuple(ramp.record_from("draft", one) for one in drafts))  # fmt: skip

    patch.setattr(RampSender, "search", search)


def _server_error_is_a_refusal(patch: Patch) -> None:
    real = replies.judge_response

    def judge(status: int, body: bytes, trace_id: str | None) -> Reply:
        if status >= 500:
            return Reply(Wire.REFUSED, "server error", status, None, trace_id, body)
        return real(status, body, trace_id)

    everywhere(patch, real, judge)


def _silence_is_never_sent(patch: Patch) -> None:
    everywhere(patch, replies.judge_failure, lambda error: Reply(Wire.NEVER_SENT, type(error).__name__))


def _silence_is_success(patch: Patch) -> None:
    everywhere(patch, replies.judge_failure, lambda error: Reply(Wire.DONE, "surely", 201, "b0"))


def _error_before_the_start_ends_it(patch: Patch) -> None:
    patch.setitem(rail_status._MEANINGS, "PAYMENT_ERROR", RailReading(State.DECLINED, "failed"))


def _every_error_is_a_return(patch: Patch) -> None:
    def has_come_back(current: State, status_summary: str | None, *, was_initiated: bool) -> bool:
        return status_summary == "PAYMENT_ERROR" and current in (State.AT_RAIL, State.IN_FLIGHT, State.RAIL_PAID)

    everywhere(patch, rail_status.has_come_back, has_come_back)


def _on_hold_is_the_end(patch: Patch) -> None:
    patch.setitem(rail_status._MEANINGS, "ON_HOLD", RailReading(State.CANCELLED, "held"))


def _archived_counts_as_live(patch: Patch) -> None:
    real = resolving.seen

    def seen(row: Any, record: Any) -> list[Step]:
        if record is not None and record.is_archived:
            record = replace(record, is_archived=False, status_summary="PAYMENT_SCHEDULED")
        return real(row, record)

    everywhere(patch, real, seen)


def _any_line_settles(patch: Patch) -> None:
    real = resolving.proven

    def proven(row: Any, proof: Any, now: datetime) -> Step | None:
        return real(row, {**proof, "candidate_count": 1, "posting_id_plaid": proof["posting_id_plaid"] or "tx"}, now)

    everywhere(patch, real, proven)


def _paid_at_ramp_is_settled(patch: Patch) -> None:
    patch.setitem(rail_status._MEANINGS, "PAYMENT_COMPLETED", RailReading(State.SETTLED, "paid"))
    patch.setattr(rail_status, "_ORDER", [*rail_status._ORDER, State.SETTLED])


def _approvals_never_expire(patch: Patch) -> None:
    everywhere(patch, states.APPROVAL_LIFE, timedelta(days=3_650))


def _earlier_word_undoes_a_later_one(patch: Patch) -> None:
    everywhere(patch, rail_status.next_state, lambda current, status: rail_status.read_status(status).state)


def _cancelled_while_it_is_sent(patch: Patch) -> None:
    everywhere(patch, states.BEFORE_SENDING, states.BEFORE_SENDING | {State.SENDING, State.UNCONFIRMED})
    for state in (State.SENDING, State.UNCONFIRMED):
        patch.setitem(states._LEGAL, state, states._LEGAL[state] | {State.CANCELLED, State.BLOCKED})


SIMULATED = (
    Fault("band off by one", _band_off_by_one),
    Fault("band of the bill instead of the week", _band_of_one_bill),
    Fault("preparer approves", _without("separate_people")),
    Fault("signatures are not counted", _without("signers")),
    Fault("swapped payee is not noticed", _without("payee")),
    Fault("edited bill is not noticed", _without("bill_open")),
    Fault("invoice entered twice is paid twice", _without_both_duplicate_guards),
    Fault("approval not bound to the payee", _approval_not_bound_to_payee),
    Fault("approval not bound to the amount", _approval_not_bound_to_amount),
    Fault("random reference", _reference_of_the_amount),
    Fault("resend on recovery", _resend_on_recovery),
    Fault("no quiet window", _no_quiet_window),
    Fault("nobody agrees to send again", _nobody_agrees),
    Fault("hold freed on timeout", _not_holding(State.UNCONFIRMED)),
    Fault("hold freed while sending", _not_holding(State.SENDING)),
    Fault("hold ended when Ramp has the bill", _not_holding(State.AT_RAIL)),
    Fault("hold freed on paid", _not_holding(State.RAIL_PAID)),
    Fault("hold freed on mismatch", _not_holding(State.MISMATCHED)),
    Fault("search skipped", _search_skipped),
    Fault("drafts not searched", _drafts_not_searched),
    Fault("adopted without a second look", _adopted_without_a_second_look),
    Fault("server error is a refusal", _server_error_is_a_refusal),
    Fault("silence is never sent", _silence_is_never_sent),
    Fault("silence is success", _silence_is_success),
    Fault("error before the start ends it", _error_before_the_start_ends_it),
    Fault("every error is a return", _every_error_is_a_return),
    Fault("on hold at Ramp is the end", _on_hold_is_the_end),
    Fault("archived bill counted as live", _archived_counts_as_live),
    Fault("any bank line settles", _any_line_settles),
    Fault("paid at Ramp is settled", _paid_at_ramp_is_settled),
    Fault("expired approval is sent", _approvals_never_expire),
    Fault("earlier word undoes a later one", _earlier_word_undoes_a_later_one),
    Fault("cancelled while it is sent", _cancelled_while_it_is_sent),
)

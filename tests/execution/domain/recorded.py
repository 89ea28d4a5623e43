"""What the rules with many words say over a grid of cases, so that a changed word or figure is seen in the review.

python -m tests.execution.domain.recorded        writes recorded.txt anew
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import astuple, replace
from datetime import date, timedelta
from itertools import product
from pathlib import Path
from typing import Any

from execution.domain.custody import Kept, Link, Sight, books_due, ends_chain, on_move, posting_due
from execution.domain.custody_review import review
from execution.domain.next_step import Standing, next_step
from execution.domain.rail_drift import compare
from execution.domain.reference import payout_id_for
from execution.domain.seen import WORDS, changes, fields_of, sha256_of
from execution.domain.states import State
from tests.execution.domain.test_custody import DUE, NOW, OTHER, PROOF, ROW, stored
from tests.execution.domain.test_rail_drift import BILLS, bill, row
from tests.execution.guards.facts import PAYLOAD

PAGE = Path(__file__).with_name("recorded.txt")
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
STATES = ("at_rail", "in_flight", "rail_paid", "settled", "returned", "mismatched", "cancelled", "declined")
BOOKED = {"bill_payment_id_qbo": "bp1", "bill_payment_minor": -90_000, "bill_payment_date": date(2026, 11, 19),
          "bill_payment_score": 0.9, "bill_payment_signal": "link"}  # fmt: skip
BACK = {"return_posting_id": "r1", "return_posted_date": date(2026, 11, 22), "return_signal": "trace"}
PROOFS: dict[str, dict[str, Any] | None] = {
    "no proof row": None, "nothing": {}, "no window": {"window_to_date": None, "books_due_date": None},
    "decided": {"decided_by": "trace", "candidate_count": 2, "posting_id_plaid": "t1"},
    "one candidate": {"candidate_count": 1, "posting_id_plaid": "t1"}, "no count": {"candidate_count": None},
    "two candidates": {"candidate_count": 2, "posting_id_plaid": "t1", "runner_up_posting_id": "t2"},
    "line gone": {"is_proof_present": False}, "bill gone": {"is_bill_at_ramp": False},
    "other amount": {"contradicting_posting_id": "t3", "contradicting_minor": -91_000},
    "other account": {"contradicting_posting_id": "t3", "contradicting_minor": -90_000},
    "booked astray": {**BOOKED, "bill_payment_signal": "names the Ramp payment, on another bill"},
    "maybe back": {**BACK, "is_return_certain": False}, "back": {**BACK, "is_return_certain": True},
    "booked": BOOKED, "booked, no amount": {**BOOKED, "bill_payment_minor": None},
    "booked wrong": {**BOOKED, "bill_payment_minor": -89_999}, "paid in the books": {"qbo_open_minor": 0},
}  # fmt: skip
SIGHTS: dict[str, dict[str, Any]] = {
    "read now": {"read_at": dict.fromkeys(("plaid", "qbo", "ramp"), NOW + DAY)},
    "read long ago": {"read_at": dict.fromkeys(("plaid", "qbo", "ramp"), DUE - DAY)},
    "never read": {"read_at": {}}, "successor": {"has_successor": True},
    "moved": {"elsewhere": (OTHER,)}, "scheduled": {"elsewhere": ({**OTHER, "certainty": "scheduled"},)},
    "recorded": {"elsewhere": ({**OTHER, "certainty": "recorded"}, OTHER)},
}  # fmt: skip
KEPT: dict[str, dict[str, Any]] = {
    "open": {}, "closed": {"evidence_id": "bp1", "evidence": {"what": "as before"}, "closed_at": DUE - DAY},
    "no evidence": {"evidence": None},
    "found wrong": {"finding": "late", "finding_text": "as said", "next_action": "as told"},
}  # fmt: skip


def told(kept: Kept) -> str:
    """One link as a line."""
    return " | ".join("-" if part is None or part == "" else str(part) for part in astuple(kept))


def reviews() -> Iterator[tuple[str, str]]:
    """(what is seen, what is said) of one link at a time, and of all three together."""
    later = NOW + 10 * DAY
    for link, (seen, proof), (how, kept), state in product(Link, PROOFS.items(), KEPT.items(), STATES):
        is_rare = how in ("no evidence", "found wrong") and seen not in ("nothing", "two candidates")
        if link is Link.DECISION or is_rare:
            continue
        for posted in (None, "t1"):
            payout = {**ROW, "state": state, "posting_id_plaid": posted}
            sight = Sight({**PROOF, **proof} if proof is not None else None, **SIGHTS["read now"])
            [said] = review(payout, {link: stored(link, **kept)}, sight, NOW)
            yield f"{link} {how}, {seen}: {told(said)}", f"{state}{'+line' if posted else ''}"
    for link, (name, sight), state, at in product(Link, SIGHTS.items(), STATES, (DUE, DUE + SECOND, later)):
        if link is Link.DECISION:
            continue
        for bill_id in ("bill-1", None):
            payout = {**ROW, "state": state, "rail_bill_id": bill_id}
            [said] = review(payout, {link: stored(link)}, Sight(PROOF, **sight), at)
            yield (
                f"{link} open, {name}, {(at - DUE).total_seconds():.0f} s: {told(said)}",
                f"{state}{'' if bill_id else '-bill'}",
            )
    for name, sight in SIGHTS.items():
        links = {link: stored(link) for link in Link}
        for some in (links, {k: v for k, v in links.items() if k is not Link.BOOK_PAYMENT}, {}):
            for state in STATES:
                said_all = review({**ROW, "state": state}, some, Sight(PROOF, **sight), NOW)
                yield f"{len(some)} links, {name}: {' // '.join(map(told, said_all))}", state


def moves() -> Iterator[tuple[str, str]]:
    """What each step opens and closes, by when, and whether it ends the chain."""
    for state, bill_id in product(State, ("bill-1", None)):
        payout = {
            **ROW,
            "state": str(state),
            "rail_bill_id": bill_id,
            "posting_id_plaid": "t1",
            "state_reason": "as it was",
        }
        for inputs in ({}, {"reason": "why", "posting_id": "t1", "none": None}):
            said = on_move(payout, state, NOW, inputs)
            for link in said:
                yield f"on_move {inputs}: {told(link)}", str(state)
        yield f"ends the chain {'with a bill' if bill_id else 'without'}: {bool(ends_chain(payout, state))}", str(state)
    for method in ("ACH", "CHECK", "DOMESTIC_WIRE", "RTP", "SWIFT", "INTERNATIONAL", "unheard of"):
        for paid in (ROW["payment_date"], None):
            due = posting_due({**ROW, "payment_date": paid}, method)
            yield f"posting due {due:%Y-%m-%d}, books {books_due(due, method):%Y-%m-%d}", f"{method} {paid}"
    yield f"posting due {posting_due(ROW):%Y-%m-%d}, books {books_due(DUE):%Y-%m-%d}", "no method given"


def steps() -> Iterator[tuple[str, str]]:
    """The next step of every state, in the situations that change it."""
    carl, ada = ("carl", "controller"), ("ada", "advisor")
    situations: list[dict[str, Any]] = [
        {}, {"approvals_needed": 2}, {"approvals_needed": 2, "signers": (carl,)},
        {"approvals_needed": 2, "signers": (ada,)}, {"signers": (carl,), "releaser_is_apart": True},
        {"is_released": True}, {"release_at": DUE}, {"resend_needs_person": True}, {"is_rehearsal": True},
        {"asked_by": "carl", "asked_name": "Carl"}, {"may_be_paid_again": True}, {"may_be_paid_again": False},
    ]  # fmt: skip
    people = {"bea": "bookkeeper", "carl": "controller", "ada": "advisor", "farid": "firm_admin", "ana": "analyst"}
    for state, given in product(State, situations):
        step = next_step(Standing(**{"state": state, "preparer_id": "bea", "due_at": DUE, **given}))
        waits = [name for name, role in people.items() if step.waits_for(name, role)]
        yield (
            f"next step {given}: {step.act} | {step.what} | {step.who} | {step.due_at} | waits for {waits}",
            str(state),
        )


def drifts() -> Iterator[tuple[str, str]]:
    """What Ramp holds against what the store knows: one record, two, none; drafts, archived, of other amounts."""
    lists = {
        "none": [], "bill": [bill()], "draft": [bill("d1", kind="draft")], "archived": [bill(is_archived=True)],
        "two": [bill(), bill("b2")], "archived and live": [bill(is_archived=True), bill("b2")],
        "of draft d1": [bill("b3", draft_bill_id="d1")], "not ours": [bill(remote_id=None), bill("b9", "x" * 32)],
        "no amount": [replace(bill(), amount_minor=None, currency_code=None)],
        "no code": [replace(bill(), currency_code=None)],
        "later bill": [bill(remote_id=payout_id_for("firm", "acme", "ramp", "qbo:2", 9))],
        "too late": [bill(remote_id=payout_id_for("firm", "acme", "ramp", "qbo:2", 10))],
    }  # fmt: skip
    knows = {"nothing": {}, "bill b1": {"rail_bill_id": "b1"}, "draft d1": {"rail_draft_id": "d1"},
             "rehearsal": {"rail_draft_id": "dry_run:1"}}  # fmt: skip
    for (there, records), (known, ids), state in product(lists.items(), knows.items(), State):
        adoptions, lines = compare(records, row(state, **ids), BILLS, moved=())
        taken = [(one.payout_id[:8], [r.record_id for r in one.records]) for one in adoptions]
        said = " // ".join(str(astuple(line)) for line in lines)
        yield f"Ramp holds {there}, we know {known}: {taken} {said}", str(state)
    for there, records in lists.items():
        _, lines = compare(records, {}, BILLS, moved=())
        yield f"Ramp holds {there}, we know no payout: {' // '.join(str(astuple(line)) for line in lines)}", "-"


def words() -> Iterator[tuple[str, str]]:
    """How each bound field reads when it changes."""
    pairs: list[tuple[Any, Any]] = [(None, "a"), ("a", ""), (True, False), (False, None), (1, 12_345)]
    for name, (old, new) in product((*WORDS, "unheard_of", "other_minor"), pairs):
        if not (name.endswith("_minor") and "a" in (old, new)):
            yield f"{name} {old!r} to {new!r}: {changes({name: old}, {name: new})}", "-"
    for code in ("USD", "EUR", None):
        yield f"{code}: {changes({'amount_minor': 1}, {'amount_minor': 2, 'currency_code': code})}", "-"
    yield f"hash {sha256_of({'b': 1, 'a': None})} {sorted(fields_of(PAYLOAD).items())}", "-"


def page() -> str:
    """Every sentence once, with the cases that lead to it."""
    found: dict[str, list[str]] = defaultdict(list)
    for said, case in [*moves(), *steps(), *drifts(), *words(), *reviews()]:
        if case not in found[said]:
            found[said].append(case)
    return "".join(f"{said}\n    {' '.join(cases)}\n" for said, cases in found.items())


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

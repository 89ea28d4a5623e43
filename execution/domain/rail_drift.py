"""What stands at Ramp under our references, held against what the store knows: taken over, or named for a person.

Asked after a restore or an unclean stop, of everything that Ramp holds. A reference of ours is 32 hex digits; it is
derived from the bill, so that one which a restored store has never seen still tells which bill it pays.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from execution.domain.rail import RailRecord, is_rehearsal
from execution.domain.reference import payout_id_for
from execution.domain.states import BEFORE_SENDING, ENDED, State

_OURS = re.compile(r"[0-9a-f]{32}")
GENERATIONS_MAX = 9
# In these the store knows of a bill or draft at Ramp.
_AT_RAMP = frozenset({State.HANDED_OFF, State.AT_RAIL, State.IN_FLIGHT, State.RAIL_PAID, State.MISMATCHED})
_IN_DOUBT = frozenset({State.SENDING, State.UNCONFIRMED})  # Their own look resolves them.

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Drift:
    """One thing that the store did not know as it is. `needs_person`: the client stays halted until one looked."""

    kind: str
    record_kind: str
    record_id: str
    remote_id: str | None
    payout_id: str | None
    source_bill_id: str | None
    amount_minor: int | None
    currency_code: str | None
    sentence: str
    needs_person: bool


@dataclass(frozen=True, slots=True)
class Adoption:
    """A payout that is to be taken over as what Ramp holds under its reference."""

    payout_id: str
    records: tuple[RailRecord, ...]


def references(advisor_id: str, client_id: str, source_bill_ids: Iterable[str]) -> dict[str, str]:
    """Reference → bill, for every reference that these bills could have been paid under."""
    return {
        payout_id_for(advisor_id, client_id, "ramp", bill, generation): bill
        for bill in source_bill_ids
        for generation in range(1, GENERATIONS_MAX + 1)
    }


def compare(
    records: Sequence[RailRecord], payouts: Mapping[str, Row], bills: Mapping[str, str], *, moved: Container[str]
) -> tuple[list[Adoption], list[Drift]]:
    """What to take over, and what to name. `payouts` by id; `bills`: reference → bill.

    `moved`: payouts that changed while Ramp was asked. They are left out: what was listed may be older than they are.
    """
    adoptions: list[Adoption] = []
    drift: list[Drift] = []
    by_reference: dict[str, list[RailRecord]] = {}
    for record in records:
        if record.remote_id and _OURS.fullmatch(record.remote_id):
            by_reference.setdefault(record.remote_id, []).append(record)
    for reference, found in sorted(by_reference.items()):
        row, live = payouts.get(reference), [one for one in found if not one.is_archived]
        if not live or reference in moved:
            continue
        if row is None:
            drift += [_unknown(one, bills.get(reference)) for one in live]
            continue
        state = State(row["state"])
        if state in BEFORE_SENDING:
            adoptions.append(Adoption(reference, tuple(live)))
            drift.append(_not_sent(live[0], row))
        elif state not in _IN_DOUBT:
            known = {row["rail_bill_id"], row["rail_draft_id"]} - {None}
            strange = [one for one in live if not known & {one.record_id, one.draft_bill_id}]
            drift += [_ended(one, row) if state in ENDED else _twin(one, row) for one in strange]
    return adoptions, drift + _missing(records, payouts, moved)


def _missing(records: Sequence[RailRecord], payouts: Mapping[str, Row], moved: Container[str]) -> list[Drift]:
    there = {one.record_id for one in records} | {one.draft_bill_id for one in records}
    found = []
    for row in payouts.values():
        record_id = row["rail_bill_id"] or row["rail_draft_id"]
        is_open = State(row["state"]) in _AT_RAMP and not is_rehearsal(record_id)
        if not is_open or row["payout_id"] in moved or record_id in there:
            continue
        kind = "bill" if row["rail_bill_id"] else "draft"
        said = f"Ramp does not show {kind} {record_id} of {_payout(row)}, which stands here as {row['state']}"
        found.append(Drift("missing", kind, str(record_id), row["payout_id"], row["payout_id"], row["source_bill_id"],
                           row["amount_minor"], row["currency_code"], said, True))  # fmt: skip
    return found


def _unknown(record: RailRecord, bill: str | None) -> Drift:
    pays = f"It pays {bill}" if bill else f"No open bill leads to its reference {record.remote_id}"
    said = f"Ramp holds {_record(record)} that this store does not know at all. {pays}"
    return _drift("unknown", record, None, bill, said, True)


def _not_sent(record: RailRecord, row: Row) -> Drift:
    said = f"Ramp holds {_record(record)} of {_payout(row)} that this store does not know as sent: it stood as "
    said += f"{row['state']} and was taken over"
    # A reserved payout had its signatures, its release and its cash; of the others the store has lost some.
    return _drift("adopted", record, row["payout_id"], row["source_bill_id"], said, row["state"] != State.RESERVED)


def _ended(record: RailRecord, row: Row) -> Drift:
    said = f"Ramp holds {_record(record)} of {_payout(row)}, which ended here as {row['state']}; archive it in Ramp "
    said += "unless it shall be paid"
    return _drift("ended", record, row["payout_id"], row["source_bill_id"], said, True)


def _twin(record: RailRecord, row: Row) -> Drift:
    said = f"Ramp holds {_record(record)} under the reference of {_payout(row)}, beside the one that is known here"
    return _drift("twin", record, row["payout_id"], row["source_bill_id"], said, True)


def _drift(
    kind: str, record: RailRecord, payout_id: str | None, bill: str | None, sentence: str, needs_person: bool
) -> Drift:
    return Drift(kind, record.kind, record.record_id, record.remote_id, payout_id, bill, record.amount_minor,
                 record.currency_code, sentence, needs_person)  # fmt: skip


def _record(record: RailRecord) -> str:
    minor, code = record.amount_minor, record.currency_code or ""
    amount = f" of {minor // 100}.{minor % 100:02d} {code}".rstrip() if minor is not None else ""
    return f"{record.kind} {record.record_id}{amount}"


def _payout(row: Row) -> str:
    return f"payout {row['payout_id'][:8]} ({row['vendor_name']}, {row['source_bill_id']})"

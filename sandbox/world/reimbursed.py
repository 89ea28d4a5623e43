"""What employees laid out themselves and Ramp pays back: the claim, the bank's debit, and the books' entry."""

from __future__ import annotations

from datetime import date, timedelta

from sandbox.world.bank_side import cut
from sandbox.world.calendar import bank_day, bank_days_after, instant, months
from sandbox.world.model import CHECKING, Client, Flow
from sandbox.world.parties import LEDGER
from sandbox.world.shapes import qbo_bills, ramp

_OUTLAYS = (
    ("Skyward Air", 31_000, "Flight to a client"),
    ("Metro Parking", 2_400, "Parking"),
    ("Dockside Deli", 6_200, "Lunch with a client"),
    ("Harborview Inn", 21_500, "Hotel"),
    ("Paperway Office", 4_800, "Supplies"),
)


def arise(client: Client) -> None:
    """One to three claims a month."""
    if not client.trade.ramp:
        return
    for month in months(client.first, client.last):
        for _ in range(client.random.randint(1, 3)):
            day = month + timedelta(days=client.random.randint(0, 27))
            if client.first <= day <= client.last - timedelta(days=20):
                _claim(client, day)


def _claim(client: Client, day: date) -> None:
    draw, ids, mine, event = client.random, client.ids, client.profile["ramp"], client.event()
    merchant, usual, memo = draw.choice(_OUTLAYS)
    cents, person = client.spread(usual, 0.4), draw.choice(mine["people"])
    claim, payment = ids.uuid(), ids.uuid()
    created = client.at(day + timedelta(days=draw.randint(1, 5)), 8, 10)
    approved = created + draw.randint(1, 3) * 86_400
    refused = draw.random() < 0.05
    lands = bank_days_after(bank_day(day + timedelta(days=9)), draw.randint(1, 3))
    done = max(instant(lands, client.zone, 9 * 3600), approved + 3600)

    def state(at: int, word: str, agreed: int | None, paid: str | None, sync: str) -> tuple[int, dict[str, object]]:
        return at, ramp.reimbursement(
            claim, cents, day, mine["entity_id"], person, merchant, paid, created,
            state=word, approved_at=agreed, updated_at=at, sync=sync, memo=memo,
        )  # fmt: skip

    versions = [state(created, "PENDING", None, None, "NOT_SYNC_READY")]
    if refused:
        versions.append(state(approved, "REJECTED", None, None, "NOT_SYNC_READY"))
    else:
        versions.append(state(approved, "APPROVED", approved, None, "SYNC_READY"))
        versions.append(state(done, "REIMBURSED", approved, payment, "SYNCED"))
    client.put("ramp", "reimbursement", claim, versions, cents=cents)
    client.tie(event, "reimbursement", "ramp", "reimbursement", claim)
    if refused:
        return
    who = cut(f"{person['first_name']} {person['last_name']}", 16)
    text = f"RAMP DES:REIMBURSE ID:{payment[:8].upper()} INDN:{who} CCD"
    client.flows.append(Flow(event, lands, -cents, "reimbursement", "Employee", f"RAMP REIMBURSE {who}", text))
    entry = ids.qbo()
    seen = max(client.at(client.books_day(lands + timedelta(days=1), 0, 3)), done + 3600)
    lines = [qbo_bills.expense_line(1, cents, LEDGER[8], f"{merchant}: {memo}")]
    body = qbo_bills.purchase(
        entry, lands, cents, CHECKING, lines, card=False, memo="Ramp reimbursement", created_at=seen, updated_at=seen
    )
    client.put("qbo", "Purchase", entry, [(seen, body)], cents=cents)
    client.tie(event, "reimbursement", "qbo", "Purchase", entry)

"""Chain of custody on the sandbox: good payouts whose four links close in time, and broken links named with an owner.

python -m tests.bench.bench_custody --clients 6 --weeks 6 --seed 11

Each week the firm pays its due bills through the real executor and the sandbox's Ramp; on a share of them a fault is
planted. Every week ends with a real sync. A good payout must have all four links closed at the first sync that shows
both its bank line and its bill payment in the books (Ramp's link books hours after the bank posts), or the one after; a
fault must be named, with owner and next action, at the first sync that shows it; nothing good may be accused. What the
world itself does wrong with a bill (it pays it by another road, or Ramp's link books the payment on the invoice's other
entry) is told by the sandbox's truth: such a payout is no good one, and naming it is no false accusation; it is counted
beside the planted ones. A miss is printed with its payout and ends the bench with an error; the seed replays it.
"""

from __future__ import annotations

import argparse
import logging
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from tests.bench.custody_faults import FAULTS, RETURNED, harmless_twin
from tests.bench.custody_world import BOOKED_ON_ANOTHER, PAID_TWICE, Firm, Paid
from tests.bench.result import Result, tables

TOPIC = "chain of custody"
FAULT_EVERY = 4  # One payout in four of the clients that pay directly carries a fault.
RETURN_EVERY = 4  # Client-weeks in which the payee's bank sends one payment back.
TAIL_SYNCS = 3  # Two weeks each, without new payouts: what was paid last runs out, and the last clocks run down.
CLOSED_AT_LEAST = 0.995
# What the world did wrong, and the link and finding that name it.
HELD = {BOOKED_ON_ANOTHER: ("book_payment", "contradicts"), PAID_TWICE: ("any", "paid_elsewhere")}
LINKS = ("decision", "ramp_bill", "bank_posting", "book_payment")


class Weeks:
    """The bench's own books: what was paid, what was planted, what each sync showed of it."""

    def __init__(self, firm: Firm, weeks: int) -> None:
        self.firm, self.weeks = firm, weeks
        self.paid: list[Paid] = []
        self._turn = 0
        self._kinds = [*FAULTS]

    def run(self) -> None:
        firm = self.firm
        firm.sync()
        began = time.monotonic()
        for week in range(self.weeks + TAIL_SYNCS):
            is_tail = week >= self.weeks
            if not is_tail:
                self._pay()
            for _ in range(2):
                firm.advance(hours=168 if is_tail else 84)
                firm.work()
            synced_at = firm.now()
            firm.sync()
            self._look(synced_at)
            spent = time.monotonic() - began
            print(f"sync {week + 1} of {self.weeks + TAIL_SYNCS}: {len(self.paid)} payouts, {spent:.0f} s", flush=True)

    def _pay(self) -> None:
        """Every client's due bills go out together: each has limits of its own at Ramp."""
        direct: list[Paid] = []
        for number, (client, profile) in enumerate(self.firm.taken.profiles.items()):
            if "ramp" not in profile["rails"]:
                continue
            released = self.firm.decide(client)
            self.paid += released
            if profile["payout_mode"] != "direct":
                continue
            direct += released
            if (self.firm.syncs + number) % RETURN_EVERY == 0:
                fault = {"kind": "payment_return", "rail": "ramp", "client_key": client, "times": 1}
                httpx.post(f"{self.firm.taken.urls['control']}/faults", json=fault, timeout=30).raise_for_status()
        self.firm.send_off()
        self._plant(direct)

    def _plant(self, released: list[Paid]) -> None:
        """A fault on every fourth payout, the kinds in turn; on every fourth a twin that must harm nothing."""
        for paid in released:
            row = self.firm.row(paid.payout_id)
            if row["state"] not in ("at_rail", "in_flight"):
                continue
            # Our own row takes the date over when the payment's status moves; Ramp has set it already.
            bill = self.firm.taken.now("ramp", "bill", paid.client)[row["rail_bill_id"]]
            row["payment_date"] = date.fromisoformat(bill["payment"]["payment_date"][:10])
            ending = self.firm.db.execute("select ending from runtime_payout where client_key=? and bill_id=?",
                                          (paid.client, row["rail_bill_id"])).fetchone()  # fmt: skip
            if ending and ending[0] == "payment_return":
                paid.fault, paid.evident_at = RETURNED, _return_at(self.firm, paid.client, row)
                continue
            self._turn += 1
            if self._turn % FAULT_EVERY == 1:
                kind = self._kinds[self._turn // FAULT_EVERY % len(self._kinds)]
                if (evident_at := FAULTS[kind][0](self.firm, paid, row)) is not None:
                    paid.fault, paid.evident_at = kind, evident_at
            elif self._turn % FAULT_EVERY == 3:
                harmless_twin(self.firm, paid, row)

    def _look(self, synced_at: datetime) -> None:
        links, number = self.firm.links(), self.firm.syncs
        for paid in self.paid:
            mine = links.get(paid.payout_id, {})
            if paid.fault and paid.found_at_sync is None and self._is_named(paid, mine):
                paid.found_at_sync = number
            if not paid.fault:
                row = self.firm.row(paid.payout_id)
                if not paid.held:
                    bill = (paid.client, row["source_bill_id"], row["rail_bill_id"] or "")
                    paid.held, paid.held_by = self.firm.held_by_the_world(*bill)
                if paid.held and paid.found_at_sync is None and self._is_named(paid, mine):
                    paid.found_at_sync = number
                paid.accused += [f"{link['link']} {link['finding']}: {link['finding_text']}" for link in mine.values()
                                 if link["finding"] and link["finding"] != "unread"]  # fmt: skip
                if paid.posted_sync is None and self._is_posted(paid, row, synced_at):
                    paid.posted_sync = number
                if paid.closed_sync is None and all(mine.get(one, {}).get("closed_at") for one in LINKS):
                    paid.closed_sync = number
            if paid.fault and paid.evident_at and paid.posted_sync is None and synced_at > paid.evident_at:
                paid.posted_sync = number  # The first sync that shows the fault.

    def _is_named(self, paid: Paid, mine: dict[str, dict[str, Any]]) -> bool:
        if paid.fault == RETURNED:
            return str(self.firm.row(paid.payout_id)["state"]) == "returned"
        link, finding = FAULTS[paid.fault][1] if paid.fault else HELD[paid.held]
        return any(found["finding"] == finding and found["owner"] and found["next_action"]
                   for name, found in mine.items() if link in ("any", name))  # fmt: skip

    def _is_posted(self, paid: Paid, row: dict[str, Any], synced_at: datetime) -> bool:
        """Whether a sync of that instant could see the posted debit and the bill payment in the books."""
        if not row["rail_bill_id"]:
            return False
        traces = self.firm.traces(paid.client, row["rail_bill_id"])
        ids = [*traces.get("plaid transaction", []), *traces.get("qbo BillPayment", [])]
        marks = ",".join("?" * len(ids))
        shown = self.firm.db.execute(
            f"select rail, min(visible_at) from object_version where client_key=? and id in ({marks})"
            " and (rail = 'qbo' and kind = 'BillPayment' or rail = 'plaid'"
            " and kind = 'transaction'"
            " and json_extract(cast(json_body(rail, client_key, kind, body) as text), '$.pending') = 0) group by rail",
            (paid.client, *ids),
        ).fetchall()
        return len(shown) == 2 and all(at <= synced_at.timestamp() for _, at in shown)


def _return_at(firm: Firm, client: str, row: dict[str, Any]) -> datetime | None:
    shown = firm.planned(client, "ramp", "bill", row["rail_bill_id"])
    return next((datetime.fromtimestamp(at, firm.now().tzinfo) for _, at, body in shown
                 if body["status_summary"] == "PAYMENT_ERROR"), None)  # fmt: skip


def results(clients: int = 6, weeks: int = 6, seed: int = 11, folder: Path | None = None) -> Iterator[Result]:
    """The weeks' counts. Raises SystemExit with the misses when a promise is not met."""
    with tempfile.TemporaryDirectory() as made:
        firm = Firm(folder or Path(made), clients, weeks, seed)
        with firm.served():
            year = Weeks(firm, weeks)
            year.run()
            chains = firm.plane.audit.verify()
    data = f"{clients} clients × {weeks} weeks, seed {seed}"
    misses: list[str] = [] if all(report.ok for report in chains) else ["the audit chain is broken"]
    good = [paid for paid in year.paid if not paid.fault and not paid.held and paid.posted_sync is not None]
    in_time = [p for p in good if p.closed_sync is not None and p.closed_sync <= (p.posted_sync or 0) + 1]
    accused = [p for p in year.paid if not p.fault and not p.held and p.accused]
    misses += [f"{p.client} {p.payout_id[:8]} not closed in time: posted at sync {p.posted_sync}, closed "
               f"{p.closed_sync}" for p in good if p not in in_time]  # fmt: skip
    misses += [f"{p.client} {p.payout_id[:8]} accused: {p.accused[0]}" for p in accused]
    share = len(in_time) / len(good) if good else 0.0
    yield Result(TOPIC, data, "good payouts", {
        "payouts": len(good), "closed within one sync": share, "accused": len(accused), "syncs": firm.syncs,
    })  # fmt: skip
    evident = [p for p in year.paid if p.fault and p.posted_sync is not None]
    for kind, planted in sorted(Counter(p.fault for p in evident).items()):
        found = [p for p in evident if p.fault == kind and p.found_at_sync is not None]
        at_once = [p for p in found if (p.found_at_sync or 0) <= (p.posted_sync or 0)]
        misses += [f"{p.client} {p.payout_id[:8]} {kind} not named: shown at sync {p.posted_sync}, named "
                   f"{p.found_at_sync}" for p in evident if p.fault == kind and p not in at_once]  # fmt: skip
        yield Result(TOPIC, data, f"planted: {kind}", {
            "payouts": planted, "named at the first sync that shows it": len(at_once) / planted,
        })  # fmt: skip
    for kind in HELD:
        if held := [p for p in year.paid if p.held == kind]:
            named = [p for p in held if p.found_at_sync is not None]
            for p in held:
                if p not in named:
                    print(f"by the world: {p.client} {p.payout_id[:8]} {kind} ({p.held_by}), not named", flush=True)
            yield Result(TOPIC, data, f"by the world itself: {kind}", {
                "payouts": len(held), "named by the last sync": len(named) / len(held),
            })  # fmt: skip
    for miss in misses:
        print(miss, flush=True)
    if not evident:
        misses.append("chain of faults: none was planted, so nothing was proven of them")
    late_or_lost = [m for m in misses if "not named" in m or "accused" in m or "chain" in m]
    if share < CLOSED_AT_LEAST or late_or_lost:
        raise SystemExit(
            f"custody: {len(misses)} misses; replay with --clients {clients} --weeks {weeks} --seed {seed}"
        )


def main() -> int:
    """Run the weeks and print its counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=6)
    parser.add_argument("--weeks", type=int, default=6)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--folder", type=Path, help="keep the world and the data here")
    given = parser.parse_args()
    logging.getLogger("execution").setLevel(logging.ERROR)
    began = time.monotonic()
    print(tables(list(results(given.clients, given.weeks, given.seed, given.folder))))
    print(f"{timedelta(seconds=round(time.monotonic() - began))} wall")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

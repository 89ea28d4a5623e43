"""The client's bills and vendors: what QBO and Ramp hold of them, and what the last snapshot showed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from execution.domain.facts import BillFacts

if TYPE_CHECKING:
    from tests.execution.simulation.run import Run


@dataclass(frozen=True, slots=True)
class Vendor:
    """Where Ramp would pay a vendor now. `swapped_at`: since when that is a thief's account."""

    vendor_id: str
    account_id: str
    swapped_at: datetime | None = None


class Books:
    """Bills by number and vendors by id."""

    def __init__(self, run: Run, amounts_minor: tuple[int, ...]) -> None:
        self._run = run
        twice = "bill_entered_twice" in run.swarm.faults
        self.bills: dict[str, BillFacts] = {}
        self.invoice: dict[str, tuple[str, str]] = {}
        self.vendors: dict[str, Vendor] = {}
        self.due: dict[str, date] = {}
        self.edited_by: dict[str, tuple[str, ...]] = {}
        for number, minor in enumerate(amounts_minor):
            of, shown = (number - 1, amounts_minor[number - 1]) if twice and number % 3 == 2 else (number, minor)
            vendor_id = f"v{of // 2}"
            bill_id = f"qbo:{number}"
            self.bills[bill_id] = BillFacts(bill_id, shown, "USD", "0", vendor_id)
            # The second entry of an invoice is typed a little differently.
            self.invoice[bill_id] = (vendor_id, f"INV-{of}" if of == number else f"inv {of}")
            self.vendors[vendor_id] = Vendor(vendor_id, f"account-{vendor_id}")
            self.due[bill_id] = (run.now + timedelta(days=3 + of)).date()
        self.ids = list(self.bills)
        self.vendor_ids = list(self.vendors)
        self._published = dict(self.bills)

    def publish(self) -> None:
        """A snapshot shows the bills as they are now."""
        self._published = dict(self.bills)

    def published(self, bill_id: str) -> BillFacts:
        """The bill as the last snapshot shows it."""
        return self._published[bill_id]

    def edit(self, bill_id: str) -> None:
        """Somebody changes the amount in QBO."""
        bill = self.bills[bill_id]
        self.bills[bill_id] = replace(bill, version=str(int(bill.version or 0) + 1), open_minor=bill.open_minor + 1)
        self._run.count("fault", "bill_edited")

    def swap_payee(self, vendor_id: str) -> None:
        """A thief has Ramp pay another account from now on."""
        if self.vendors[vendor_id].swapped_at is None:
            self.vendors[vendor_id] = Vendor(vendor_id, f"thief-{vendor_id}", self._run.now)
            self._run.count("fault", "payee_swapped")

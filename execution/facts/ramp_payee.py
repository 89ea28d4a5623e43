"""Who Ramp would pay: the vendor, its accounts, and the bank account that the money leaves from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from execution.senders.ramp_session import RampSession

# Bills that may still debit the funding account, or did and are not posted yet.
_MAY_STILL_DEBIT = {"PAYMENT_READY", "PAYMENT_SCHEDULED", "PAYMENT_PROCESSING", "AWAITING_RELEASE"}


@dataclass(frozen=True, slots=True)
class RampVendor:
    """A vendor at Ramp now. `account_id` is the account that a payment would use.

    `last_paid_account_id` is read only where the vendor has several accounts: one alone was never swapped.
    """

    vendor_id: str
    is_active: bool
    account_id: str | None
    method: str
    last_paid_account_id: str | None = None


def vendor_now(session: RampSession, vendor_id: str) -> RampVendor | None:
    """The vendor and its default (or only) ACH account; None when Ramp has no such vendor."""
    path = f"/vendors/{quote(vendor_id, safe='')}"  # An id is data: it must not become another path.
    vendor = session.get(path)
    if not isinstance(vendor, dict):
        return None
    accounts = [a for a in session.all_rows(f"{path}/accounts") if a.get("is_active", True)]
    defaults = [a for a in accounts if a.get("is_default")]
    chosen: dict[str, Any] | None = defaults[0] if len(defaults) == 1 else accounts[0] if len(accounts) == 1 else None
    return RampVendor(
        vendor_id=vendor_id,
        is_active=bool(vendor.get("is_active", True)),
        account_id=str(chosen["id"]) if chosen else None,
        method=str(chosen.get("payment_method") or "") if chosen else "",
        last_paid_account_id=_last_paid_account(session, vendor_id) if len(accounts) > 1 else None,
    )


def _last_paid_account(session: RampSession, vendor_id: str) -> str | None:
    """The account that Ramp paid the vendor to the last time."""
    last, account = "", None
    for row in session.all_rows("/bills", {"vendor_id": vendor_id}):
        payment = row.get("payment") or {}
        used = (payment.get("details") or {}).get("vendor_account_id")
        day = str(payment.get("payment_date") or "")
        if (row.get("vendor") or {}).get("id") == vendor_id and row.get("paid_at") and used and day > last:
            last, account = day, str(used)
    return account


def foreign_minor(session: RampSession, source_bank_account_id: str, own: set[str]) -> int:
    """What Ramp may still debit from an account for bills that are not our payouts. Minor units.

    `own` holds references, bill ids and draft ids of our payouts that have a live hold: their cash is counted there.
    """
    total = 0
    params = {"status_summaries": ",".join(sorted(_MAY_STILL_DEBIT))}
    for row in session.all_rows("/bills", params):
        details = (row.get("payment") or {}).get("details") or {}
        is_open = row.get("status_summary") in _MAY_STILL_DEBIT and row.get("archived_at") is None
        is_ours = not own.isdisjoint({row.get("remote_id"), row.get("id"), row.get("draft_bill_id")})
        if is_open and not is_ours and details.get("source_bank_account_id") == source_bank_account_id:
            total += int((row.get("amount") or {}).get("amount") or 0)
    return total

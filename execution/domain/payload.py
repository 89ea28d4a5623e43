"""What an approver signs: every field that decides where money goes, and its hash."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class Payload:
    """One payment as it is shown, signed and sent. Amount in minor units, always positive."""

    advisor_id: str
    client_id: str
    payout_id: str
    source_bill_id: str
    bill_version: str
    vendor_id_ramp: str
    vendor_account_id: str
    vendor_name: str
    entity_id_ramp: str
    source_bank_account_id: str
    account_id_plaid: str
    invoice_number: str
    amount_minor: int
    currency_code: str
    bill_date: date
    due_date: date
    arrival_date: date
    mode: str

    def __post_init__(self) -> None:
        if self.amount_minor <= 0:
            raise ValueError(f"bill {self.source_bill_id}: amount {self.amount_minor} is not above zero")

    def canonical(self) -> bytes:
        """The bytes that are hashed: sorted keys, compact, UTF-8."""
        values = ((name, getattr(self, name)) for name in self.__slots__)
        fields = {name: value.isoformat() if isinstance(value, date) else value for name, value in values}
        return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

    def sha256(self) -> str:
        """Hash of the payload, 64 hex digits."""
        return hashlib.sha256(self.canonical()).hexdigest()

    def with_changes(self, **changes: Any) -> Payload:
        """A copy with some fields changed; its hash differs, so no earlier signature covers it."""
        return replace(self, **changes)

    @classmethod
    def from_row(cls, row: Any) -> Payload:
        """From a stored payout (mapping with the same names; days as date or ISO text)."""

        def day(value: Any) -> date:
            return value if isinstance(value, date) else date.fromisoformat(str(value))

        days = {"bill_date", "due_date", "arrival_date"}
        given: dict[str, Any] = {name: day(row[name]) if name in days else row[name] for name in cls.__slots__}
        return cls(**given)


def hash_of_list(hashes: list[str]) -> str:
    """What a batch approval signs: the hash over the sorted hashes of its lines."""
    return hashlib.sha256("\n".join(sorted(hashes)).encode()).hexdigest()

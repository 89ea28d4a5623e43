"""The twelve clients of the console's tests, and what several tables say of each: every state a page can meet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Row = dict[str, Any]
Tables = dict[str, list[Row]]

ADVISOR = "harbor"
AS_OF = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
TODAY = AS_OF.date()
NAMES = [
    ("Canyon Electric", "Contractor", "Active"),
    ("Northfield Marketing Studio", "Agency", "Managed"),
    ("Willow Catering", "Restaurant", "Active"),
    ("Beacon Print Works", "Manufacturing", "Silent"),
    ("Cedar & Co Law Group", "Legal", "Managed"),
    ("Driftwood HVAC Services", "Contractor", "Active"),
    ("Ironclad Physical Therapy", "Medical", "Managed"),
    ("Anchor Bakehouse", "Restaurant", "Active"),
    ("Harborlight SaaS", "Software", "Silent"),
    ("Redwood Outfitters", "Shop", "Managed"),
    ("Maple Pediatrics", "Medical", "Managed"),
    ('<b>Quote"s</b> & Sons', "Shop", "Silent"),
]
VENDORS = [
    "Home Depot Pro",
    "FedEx",
    "AWS",
    "Uline",
    "Grainger",
    "Comcast Business",
    "State Tax",
    "Blue Cross",
    "Sysco",
    "Acme Staffing",
]


def client_id(position: int) -> str:
    return f"c{position + 1:02d}"


@dataclass(frozen=True)
class Client:
    """What several tables say of one client."""

    position: int
    shift: int

    @property
    def base(self) -> Row:
        return {"advisor_id": ADVISOR, "client_id": client_id(self.position)}

    @property
    def money(self) -> Row:
        return self.base | {"currency_code": "USD"}

    @property
    def cash(self) -> int:
        return 4_200_000 + self.position * 3_100_000 + 7_700 + self.shift

    @property
    def buffer(self) -> int:
        return 3_000_000 + (11 - self.position) * 900_000

    @property
    def is_unknown(self) -> bool:
        return self.position == 11

    @property
    def quality(self) -> int:
        return 96 - self.position * 3

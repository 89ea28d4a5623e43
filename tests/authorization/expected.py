"""What the documentation promises: role by role, verb by verb, and what stays allowed for a client that was removed."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from execution.people.permissions import ROLES, Verb

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "roles.md"
# History stays readable, and whatever stops or takes back stays possible; nothing new begins.
STILL_FOR_REMOVED = frozenset(
    {
        "payouts.get", "payouts.list", "payouts.hold", "payouts.reject", "payouts.cancel",
        "rulings.revoke", "hygiene.undo", "audit.events",
    }
)  # fmt: skip


@cache
def allowed() -> dict[str, frozenset[Verb]]:
    """Role → verbs, as ticked on the page that people read; never from the code's own table."""
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in PAGE.read_text(encoding="utf-8").splitlines()
        if line.startswith("| ") and "---" not in line
    ]
    head, *verbs = cells
    roles = [name.replace(" ", "_") for name in head[2:]]
    assert tuple(roles) == ROLES
    return {role: frozenset(Verb(row[0]) for row in verbs if row[2 + n] == "✓") for n, role in enumerate(roles)}

"""What the documentation promises: role by role, verb by verb, and what stays allowed for a client that was removed."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from execution.people.permissions import ROLES, Verb
from execution.service.declared import READS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "roles.md"
# For a client that was removed history stays readable, and whatever stops or takes back stays possible.
LOOKS_OR_STOPS = READS | {Verb.HOLD, Verb.REJECT, Verb.CANCEL, Verb.CLOSE, Verb.EXPORT_AUDIT}
TAKES_BACK = frozenset({"rulings.revoke", "hygiene.undo"})


def still_for_removed(name: str | None, verb: Verb) -> bool:
    """Whether a function may still answer for a removed client; everything else must not."""
    return verb in LOOKS_OR_STOPS or name in TAKES_BACK


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

"""docs/reference/roles.md says what the code allows, tick by tick."""

from __future__ import annotations

from pathlib import Path

from execution.people.permissions import HUMAN_ROLES, MAY, ROLES, Verb
from execution.store.tables import membership

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "roles.md"


def test_the_page_agrees_with_the_table_of_rights() -> None:
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in PAGE.read_text(encoding="utf-8").splitlines()
        if line.startswith("| ") and "---" not in line
    ]
    head, *verbs = rows
    assert tuple(name.replace(" ", "_") for name in head[2:]) == ROLES
    assert [row[0] for row in verbs] == [verb.value for verb in Verb]
    told = {role: frozenset(Verb(row[0]) for row in verbs if row[2 + place]) for place, role in enumerate(ROLES)}
    assert told == MAY
    assert all(row[1] and set(row[2:]) <= {"", "✓"} for row in verbs)


def test_every_role_has_rights_and_a_place_in_the_store() -> None:
    assert set(MAY) == set(ROLES) and set(ROLES) - set(HUMAN_ROLES) == {"agent"}
    [check] = [str(c.sqltext) for c in membership.constraints if c.name == "ck_membership_role"]  # type: ignore[attr-defined]
    assert all(f"'{role}'" in check for role in ROLES)

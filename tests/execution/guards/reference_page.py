"""Writes docs/reference/guards.md from the code: each guard, what it reads, and every rule with its bounds.

python -m tests.execution.guards.reference_page
"""

from __future__ import annotations

import inspect
import sys
from pathlib import Path

from execution import guards
from execution.domain.permits import LIFTABLE
from execution.domain.policy_fields import FIELDS

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "guards.md"
HEAD = """<!-- Written by `python -m tests.execution.guards.reference_page`; a test keeps it the same as the code. -->

# Guards and the rules they read

Every guard is asked at each stage (look, propose, approve, reserve, send), every answer is shown with its inputs, its
reason and its remedy, and one that cannot get its facts refuses. From *reserve* on, facts are asked of the rails
themselves. What each says in each case stands in `tests/execution/guards/said.json`.

*Permit*: whether two people may let one payout past it for a while
([decision 0023](../decisions/0023_guards_policies_permits.md)).
"""
RULES = """
## Rules of a client's policy

Set by draft and second person: `rowcol clients policy`, or the API's `policy` routes. Money is in minor units.

| rule | default | from | to | unit | what it is | guard |
| --- | ---: | ---: | ---: | --- | --- | --- |"""


def page() -> str:
    """The page as the code says it."""
    lines = [HEAD, "| guard | what it keeps | rules | permit |", "| --- | --- | --- | :-: |"]
    for guard_id, check in guards.ALL.items():
        module = sys.modules[check.__module__]
        keeps = " ".join((module.__doc__ or "").split())
        rules = ", ".join(f"`{one.name}`" for one in FIELDS if one.guard == guard_id)
        lines.append(f"| `{guard_id}` | {keeps} {_first(check)} | {rules} | {'✓' if guard_id in LIFTABLE else ''} |")
    lines += [RULES]
    for one in FIELDS:
        numbers = (one.default, one.low, one.high)
        switch = ("yes" if one.default else "no", "", "")
        default, low, high = switch if isinstance(one.default, bool) else (f"{n:,}" for n in numbers)
        guard = f"`{one.guard}`" if one.guard else ""
        lines.append(f"| `{one.name}` | {default} | {low} | {high} | {one.unit} | {one.meaning} | {guard} |")
    return "\n".join(lines) + "\n"


def _first(check: object) -> str:
    return " ".join((inspect.getdoc(check) or "").split())


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

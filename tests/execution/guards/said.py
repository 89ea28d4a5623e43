"""What each guard says in each case, word for word, so that a changed sentence or figure is seen in the review.

python -m tests.execution.guards.said        writes said.json anew
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from execution import guards
from tests.execution.guards.cases import CASES, with_changes

PAGE = Path(__file__).with_name("said.json")


def said() -> list[dict[str, Any]]:
    """One entry per case, in the order of the cases."""
    found = [guards.ALL[guard_id](with_changes(changes)).as_inputs() for guard_id, changes in CASES]
    return [dict(json.loads(json.dumps(one))) for one in found]


if __name__ == "__main__":
    PAGE.write_text("[\n" + ",\n".join(json.dumps(one) for one in said()) + "\n]\n", encoding="utf-8")

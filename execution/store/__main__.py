"""`python -m execution.store migrate | status | backup FILE | grant ROLE`: the store's own commands."""

from __future__ import annotations

import sys
from pathlib import Path

from execution.settings import Settings
from execution.store.backup import back_up
from execution.store.migrate import migrate, newest, standing
from execution.store.roles import grant

USAGE = "usage: python -m execution.store migrate | status | backup FILE | grant ROLE"


def main(words: list[str]) -> int:
    """Runs one command; 0 when it worked, 1 when `status` finds the store behind, 2 on a wrong command."""
    url = Settings.from_env().control_url
    match words:
        case ["migrate"]:
            print(f"the control store stands at {migrate(url)}")
        case ["status"]:
            found = standing(url)
            print(f"the control store stands at {found or 'nothing (empty)'}; the newest step is {newest()}")
            return 0 if found == newest() else 1
        case ["backup", target]:
            print(f"backed up to {back_up(url, Path(target))}")
        case ["grant", role]:
            print(f"{role} may use {grant(url, role)} tables, and add to evidence only")
        case _:
            print(USAGE, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

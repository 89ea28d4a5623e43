"""`python -m app.agent`: serves one agent over standard input and output until the other side closes."""

from __future__ import annotations

import os
import sys

from app.agent.server import serve, token_of
from app.agent.tools import Tools
from execution.errors import RowcolError
from execution.service import connect


def main() -> int:
    """Answers the exit code: 1 with a sentence on standard error when the token opens nothing."""
    try:
        token, plane = token_of(os.environ), connect()
        Tools(plane, token).who()
    except RowcolError as error:
        print(f"rowcol mcp: {error}", file=sys.stderr)
        return 1
    serve(plane, token).run("stdio")
    return 0


if __name__ == "__main__":
    sys.exit(main())

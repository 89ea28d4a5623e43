"""`rowcol mcp`: the agent's face, over standard input and output."""

from __future__ import annotations

import os
import sys


def mcp() -> None:
    """Serve an agent: tools that read, and one that proposes.

    The agent's program starts this command itself, with ROWCOL_AGENT_TOKEN in its environment. See
    docs/how_to/let_an_agent_propose.md.
    """
    # The process becomes the server: what it prints is the protocol, and nothing of ours may stand before it.
    os.execv(sys.executable, [sys.executable, "-m", "app.agent"])

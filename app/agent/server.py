"""The MCP server over standard input and output: `python -m app.agent`, or `rowcol mcp`."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations

from app.agent.quoted import RULE
from app.agent.tools import Tools
from execution.errors import RowcolError, Unauthenticated

TOKEN = "ROWCOL_AGENT_TOKEN"
INSTRUCTIONS = (
    "Read an accounting firm's figures and propose payments of open bills, in the name of the person whose token you "
    f"hold. People approve and release; no tool here can. {RULE}"
)
WRITES = frozenset({"propose"})


def serve(plane: Any, token: str) -> MCPServer[Any]:
    """The server over one token; tests connect to it in memory."""
    server: MCPServer[Any] = MCPServer("rowcol", instructions=INSTRUCTIONS, log_level="WARNING")
    tools = Tools(plane, token)
    for tool in tools.all():
        reads = tool.__name__ not in WRITES
        hints = ToolAnnotations(
            read_only_hint=reads, destructive_hint=False, idempotent_hint=True, open_world_hint=False
        )
        server.add_tool(_told(tool, tools), name=tool.__name__, annotations=hints)
    return server


def token_of(env: Mapping[str, str]) -> str:
    """The agent's token. Raises Unauthenticated when none is given."""
    if not (token := env.get(TOKEN, "").strip()):
        raise Unauthenticated(f"set {TOKEN} to a token from `rowcol people token issue WHO --name NAME --agent`")
    return token


def _told(tool: Callable[..., dict[str, Any]], tools: Tools) -> Callable[..., dict[str, Any]]:
    """The tool, with a refusal as one sentence; anything else that breaks tells nothing of the inside."""

    @functools.wraps(tool)
    def told(*args: Any, **kwargs: Any) -> dict[str, Any]:
        try:
            return tool(*args, **kwargs)
        except RowcolError as error:
            if not error.is_recorded:
                tools.record(tool.__name__, error, kwargs)
            raise ToolError(f"{error.title}: {error}") from None

    return told

"""The console's one way to the control plane: `execution.service`, connected once per process."""

from __future__ import annotations

from functools import cache
from typing import Any


@cache
def plane() -> Any:
    """The control plane that records decisions and answers who may see what."""
    from execution.service import connect

    return connect()

"""The HTTP API and the webhook receivers: a second face over the same service functions as the console.

uvicorn app.api:api --port 8600          # documentation at /docs
"""

from typing import Any

__all__ = ["api"]


def __getattr__(name: str) -> Any:
    """`api` is put together when a server first asks for it: importing a part of this package opens no store."""
    if name != "api":
        raise AttributeError(name)
    from app.api.assembly import assemble

    globals()["api"] = made = assemble()
    return made

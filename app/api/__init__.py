"""The HTTP API and the webhook receivers: a second face over the same service functions as the console.

uvicorn app.api:api --port 8600          # documentation at /docs
"""

from app.api.assembly import assemble

api = assemble()

__all__ = ["api"]

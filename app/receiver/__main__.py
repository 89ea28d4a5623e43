"""`python -m app.receiver`: the receiver process. TLS ends at the proxy before it."""

from __future__ import annotations

import argparse
import logging
import sys

import uvicorn

from app.receiver.server import assemble

CONNECTIONS_MAX = 1000  # More are answered 503 by the server itself; the rails come again.


def main(arguments: list[str] | None = None) -> int:
    """Serve until told to stop; answers the exit code."""
    parser = argparse.ArgumentParser(prog="python -m app.receiver", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on; the proxy's side of it")
    parser.add_argument("--port", type=int, default=8601)
    given = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s", stream=sys.stderr)
    uvicorn.run(
        assemble(),
        host=given.host,
        port=given.port,
        log_level="warning",
        access_log=False,
        server_header=False,
        limit_concurrency=CONNECTIONS_MAX,
        timeout_graceful_shutdown=5,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())

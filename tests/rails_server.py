"""A running sandbox for any test that wants one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sandbox.server import running


@contextmanager
def running_sandbox(world: Path, *, paused: bool = False) -> Iterator[dict[str, str]]:
    """Serve a world on free ports; gives {"control": url, "qbo": url, "ramp": url, "plaid": url, "stripe": url}.

    `paused` holds the clock still until it is advanced, so that two loads in a row see the very same world.
    """
    with running(world, paused=paused) as urls:
        yield urls

"""Serves the console over a made-up firm: python -m tests.app.serve PORT [FOLDER] [--real].

Over the small plane; with --real over a control plane of its own, in which a bill of $12,000 was proposed.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path


def main() -> None:
    arguments = [one for one in sys.argv[1:] if one != "--real"]
    port, folder = int(arguments[0]), Path(arguments[1] if len(arguments) > 1 else tempfile.mkdtemp())
    os.environ |= {"ROWCOL_DATA": str(folder), "ROWCOL_MODE": "demo"}
    if "--real" in sys.argv:
        _real(folder)
    else:
        _small(folder)
    sys.argv = [str(Path(__file__).resolve().parents[2] / "app" / "console.py")]
    from app.console import app

    app.run(config={"server.port": port, "server.address": "127.0.0.1", "server.headless": True})


def _small(folder: Path) -> None:
    from tests.app import firm, small_plane

    if not (folder / "published").exists():
        firm.publish(folder)
    small_plane.install(small_plane.SmallPlane())


def _real(folder: Path) -> None:
    import sqlalchemy as sa

    import execution.service
    from execution.store.tables import person
    from tests.app.api.firms import World

    world = World.open(folder)
    world.edit_snapshot("update pub_open_bills set open_minor = 1200000 where source_bill_id = 'qbo:003'")
    world.plane.payouts.propose(world.person("bookkeeper"), "c01", "qbo:003")
    with world.plane.store.begin() as cx:  # One person a role on the sign-in page.
        cx.execute(sa.update(person).where(person.c.person_id == "stranger").values(is_demo=False))
    execution.service.connect = lambda: world.plane  # type: ignore[assignment]


if __name__ == "__main__":
    main()

"""Serves the console over a made-up firm and the small plane: python -m tests.app.serve PORT [FOLDER]."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path


def main() -> None:
    port, folder = int(sys.argv[1]), Path(sys.argv[2] if len(sys.argv) > 2 else tempfile.mkdtemp())
    os.environ |= {"ROWCOL_DATA": str(folder), "ROWCOL_MODE": "demo"}
    from tests.app import firm, small_plane

    if not (folder / "published").exists():
        firm.publish(folder)
    small_plane.install(small_plane.SmallPlane())
    sys.argv = [str(Path(__file__).resolve().parents[2] / "app" / "console.py")]
    from app.console import app

    app.run(config={"server.port": port, "server.address": "127.0.0.1", "server.headless": True})


if __name__ == "__main__":
    main()

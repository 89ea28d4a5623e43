"""A published firm and a small control plane for the console's tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.app import firm, small_plane

SCRIPT = Path(__file__).resolve().parents[2] / "app" / "session_script.py"


@pytest.fixture(scope="session")
def published_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with one snapshot; tests only read it."""
    folder = tmp_path_factory.mktemp("data")
    firm.publish(folder)
    return folder


@pytest.fixture
def plane(monkeypatch: pytest.MonkeyPatch) -> small_plane.SmallPlane:
    """A fresh small plane where the console looks for the service."""
    import sys

    import execution
    from app.identity import plane as door

    made = small_plane.SmallPlane()
    module = small_plane.as_service(made)
    monkeypatch.setitem(sys.modules, "execution.service", module)
    monkeypatch.setattr(execution, "service", module, raising=False)
    door.plane.cache_clear()
    return made


@pytest.fixture
def visit(
    plane: small_plane.SmallPlane, published_once: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Any]]:
    """Runs the console as a person: visit("carl", "decisions", client="c03") gives the AppTest after its run."""
    from streamlit.testing.v1 import AppTest

    from app.identity import plane as door
    from app.navigation import SURFACES

    monkeypatch.setenv("ROWCOL_DATA", str(published_once))
    monkeypatch.setenv("ROWCOL_MODE", "demo")

    def go(person_id: str | None, url: str | None = None, **query: str) -> Any:
        at = AppTest.from_file(str(SCRIPT), default_timeout=60)
        if person_id:
            at.session_state["rowcol_token"] = plane.people.sign_in_demo(person_id).token
        for key, value in query.items():
            at.query_params[key] = value
        if url:
            # Streamlit finds a page by the hash of its address; the address is what a visitor types.
            assert url in {s.url for s in SURFACES}
            from streamlit.util import calc_hash

            at._page_hash = calc_hash(url)
        return at.run()

    yield go
    door.plane.cache_clear()


def titled(at: Any) -> str:
    """What a page is called; empty where it has no title."""
    return at.title[0].value if at.title else ""


def words(at: Any) -> str:
    """All that a page says: titles, HTML, labels and notes, as one text."""
    parts = [e.value for kind in ("title", "header", "subheader", "markdown", "caption") for e in getattr(at, kind)]
    parts += [e.proto.body for e in at.get("html")]
    return "\n".join(str(p) for p in parts)

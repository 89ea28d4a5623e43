"""/docs tells everything that the OpenAPI document holds, and asks nobody else for anything."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Iterator
from html import escape
from typing import Any

import pytest
import uvicorn

from app.api.assembly import assemble
from app.api.reference import page
from tests.app.api.firms import World
from tests.browser import Person


def test_the_page_names_every_route_parameter_answer_and_shape(world: World) -> None:
    answer = world.http.get("/docs")
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    told = world.http.get("/openapi.json").json()
    for path, methods in told["paths"].items():
        assert f"<code>{path}</code>" in answer.text
        for route in methods.values():
            assert escape(route["summary"]) in answer.text
            assert all(f"<code>{one['name']}</code>" in answer.text for one in route.get("parameters", []))
            assert all(f"<code>{status}</code>" in answer.text for status in route["responses"])
    for name, shape in told["components"]["schemas"].items():
        assert f"id='shape-{name}'" in answer.text
        assert all(f"<code>{field}</code>" in answer.text for field in shape.get("properties", {}))
    targets = set(re.findall(r"href='#([^']+)'", answer.text))
    assert targets <= set(re.findall(r"id='([^']+)'", answer.text))


def test_nothing_comes_from_elsewhere(world: World) -> None:
    text = world.http.get("/docs").text
    assert not re.search(r"<script|<iframe|<img|@import|url\(|(?:src|href)=['\"]?(?:https?:)?//", text, re.IGNORECASE)
    assert world.http.get("/redoc").status_code == 404


def test_what_a_description_holds_is_text() -> None:
    bad = "<script>alert(1)</script> & `<b>` **x**"
    document: dict[str, Any] = {
        "info": {"title": bad, "version": bad, "description": f"{bad}\n\n* {bad}\n* two"},
        "paths": {"/a'b": {"get": {"tags": ["t"], "summary": bad, "responses": {"200": {"description": bad}}}}},
        "components": {"schemas": {"S": {"type": "string", "description": bad, "examples": [bad]}}},
    }
    made = page(document)
    assert "<script" not in made and "<b>" not in made
    assert made.count("<li>") == 3 and "<strong>x</strong>" in made and "<code>&lt;b&gt;</code>" in made


@pytest.fixture
def address(world: World) -> Iterator[str]:
    """The API as a server of its own, as a browser meets it."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(assemble(world.plane, world.inbox), log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.02)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join(10)


def test_a_browser_shows_it_and_leaves_no_request(browser: Any, address: str) -> None:
    person = Person(browser, address)
    complaints: list[str] = []
    person.page.on("console", lambda message: complaints.append(message.text))
    person.page.goto(f"{address}/docs")
    person.page.get_by_role("link", name="POST /advisor/{advisor_id}/clients/{client_id}/approve-bills").click()
    heading = person.page.get_by_role("heading", name="approve-bills")
    heading.wait_for()
    assert heading.is_visible() and (person.elsewhere, complaints) == ([], [])
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    assert [found["id"] for found in axe.run(person.page).response["violations"]] == []
    person.context.close()

"""The client whose bank login broke three days before the end: what Plaid still answers, and how it heals."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import httpx
import pytest

from sandbox.world.generate import generate
from tests.rails_server import running_sandbox
from tests.sandbox.rails.talk import Talk

END = date(2026, 11, 24)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("stale") / "world.db"
    generate(path, clients=13, months=2, seed=7, end=END)
    return path


@pytest.fixture(scope="module")
def talk(world: Path) -> Iterator[Talk]:
    with running_sandbox(world, paused=True) as urls, httpx.Client(timeout=30, trust_env=False) as http:
        yield Talk(urls, http)


def test_the_defect_is_named_once(world: Path) -> None:
    with sqlite3.connect(world) as db:
        found = db.execute("select client_key, records from truth_defect where kind='stale_rail'").fetchall()
    assert [key for key, _ in found] == ["harrow-valley-creative"]
    assert json.loads(found[0][1])[0]["kind"] == "item"


def test_the_feed_stands_still_until_somebody_signs_in(talk: Talk) -> None:
    key = talk.client_keys()[-1]
    live = talk.plaid(key, "/accounts/balance/get")
    assert (live.status_code, live.json()["error_code"]) == (400, "ITEM_LOGIN_REQUIRED")
    item = talk.plaid(key, "/item/get").json()
    assert item["item"]["error"]["error_code"] == "ITEM_LOGIN_REQUIRED"
    assert item["status"]["transactions"]["last_successful_update"].startswith("2026-11-21")
    known, cursor = talk.plaid_all(key)
    assert known["added"] and max(row["date"] for row in known["added"]) <= "2026-11-21"
    talk.control("POST", "/clock/advance", {"days": 2})
    assert talk.plaid_all(key, cursor)[0]["added"] == []

    talk.control("POST", f"/clients/{key}/plaid/repair")
    assert talk.plaid(key, "/accounts/balance/get").status_code == 200
    item = talk.plaid(key, "/item/get").json()
    assert item["item"]["error"] is None
    assert item["status"]["transactions"]["last_successful_update"].startswith("2026-11-26")
    assert max(row["date"] for row in talk.plaid_all(key, cursor)[0]["added"]) > "2026-11-22"


def test_the_others_are_in_step(talk: Talk) -> None:
    for key in talk.client_keys()[:-1]:
        assert talk.plaid(key, "/accounts/balance/get").status_code == 200

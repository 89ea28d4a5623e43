"""Whatever is sent to a route of decisions: never a 5xx, always a problem document, and no money promised or sent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from execution.store import tables as t
from tests.app.api.firms import HARBOR, World
from tests.app.api.test_fuzz import BODIES, QUIET, ROLES, TEXTS, VALUES

HOME = f"/advisor/{HARBOR}/clients/c01"
HEX = st.sampled_from(["0" * 64, "f" * 64, "0" * 32, "abc", ""])
WORDS = st.sampled_from(["settled", "returned", "month", "week", "before", "after", "due", " ", "2026-12-14", "x",
                         "2026-11-25T14:00Z", "approve", "release", "hold", "cancel", "reject", "propose"])  # fmt: skip
FIELDS = ("verb", "payouts", "source_bill_ids", "list_sha256", "payload_sha256", "seen_sha256", "reason", "outcome",
          "evidence", "number_source", "at", "arrival_date", "source_bill_id", "name", "vendor_id_qbo", "every", "day",
          "roll", "cap_minor", "invoice_prefix", "start_date", "end_date", "amount_minor", "note",
          "dates", "moves", "days_late", "discount_bp", "priority")  # fmt: skip
LINES = st.lists(st.fixed_dictionaries({"payout_id": HEX}, optional={"payload_sha256": HEX, "x": VALUES}), max_size=3)
DECISIONS = st.dictionaries(st.sampled_from(FIELDS), VALUES | WORDS | HEX | LINES | st.integers(), max_size=8).map(
    lambda value: json.dumps(value).encode()
)
ACTS = ("approve", "hold", "reject", "cancel", "release", "unplan-release", "agree-to-resend", "reissue", "close")
ROUTES = (
    *(f"/payouts/{{id}}/{act}" for act in ACTS), "/payouts", "/batches", "/batches/{id}/roll-back", "/recurring",
    "/recurring/{id}/pause", "/recurring/{id}/resume", "/recurring/{id}/end", "/unfreeze", "/vendors/{id}/call-back",
    "/schedule/proposals", "/pay-terms", "/outlook/what-if", "/scenarios", "/scenarios/{id}/delete",
    "/scenarios/{id}/restore",
)  # fmt: skip


@pytest.fixture(scope="module")
def one_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One world for all examples, with a payout that none of them may sign, release or stop."""
    opened = World.open(Path(tmp_path_factory.mktemp("fuzz")))
    opened.plane.payouts.propose(opened.person("bookkeeper"), "c01", "qbo:003")
    yield opened
    assert all(report.ok for report in opened.plane.audit.verify())
    opened.close()


@pytest.fixture(scope="module")
def tokens(one_world: World) -> dict[str, dict[str, str]]:
    return {role: one_world.bearer(role) for role in ROLES}


def _standing(world: World) -> Any:
    with world.plane.store.read() as cx:
        names = ("hold", "rail_call", "approval", "joint_act")
        rows = {name: cx.execute(sa.text(f"select count(*) from {name}")).scalar() for name in names}
        first = cx.execute(sa.select(t.payout).where(t.payout.c.source_bill_id == "qbo:003")).all()
        return rows, first


@QUIET
@given(
    route=st.sampled_from(ROUTES), role=st.sampled_from(ROLES), body=DECISIONS | BODIES, record=TEXTS | HEX,
    key=st.sampled_from(["key-00000001", "k", "", "key-é"]) | st.just("key-00000002"),
)  # fmt: skip
def test_any_body_of_a_decision(
    one_world: World, tokens: Any, route: str, role: str, body: bytes, record: str, key: str
) -> None:
    path = HOME + route.format(id=quote(record.encode("utf-8", "replace"), ""))
    headers = {"content-type": "application/json", "idempotency-key": key, **tokens[role]}
    before = _standing(one_world)
    raw = {name.encode(): value.encode("latin-1", "replace") for name, value in headers.items()}
    answer = one_world.http.post(path, headers=raw, content=body)
    assert answer.status_code < 500, (path, body, answer.text)
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["detail"] and answer.json()["code"]
    assert _standing(one_world) == before


@QUIET
@given(
    route=st.sampled_from(["/payouts", "/payouts/{id}", "/sheet", "/batches", "/batches/{id}", "/recurring",
                           "/waiting"]),
    role=st.sampled_from(ROLES), record=TEXTS | HEX,
    query=st.dictionaries(st.sampled_from(["limit", "offset", "state", "payout_id"]), TEXTS | HEX, max_size=3),
)  # fmt: skip
def test_any_look(one_world: World, tokens: Any, route: str, role: str, record: str, query: dict[str, str]) -> None:
    path = HOME + route.format(id=quote(record.encode("utf-8", "replace"), ""))
    told = "&".join(f"{name}={quote(value.encode('utf-8', 'replace'), '')}" for name, value in query.items())
    answer = one_world.http.get(f"{path}?{told}", headers=tokens[role])
    assert answer.status_code < 500, (path, told, answer.text)
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json"

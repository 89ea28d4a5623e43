"""People's rulings: who may, what makes sense, what contradicts, and that revoking leaves nothing in force."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from execution.clock import FixedClock
from execution.errors import Conflict, Forbidden, Invalid, NotFound
from execution.rulings.contradictions import Standing, contradicted_by
from execution.rulings.keys import Asked
from execution.service import ControlPlane
from execution.store import Store, engine_for
from execution.store.tables import audit
from ingestion.control_journal import replace_control_tables

A, B, C = "qbo|bill|1", "ramp|bill|2", "plaid|posting|3"


def _as(plane: ControlPlane, person_id: str) -> Any:
    return plane.people.sign_in_demo(person_id).principal


def _actions(plane: ControlPlane) -> list[str]:
    with plane.store.read() as connection:
        rows = connection.execute(sa.select(audit.c.body).where(audit.c.chain_id == "firm").order_by(audit.c.seq))
        actions = [json.loads(bytes(body))["action"] for (body,) in rows]
    return [action for action in actions if action.startswith("ruling.")]


def test_a_ruling_is_in_force_until_it_is_revoked_once(plane: ControlPlane) -> None:
    bea = _as(plane, "bookkeeper")
    made = plane.rulings.rule(bea, "event", "join", A, B, client_id="c1", reason="same invoice")
    view = sa.text("select ruling_id, revoked_at is null as lives from warehouse_rulings")
    with plane.store.read() as connection:
        assert [tuple(row) for row in connection.execute(view)] == [(made.ruling_id, True)]
    assert [one.ruling_id for one in plane.rulings.list(bea, "c1")] == [made.ruling_id]
    assert plane.rulings.list(bea, "c2") == []
    assert plane.rulings.revoke(bea, made.ruling_id, "wrong").revoked_at is not None
    assert plane.rulings.list(bea, "c1") == []
    assert [one.ruling_id for one in plane.rulings.list(bea, "c1", revoked_too=True)] == [made.ruling_id]
    with pytest.raises(Conflict, match="revoked already"):
        plane.rulings.revoke(bea, made.ruling_id)
    plane.rulings.rule(bea, "event", "separate", A, B, client_id="c1", reason="two invoices after all")
    assert _actions(plane) == ["ruling.join", "ruling.revoked", "ruling.revoke_refused", "ruling.separate"]
    assert all(report.ok for report in plane.audit.verify())


def test_rulings_only_grow(plane: ControlPlane) -> None:
    bea = _as(plane, "bookkeeper")
    plane.rulings.revoke(bea, plane.rulings.rule(bea, "event", "join", A, B, client_id="c1").ruling_id)
    # Without the authorizer, so that the triggers alone must hold.
    raw = Store(plane.store.url, engine_for(plane.store.url, guarded=False))
    for store in (plane.store, raw):
        for statement in ("update ruling set verb = 'separate'", "delete from ruling", "delete from ruling_end"):
            with pytest.raises(sa.exc.DBAPIError), store.begin() as connection:
                connection.execute(sa.text(statement))
    raw.dispose()


def test_who_may_rule_for_a_client_and_for_the_firm(plane: ControlPlane) -> None:
    words = {"subject": "counterparty", "verb": "join", "left_key": "text|acme", "right_key": "text|acme inc"}
    for role in ("advisor", "analyst", "client_owner"):
        with pytest.raises(Forbidden, match="may not rule; ask a bookkeeper, controller, firm admin"):
            plane.rulings.rule(_as(plane, role), **words, client_id="c1")
    with pytest.raises(Forbidden, match="whole firm; name a client or ask a controller, firm admin"):
        plane.rulings.rule(_as(plane, "bookkeeper"), **words)
    firm_wide = plane.rulings.rule(_as(plane, "controller"), **words)
    assert [one.client_id for one in plane.rulings.list(_as(plane, "bookkeeper"), "c2")] == [None]
    with pytest.raises(Forbidden, match="whole firm"):
        plane.rulings.revoke(_as(plane, "bookkeeper"), firm_wide.ruling_id)
    for client_id in ("x1", "nope"):
        with pytest.raises(NotFound):
            plane.rulings.rule(_as(plane, "firm_admin"), **words, client_id=client_id)
    with pytest.raises(NotFound):
        plane.rulings.revoke(_as(plane, "stranger"), firm_wide.ruling_id)
    refused = [action for action in _actions(plane) if action.endswith("_refused")]
    assert len(refused) == 7 and "ruling.revoke_refused" in refused


def test_who_serves_some_clients_rules_for_none_of_the_others(plane: ControlPlane) -> None:
    words = {"subject": "counterparty", "verb": "join", "left_key": "text|A", "right_key": "text|B"}
    whole = plane.rulings.rule(_as(plane, "controller"), **words)
    plane.people.assign_clients(_as(plane, "firm_admin"), "controller", ["c1"])
    con = _as(plane, "controller")
    assert plane.rulings.rule(con, **(words | {"right_key": "text|C"}), client_id="c1").client_id == "c1"
    with pytest.raises(NotFound):
        plane.rulings.rule(con, **words, client_id="c2")
    with pytest.raises(Forbidden, match="reaches clients that you do not serve"):
        plane.rulings.rule(con, **(words | {"right_key": "text|D"}))
    with pytest.raises(Forbidden, match="reaches clients that you do not serve"):
        plane.rulings.revoke(con, whole.ruling_id)
    assert [action for action in _actions(plane) if action.endswith("_refused")] == [
        "ruling.rule_refused", "ruling.rule_refused", "ruling.revoke_refused",
    ]  # fmt: skip


def test_a_clean_name_is_one_key_however_it_is_written(plane: ControlPlane) -> None:
    con = _as(plane, "controller")
    made = plane.rulings.rule(con, "counterparty", "join", "text|acme", "text|Acme Inc", client_id="c1")
    assert (made.left_key, made.right_key) == ("text|ACME", "text|ACME INC")
    with pytest.raises(Conflict, match=made.ruling_id):
        plane.rulings.rule(con, "counterparty", "separate", "text|ACME INC", "text|ACME", client_id="c1", reason="no")
    account = plane.rulings.rule(con, "category", "assign", "text|acme", "Office supplies")
    assert (account.left_key, account.right_key) == ("text|ACME", "Office supplies")
    with pytest.raises(Invalid, match="^right_key: the two ends are the same"):
        plane.rulings.rule(con, "counterparty", "join", "text|a", "text|A", client_id="c1")


WRONG = [
    ({"subject": "vendor"}, "subject"),
    ({"verb": "assign"}, "verb"),
    ({"left_key": "bill 1"}, "left_key"),
    ({"left_key": "bank|line|1"}, "left_key"),
    ({"left_key": "qbo|bill|"}, "left_key"),
    ({"left_key": "qbo|bill|" + "1" * 600}, "left_key"),
    ({"right_key": A}, "right_key"),
    ({"right_key": "ramp|bill|2\x00"}, "right_key"),
    ({"right_key": "ramp|bill|2\ud800"}, "right_key"),
    ({"client_id": None}, "client_id"),
    ({"verb": "separate"}, "reason"),
    ({"reason": "x" * 501}, "reason"),
    ({"reason": "so\x00it is"}, "reason"),
    ({"reason": "so it is\ud800"}, "reason"),
    ({"effective_date": date(1999, 12, 31)}, "effective_date"),
    ({"subject": "match", "left_key": "qbo|bill|1"}, "left_key"),
    ({"subject": "counterparty", "client_id": None}, "left_key"),
]


@pytest.mark.parametrize(("change", "field"), WRONG)
def test_what_makes_no_sense_is_refused_by_field(plane: ControlPlane, change: dict[str, Any], field: str) -> None:
    words: dict[str, Any] = {"subject": "event", "verb": "join", "left_key": A, "right_key": B, "client_id": "c1"}
    with pytest.raises(Invalid, match=f"^{field}: "):
        plane.rulings.rule(_as(plane, "controller"), **(words | change))
    assert _actions(plane) == ["ruling.rule_refused"]


def test_a_reason_for_taking_back_is_checked_as_well(plane: ControlPlane) -> None:
    bea = _as(plane, "bookkeeper")
    made = plane.rulings.rule(bea, "event", "join", A, B, client_id="c1")
    for reason in ("x" * 501, "no\x00"):
        with pytest.raises(Invalid, match="^reason: "):
            plane.rulings.revoke(bea, made.ruling_id, reason)
    assert plane.rulings.list(bea, "c1") == [made]


def test_contradictions_name_the_older_ruling(plane: ControlPlane) -> None:
    bea, con = _as(plane, "bookkeeper"), _as(plane, "controller")

    def rule(verb: str, left: str, right: str, who: Any = bea, **more: Any) -> Any:
        words = {"subject": "event", "client_id": "c1", "reason": "so it is"} | more
        return plane.rulings.rule(who, verb=verb, left_key=left, right_key=right, **words)

    first = rule("join", A, B)
    with pytest.raises(Conflict, match=f"ruled already: ruling {first.ruling_id} of Bookkeeper"):
        rule("join", B, A)
    with pytest.raises(Conflict, match=f"ruling {first.ruling_id} .* says otherwise .join.; revoke that one first"):
        rule("separate", B, A)
    rule("separate", A, B, client_id="c2")
    second = rule("join", B, C)
    with pytest.raises(Conflict, match=f"{first.ruling_id}|{second.ruling_id}"):
        rule("separate", A, C)
    plane.rulings.revoke(bea, second.ruling_id)
    apart = rule("separate", A, C)
    with pytest.raises(Conflict, match=apart.ruling_id):
        rule("join", B, C)
    mine = rule("join", "text|a", "text|b", subject="counterparty")
    with pytest.raises(Conflict, match=mine.ruling_id):
        rule("separate", "text|a", "text|b", con, subject="counterparty", client_id=None)


def test_a_clients_account_may_differ_from_its_firms(plane: ControlPlane) -> None:
    con = _as(plane, "controller")
    firm = plane.rulings.rule(con, "category", "assign", "text|acme", "Office supplies")
    own = plane.rulings.rule(con, "category", "assign", "text|acme", "61", client_id="c1")
    with pytest.raises(Conflict, match=own.ruling_id):
        plane.rulings.rule(con, "category", "assign", "text|acme", "62", client_id="c1")
    assert {one.ruling_id for one in plane.rulings.list(con, "c1")} == {firm.ruling_id, own.ruling_id}


def test_the_warehouse_reads_rulings_with_when_they_ended(plane: ControlPlane, tmp_path: Path) -> None:
    bea = _as(plane, "bookkeeper")
    made = plane.rulings.rule(bea, "event", "join", A, B, client_id="c1")
    firm = plane.rulings.rule(_as(plane, "controller"), "category", "assign", "text|acme", "Office supplies")
    assert isinstance(plane.clock, FixedClock)
    plane.clock.at += timedelta(hours=3)
    plane.rulings.revoke(bea, made.ruling_id)
    warehouse = tmp_path / "warehouse.duckdb"
    replace_control_tables(plane.store.url, warehouse)
    with duckdb.connect(str(warehouse)) as database:
        database.execute("set timezone = 'UTC'")
        columns = "ruling_id, client_id, effective_date, decided_by_name, decided_at, revoked_at"
        rows = database.execute(f"select {columns} from raw_control.rulings order by client_id nulls last").fetchall()
    day, at = date(2026, 11, 24), datetime(2026, 11, 24, 15, tzinfo=UTC)
    assert rows == [
        (made.ruling_id, "c1", day, "Bookkeeper", at, at + timedelta(hours=3)),
        (firm.ruling_id, None, day, "Controller", at, None),
    ]


KEYS = st.sampled_from([f"qbo|bill|{n}" for n in range(6)])
ASKED = st.tuples(st.sampled_from(["join", "separate"]), KEYS, KEYS, st.sampled_from(["c1", "c2", None]))


@settings(max_examples=150, deadline=None)
@given(st.lists(ASKED.filter(lambda asked: asked[1] != asked[2]), max_size=14))
def test_what_stands_together_never_contradicts(wanted: list[tuple[str, str, str, str | None]]) -> None:
    standing: list[Standing] = []
    for verb, left, right, client_id in wanted:
        asked = Asked("counterparty", verb, left, right, client_id, date(2026, 11, 24), "so")
        if contradicted_by(asked, standing) is None:
            standing.append(Standing(str(len(standing)), client_id, "counterparty", verb, left, right))
    for client_id in ("c1", "c2"):
        group: dict[str, str] = {}

        def root(key: str, group: dict[str, str] = group) -> str:
            while group.get(key, key) != key:
                key = group[key]
            return key

        of_client = [one for one in standing if one.client_id in (None, client_id)]
        for one in of_client:
            if one.verb == "join":
                group[root(one.left_key)] = root(one.right_key)
        assert all(root(one.left_key) != root(one.right_key) for one in of_client if one.verb == "separate")

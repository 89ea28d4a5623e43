"""Two hundred firms with a canary of their own in every text and every amount, store and published figures alike.

One small firm is made through the service; every other is its copy, row by row, with ids, texts and amounts marked:

    ids      …iq017qi       a caller may name a foreign one, so it may come back in the answer to that very call
    texts    … zq017qz      never named by a caller: seen by anybody else it is a leak
    amounts  9101755nnn     the same in money
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb
import sqlalchemy as sa

from execution.audit import SYSTEM, append
from execution.people.sessions import hashed
from execution.store import Store
from execution.store.metadata import Instant, metadata
from execution.store.tables import api_token, audit, chain_head, checkpoint, session
from tests.app import firm
from tests.authorization.world import COLLEAGUES, HARBOR, NOW, OWN, REMOVED, Records, Walls

FIRMS = 200
ROLES = ("bookkeeper", "controller", "advisor", "firm_admin", "analyst", "auditor", "client_owner")
# Words that rules read, not people: a mark in them would only make the row invalid.
RULE_WORDS = {
    "currency_code", "time_zone", "advisor_mode", "payout_mode", "tier", "role", "asked_role", "agreed_role", "outcome",
    "verb", "mode", "band", "state", "kind", "rail", "action", "subject", "guard_id", "every", "roll", "body", "method",
    "scope", "link", "finding", "via", "source_bill_id", "key", "idempotency_key", "rail_status",
}  # fmt: skip
FOR_ALL = ("*", "")
LEFT_OUT = {
    session.name,
    api_token.name,
    audit.name,
    chain_head.name,
    checkpoint.name,
    "executor_state",
    "action_nonce",
}


@dataclass(frozen=True, slots=True)
class Mark:
    """One firm's marks. `number` 0 to 999."""

    number: int

    @property
    def of_id(self) -> str:
        """Ends an id."""
        return f"iq{self.number:03d}qi"

    @property
    def of_text(self) -> str:
        """Ends a text."""
        return f"zq{self.number:03d}qz"

    def amount(self, was: int) -> int:
        """An amount in minor units that no other firm has; its last digits tell the columns apart."""
        return 9_100_055_000 + self.number * 100_000 + abs(was) % 1000

    @property
    def advisor_id(self) -> str:
        """The firm's id."""
        return f"firm-{self.of_id}"

    def client_id(self, was: str) -> str:
        """A client's id."""
        return f"{was}-{self.of_id}"

    def token(self, role: str) -> str:
        """The API token of the person in a role; `agent` is the controller's."""
        return f"rc_{'agent_' if role == 'agent' else ''}{role}-{self.of_id}"


def build(folder: Path, firms: int = FIRMS) -> None:
    """Fills a folder: `control/control.db`, `published/<firm>/…`."""
    world = Walls(folder / "template")
    try:
        rows = {
            table.name: [dict(row) for row in _rows(world.plane.store, table)]
            for table in metadata.sorted_tables
            if table.name not in LEFT_OUT
        }
        sides = {"own": OWN, "colleagues": COLLEAGUES, "removed": REMOVED}
        (folder / "records.json").write_text(json.dumps({n: asdict(world.records[one]) for n, one in sides.items()}))
    finally:
        world.close()
    (folder / "control").mkdir()
    shutil.copyfile(folder / "template" / "control" / "kek", folder / "control" / "kek")
    (folder / "control" / "kek").chmod(0o600)
    from execution.store.migrate import migrate

    url = f"sqlite:///{folder / 'control' / 'control.db'}"
    migrate(url)
    store = Store(url)
    with store.begin() as cx:
        for number in range(firms):
            _copy(cx, rows, Mark(number))
    store.dispose()
    template = next((folder / "template" / "published" / HARBOR).glob("*/snapshot.duckdb"))
    plan = _columns(template)
    for number in range(firms):
        _publish(folder, template, Mark(number), plan)
    shutil.rmtree(folder / "template")


def read_records(folder: Path) -> dict[str, Records]:
    """The template's records by side of the wall, as `build` left them."""
    return {side: Records(**told) for side, told in json.loads((folder / "records.json").read_text()).items()}


def _rows(store: Store, table: sa.Table) -> Iterator[Mapping[str, Any]]:
    people = sa.text(
        "select person_id from membership where advisor_id = :firm "
        "union select person_id from admin_request where advisor_id = :firm"
    )
    with store.read() as cx:
        query = sa.select(table)
        if "advisor_id" in table.c:
            query = query.where(table.c.advisor_id == HARBOR)
        else:
            names: list[str] = list(cx.execute(people, {"firm": HARBOR}).scalars())
            query = query.where(table.c.person_id.in_(names)) if table.name == "person" else query.where(sa.false())
        yield from cx.execute(query).mappings().all()


def _copy(cx: sa.Connection, rows: Mapping[str, list[dict[str, Any]]], mark: Mark) -> None:
    for table in metadata.sorted_tables:
        for row in rows.get(table.name, ()):
            cx.execute(sa.insert(table).values({name: _marked(table.c[name], row[name], mark) for name in row}))
    for role in (*ROLES, "agent"):
        person_id = f"{'controller' if role == 'agent' else role}-{mark.of_id}"
        cx.execute(sa.insert(api_token).values(
            token_hash=hashed(mark.token(role)), person_id=person_id, advisor_id=mark.advisor_id,
            name=f"script {mark.of_text}", is_agent=role == "agent", created_at=NOW, expires_at=NOW.replace(year=2027),
        ))  # fmt: skip
    for payout in rows["payout"]:
        for action in ("payout.proposed", "payout.noted"):
            append(
                cx, advisor_id=mark.advisor_id, client_id=mark.client_id(payout["client_id"]), at=NOW, actor=SYSTEM,
                action=action, subject_kind="payout", subject_id=f"{payout['payout_id']}-{mark.of_id}",
                inputs={"note": f"note {mark.of_text}", "amount_minor": mark.amount(payout["amount_minor"])},
            )  # fmt: skip


def _marked(column: sa.Column[Any], value: Any, mark: Mark) -> Any:
    name = column.name
    if value is None or isinstance(value, bool | bytes) or isinstance(column.type, Instant | sa.Date):
        return value
    if name == "advisor_id":
        return mark.advisor_id
    if name in RULE_WORDS or "sha256" in name or value in FOR_ALL:
        return value
    if isinstance(value, int):
        return mark.amount(value) if name.endswith("_minor") and value else value
    if isinstance(column.type, sa.JSON):
        return _within(value, mark)
    if name.endswith(("_id", "_by")) or column.primary_key or column.foreign_keys:
        return f"{value}-{mark.of_id}"
    if name == "email":
        return f"{mark.of_text}.{value}"
    return f"{value} {mark.of_text}"


def _within(value: Any, mark: Mark) -> Any:
    """A document with the texts that people read, and every amount, marked."""
    if isinstance(value, Mapping):
        return {
            name: f"{item} {mark.of_text}" if name in ("reason", "remedy", "vendor_name") and isinstance(item, str)
            else mark.amount(item) if name.endswith("_minor") and isinstance(item, int) else _within(item, mark)
            for name, item in value.items()
        }  # fmt: skip
    return [_within(item, mark) for item in value] if isinstance(value, list) else value


def _columns(template: Path) -> dict[str, list[str]]:
    """Table → the assignments that mark it; a word that rules read is one of few and has no capital or space."""
    plan: dict[str, list[str]] = {}
    with duckdb.connect(str(template), read_only=True) as con:
        told = con.execute(
            "select table_name, column_name, data_type from duckdb_columns() where not internal"
        ).fetchall()
        for table, column, kind in told:
            if column == "advisor_id":
                marks = "$advisor"
            elif column == "client_id":
                marks = "client_id || '-' || $id"
            elif kind == "BIGINT" and "_minor" in column:
                marks = f"case when {column} = 0 then 0 else $amount + abs({column}) % 1000 end"
            elif kind == "VARCHAR" and not _is_rule_word(con, table, column):
                ends = "'-' || $id" if column.endswith(("_id", "_id_plaid", "_id_qbo", "_id_ramp")) else "' ' || $text"
                marks = f"{column} || {ends}"
            else:
                continue
            plan.setdefault(table, []).append(f"{column} = {marks}")
    return plan


def _is_rule_word(con: duckdb.DuckDBPyConnection, table: str, column: str) -> bool:
    if table in ("pub_metrics",) or column in ("source_bill_id", "currency_code", "time_zone", "snapshot_id"):
        return True
    odd = con.execute(
        f"select count(*) from {table} where not regexp_full_match({column}, '[a-z0-9_]*') or length({column}) > 24"
    ).fetchone()
    few = con.execute(f"select count(distinct {column}) from {table}").fetchone()
    return bool(odd and few and odd[0] == 0 and few[0] <= 12 and not column.endswith("_id"))


def _publish(folder: Path, template: Path, mark: Mark, plan: Mapping[str, list[str]]) -> None:
    home = folder / "published" / mark.advisor_id / "s1"
    home.mkdir(parents=True)
    shutil.copyfile(template, home / "snapshot.duckdb")
    named = {"advisor": mark.advisor_id, "id": mark.of_id, "text": mark.of_text, "amount": mark.amount(0)}
    with duckdb.connect(str(home / "snapshot.duckdb")) as con:
        con.execute("begin")
        for table, marks in plan.items():
            told = ", ".join(marks)
            con.execute(f"update {table} set {told}", {n: v for n, v in named.items() if f"${n}" in told})
        con.execute("commit")
    firm.point(folder, "s1", advisor_id=mark.advisor_id)

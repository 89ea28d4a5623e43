"""Laws of the data-quality score, on its own SQL: deleting never helps, and lost points add up to the hundredth."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import jinja2
from hypothesis import given, settings
from hypothesis import strategies as st

PROJECT = Path(__file__).resolve().parents[2] / "dbt_project"
QUALITY = PROJECT / "models" / "intermediate" / "quality"
MACROS = (PROJECT / "macros" / "hygiene.sql").read_text()
# In the order in which they are built. Hygiene items stand between: the warehouse makes them, here a rule of two lines.
BEFORE = ("int_quality__seen", "int_quality__removed")
AFTER = ("int_quality__dollars", "int_quality__losses", "int_quality__measured", "int_quality__history",
         "int_quality__points")  # fmt: skip
KEYS = {
    "int_quality__seen": ("client_id", "rail", "kind", "record_id"),
    "int_quality__history": ("client_id", "rail", "score_date"),
}
EMPTY = {
    "int_reconciliation__postings": "posting_id_plaid",
    "stg_ramp__bills": "bill_id_ramp",
    "stg_ramp__transactions": "transaction_id_ramp",
    "stg_ramp__transfers": "transfer_id_ramp",
    "stg_stripe__payouts": "payout_id_stripe",
    "stg_qbo__transfers": "transfer_id_qbo",
    "stg_qbo__payments": "payment_id_qbo",
    "stg_qbo__bill_payments": "bill_payment_id_qbo",
}
ITEMS = """
create or replace table int_hygiene__decided as
select client_id, 'u' || record_id as hygiene_item_id, 'unproven_record' as kind, rail, kind as claim_kind,
    record_id as claim_id, unproven_minor as amount_minor, true as counts_in_score, true as is_failing
from int_quality__claims where unproven_minor > 0 and not is_waiting
union all by name
select client_id, 'c' || record_id as hygiene_item_id, 'uncategorized' as kind, rail, kind as claim_kind,
    record_id as claim_id, uncategorized_minor as amount_minor, true as counts_in_score, true as is_failing
from int_quality__claims where uncategorized_minor > 0
union all by name
select client_id, hygiene_item_id, 'removed_record' as kind, rail, null::varchar as claim_kind,
    null::varchar as claim_id,
    case when is_in_window then amount_minor else 0 end as amount_minor, true as counts_in_score,
    hygiene_item_id not in (select hygiene_item_id from vouched) as is_failing
from int_quality__removed
union all by name
select client_id, 'r' || rail as hygiene_item_id, 'stale_rail' as kind, rail, null::varchar as claim_kind,
    null::varchar as claim_id, null::bigint as amount_minor, true as counts_in_score, true as is_failing
from int_quality__rail_health where fresh_pct < 100
"""


class Warehouse:
    """The scoring models in a database of their own, built for a day as dbt would build them."""

    def __init__(self) -> None:
        self.db = duckdb.connect()
        self.db.execute("create table stg_control__clients as select 'c1' as client_id")
        self.db.execute("create table vouched (hygiene_item_id varchar)")
        self.db.execute("create table int_quality__rail_health (client_id varchar, rail varchar, fresh_pct integer)")
        for table, key in EMPTY.items():
            self.db.execute(f"create table {table} (client_id varchar, {key} varchar)")

    def build(self, day: date, claims: list[dict[str, Any]], fresh: dict[str, int]) -> dict[str, tuple[int, int]]:
        """Score and lost points by rail, both in hundredths, after a build for the day."""
        self.db.execute(
            "create or replace table int_quality__claims (client_id varchar, rail varchar, kind varchar,"
            " record_id varchar, flow_date date, amount_minor bigint, currency_code varchar, label varchar,"
            " is_own_transfer boolean, unproven_minor bigint, is_proven boolean, is_waiting boolean,"
            " uncategorized_minor bigint, is_in_window boolean)"
        )
        for claim in claims:
            self.db.execute(
                "insert into int_quality__claims values"
                " ('c1', ?, ?, ?, ?, ?, 'USD', null, false, ?, ?, ?, ?, true)",
                [claim["rail"], claim["kind"], claim["id"], claim["date"], claim["amount"], claim["unproven"],
                 claim["unproven"] == 0, claim["young"] and claim["unproven"] > 0, claim["uncategorized"]],
            )  # fmt: skip
        self.db.execute("delete from int_quality__rail_health")
        for rail in ("qbo", "plaid", "ramp", "stripe"):
            self.db.execute("insert into int_quality__rail_health values ('c1', ?, ?)", [rail, fresh.get(rail, 100)])
        for model in BEFORE:
            self._run(model, day)
        self.db.execute(ITEMS)
        for model in AFTER:
            self._run(model, day)
        rows = self.db.execute(
            "select history.rail, min(score_hundredths), coalesce(sum(points_hundredths), 0)::bigint"
            " from int_quality__history as history left join int_quality__points as points"
            " on points.client_id = history.client_id and points.rail = history.rail"
            " where score_date = ? and score_hundredths is not null group by history.rail",
            [day],
        ).fetchall()
        return {rail: (score, lost) for rail, score, lost in rows}

    def _run(self, model: str, day: date) -> None:
        known = bool(self.db.execute("select 1 from duckdb_tables() where table_name = ?", [model]).fetchone())
        query = jinja2.Environment().from_string(MACROS + (QUALITY / f"{model}.sql").read_text()).render(
            ref=lambda name: name,
            this=model,
            config=lambda **_: "",
            is_incremental=lambda: known and model in KEYS,
            as_of_date=lambda: f"date '{day}'",
            var=lambda name: {"quality_days": 90, "reconciliation_days": 400}[name],
        )  # fmt: skip
        if model in KEYS and known:
            self.db.execute(f"create or replace temp table coming as {query}")
            same = " and ".join(f"coming.{key} = {model}.{key}" for key in KEYS[model])
            self.db.execute(f"delete from {model} where exists (select 1 from coming where {same})")
            self.db.execute(f"insert into {model} by name select * from coming")
        else:
            self.db.execute(f"create or replace table {model} as {query}")


RAIL_KINDS = (("plaid", "posting"), ("qbo", "purchase"), ("qbo", "bill"), ("ramp", "card_transaction"))


@st.composite
def books(draw: st.DrawFn) -> list[dict[str, Any]]:
    """A client's claims: some proven, some in part, some on a catch-all account, some too young to tell."""
    claims = []
    for number in range(draw(st.integers(3, 9))):
        rail, kind = draw(st.sampled_from(RAIL_KINDS))
        amount = draw(st.integers(1, 20_000))
        unproven = draw(st.sampled_from((0, 0, amount // 2, amount)))
        claims.append(
            {
                "rail": rail, "kind": kind, "id": f"{kind}{number}", "amount": amount, "unproven": unproven,
                "date": date(2026, 11, draw(st.integers(1, 20))), "young": draw(st.booleans()),
                "uncategorized": draw(st.sampled_from((0, 0, (amount - unproven) // 3))),
            }
        )  # fmt: skip
    return claims


@settings(max_examples=20, deadline=None)
@given(data=st.data(), claims=books(), later=st.booleans(), stale=st.booleans())
def test_deleting_records_never_raises_a_score(
    data: st.DataObject, claims: list[dict[str, Any]], later: bool, stale: bool
) -> None:
    gone = data.draw(st.sets(st.sampled_from([claim["id"] for claim in claims]), min_size=1))
    # What a deletion may do to matching: another record's only rival is gone, and it is called proven.
    flipped = data.draw(st.sets(st.sampled_from([claim["id"] for claim in claims])))
    left = [
        claim | ({"unproven": 0, "young": False} if claim["id"] in flipped else {})
        for claim in claims
        if claim["id"] not in gone
    ]
    warehouse = Warehouse()
    before = warehouse.build(date(2026, 11, 24), claims, {})
    day = date(2026, 11, 25) if later else date(2026, 11, 24)
    after = warehouse.build(day, left, {"plaid": 70} if stale else {})
    for rail, (score, _) in before.items():
        assert after[rail][0] <= score, rail
    assert all(score + lost == 10_000 for score, lost in (*before.values(), *after.values()) if score < 10_000)


@settings(max_examples=20, deadline=None)
@given(claims=books())
def test_a_day_that_is_built_again_keeps_its_score_and_those_after_it(claims: list[dict[str, Any]]) -> None:
    warehouse = Warehouse()
    first = warehouse.build(date(2026, 11, 24), claims, {"qbo": 90})
    second = warehouse.build(date(2026, 11, 25), claims, {})
    assert warehouse.build(date(2026, 11, 24), claims, {"qbo": 90}) == first
    kept = warehouse.db.execute(
        "select rail, score_hundredths from int_quality__history where score_date = '2026-11-25'"
        " and score_hundredths is not null"
    ).fetchall()
    assert dict(kept) == {rail: score for rail, (score, _) in second.items()}


def test_a_removal_costs_until_somebody_vouches_for_it() -> None:
    """The decision's worked example: a copy that is deleted gives its points back once a person says so."""
    base = {"date": date(2026, 11, 3), "young": False, "uncategorized": 0}
    good = base | {"rail": "qbo", "kind": "bill", "id": "good", "amount": 8_000, "unproven": 0}
    bad = base | {"rail": "qbo", "kind": "bill", "id": "copy", "amount": 2_000, "unproven": 2_000}
    warehouse = Warehouse()
    assert warehouse.build(date(2026, 11, 24), [good, bad], {})["all"] == (8_000, 2_000)
    assert warehouse.build(date(2026, 11, 25), [good], {})["all"] == (8_000, 2_000)
    warehouse.db.execute("insert into vouched select hygiene_item_id from int_quality__removed")
    assert warehouse.build(date(2026, 11, 26), [good], {})["all"][0] == 10_000

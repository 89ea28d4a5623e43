"""QBO: read only by construction, tokens rotated before use, deletions and ceilings of the change feed."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingestion.bulkhead import Fetched, fetch
from ingestion.connections import Connection
from ingestion.qbo.connection import QboConnection
from ingestion.qbo.ledger import months_of
from ingestion.qbo.resources import ENTITIES, read
from ingestion.qbo.settings import QboSettings
from ingestion.rails import BY_NAME
from tests.beside import DATA, needs
from tests.ingestion.scripted_rail import Answer, Call, scripted

RECORDED = DATA / "api_fixtures" / "quickbooks_sandbox_responses" / "reports__gl.json"
AS_OF = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
TIME = "2026-11-24T04:00:00.120-08:00"
LEDGER = {
    "Header": {"Time": TIME, "ReportName": "GeneralLedger", "ReportBasis": "Accrual", "Currency": "USD"},
    "Columns": {"Column": [{"ColType": one} for one in ("tx_date", "txn_type", "debt_amt", "credit_amt")]},
    "Rows": {},
}
_realms = itertools.count(1000)


class Tokens:
    """A store that writes down what it was told, in order."""

    def __init__(self, log: list[str]) -> None:
        self.log, self.current = log, "rt-1"

    @contextmanager
    def lease(self, connection: Connection) -> Iterator[Mapping[str, str]]:
        self.log.append("lease")
        yield {"refresh_token": self.current}
        self.log.append("end")

    def store(self, connection: Connection, secrets: Mapping[str, str]) -> None:
        self.current = secrets["refresh_token"]
        self.log.append(f"store {self.current}")


class Company:
    """A scripted realm: rows per entity, changes, and what to do with the next calls."""

    def __init__(self) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = {}
        self.changed: dict[str, list[dict[str, Any]]] = {}
        self.next: list[Answer] = []
        self.log: list[str] = []
        self.ledgers: list[tuple[str, str]] = []
        self.report_answer: Answer = (200, LEDGER)

    def __call__(self, call: Call) -> Answer:
        if call.path.endswith("/bearer"):
            self.log.append("refresh")
            return 200, {"access_token": "at", "expires_in": 3600, "refresh_token": "rt-2"}
        self.log.append("ask")
        if self.next:
            return self.next.pop(0)
        if call.path.endswith("/reports/GeneralLedger"):
            self.ledgers.append((call.query["start_date"], call.query["end_date"]))
            return self.report_answer
        if call.path.endswith("/cdc"):
            wanted = call.query["entities"].split(",")
            blocks = [{name: self.changed[name]} for name in wanted if self.changed.get(name)]
            return 200, {"CDCResponse": [{"QueryResponse": [*blocks, {}]}], "time": TIME}
        entity = call.body.split("from ")[1].split()[0]
        start, size = int(call.body.split("startposition ")[1].split()[0]), int(call.body.split("maxresults ")[1])
        rows = self.rows.get(entity, [])[start - 1 : start - 1 + size]
        return 200, {"QueryResponse": {entity: rows} if rows else {}, "time": TIME}


def fetched(company: Company, folder: Path, cursor: dict[str, Any] | None = None, **settings: Any) -> Fetched:
    realm = f"realm{next(_realms)}"
    with scripted(company) as server:
        mine = replace(QboSettings(), api_url=server.url, token_url=f"{server.url}/oauth2/v1/tokens/bearer", **settings)

        def read_here(*given: Any) -> dict[str, Any]:
            return read(*given, settings=mine)

        rail = replace(BY_NAME["qbo"], read=read_here)
        connection = Connection("firm", "c1", "qbo", realm, realm, {"refresh_token": "rt-1"})
        return fetch(rail, connection, cursor or {}, folder, AS_OF, Tokens(company.log))


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROWCOL_PATIENCE_SCALE", "0.002")


def test_the_rotated_token_is_written_before_it_is_used(tmp_path: Path) -> None:
    company = Company()
    assert fetched(company, tmp_path).failure is None
    assert company.log[:5] == ["lease", "refresh", "store rt-2", "end", "ask"]
    assert company.log.count("refresh") == 1


def test_the_client_cannot_express_a_write() -> None:
    public = {name for name in vars(QboConnection) if not name.startswith("_")}
    assert public == {"query", "changes", "ledger", "close"}


def test_first_load_pages_every_entity_and_keeps_inactive_names(tmp_path: Path) -> None:
    company = Company()
    company.rows["Bill"] = [{"Id": str(n), "TotalAmt": 1.5} for n in range(2500)]
    asked: list[str] = []
    company_call = company.__call__

    def noted(call: Call) -> Answer:
        asked.append(call.body)
        return company_call(call)

    company_noted = type("Noted", (), {"log": company.log, "__call__": staticmethod(noted)})()
    done = fetched(company_noted, tmp_path)
    assert done.rows_read == 2500 and done.whole == frozenset(ENTITIES.values())
    assert sum("from Bill orderby" in text for text in asked) == 3
    assert any("from Vendor where Active in (true, false) orderby Id" in text for text in asked)
    assert done.cursor == {"changed_since": "2026-11-24T03:55:00.120000-08:00"}


def test_later_loads_ask_once_and_see_deletions(tmp_path: Path) -> None:
    company = Company()
    company.changed = {"Bill": [{"Id": "152", "status": "Deleted", "MetaData": {}}], "Vendor": [{"Id": "56"}]}
    done = fetched(company, tmp_path, {"changed_since": (AS_OF - timedelta(days=1)).isoformat()})
    assert company.log.count("ask") == 1 and done.rows_read == 2 and not done.whole


def test_an_answer_near_the_ceiling_is_completed_by_query(tmp_path: Path) -> None:
    company = Company()
    company.changed = {"Bill": [{"Id": str(n)} for n in range(960)], "Vendor": [{"Id": "56"}]}
    company.rows = {"Bill": [{"Id": str(n)} for n in range(1200)]}
    done = fetched(company, tmp_path, {"changed_since": (AS_OF - timedelta(days=1)).isoformat()})
    assert done.failure is None
    # The shared call, one per entity, then two pages of bills.
    assert company.log.count("ask") == 1 + len(ENTITIES) + 2
    assert done.rows_read == 960 + 1200 + 1


def test_a_gap_of_over_thirty_days_is_read_in_full(tmp_path: Path) -> None:
    company = Company()
    done = fetched(company, tmp_path, {"changed_since": (AS_OF - timedelta(days=31)).isoformat()})
    assert done.whole == frozenset(ENTITIES.values())


def fault(kind: str, code: str = "1") -> dict[str, Any]:
    return {"Fault": {"Error": [{"Message": "no", "Detail": "why", "code": code}], "type": kind}, "time": TIME}


@pytest.mark.parametrize(
    ("answers", "reason_code"),
    [
        ([(200, fault("AuthenticationFault", "3200"))], "token_revoked"),
        ([(200, fault("AuthorizatonFault", "120"))], "forbidden"),
        ([(200, fault("ValidationFault", "4000"))], "rejected"),
        ([(401, fault("AuthenticationFault"))] * 2, "token_revoked"),
        ([(403, fault("AuthorizationFault"))], "forbidden"),
        ([(429, fault("ThrottlingFault"))] * 20, "throttled"),
        ([(503, "down")] * 3, "rail_down"),
        ([(200, '{"QueryResponse": {"CompanyInfo": [')], "malformed"),
        ([(200, {"QueryResponse": {"CompanyInfo": "none"}, "time": TIME})], "malformed"),
        (
            [(200, {"QueryResponse": {"CompanyInfo": [{"Id": "1", "CompanyStartDate": "soon"}]}, "time": TIME})],
            "malformed",
        ),
        ([(200, {"QueryResponse": {"CompanyInfo": [{"CompanyName": "no id"}]}, "time": TIME})], "malformed"),
        ([(200, {"QueryResponse": {}})], "malformed"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_failure_has_its_name(tmp_path: Path, answers: list[Answer], reason_code: str) -> None:
    company = Company()
    company.next = answers
    done = fetched(company, tmp_path)
    assert done.failure is not None and done.failure.reason_code == reason_code
    assert done.files == {} and done.cursor == {}
    assert done.failure.sentence("c1", "qbo").startswith("Client c1 on QBO: ")


@pytest.mark.parametrize("status", [401, 429, 503])
def test_one_bad_answer_is_got_over(tmp_path: Path, status: int) -> None:
    company = Company()
    company.next = [(status, "{}")]
    done = fetched(company, tmp_path)
    assert done.failure is None
    assert company.log.count("refresh") == (2 if status == 401 else 1)


def test_a_dead_refresh_token_asks_for_a_reconnect(tmp_path: Path) -> None:
    class Dead(Company):
        def __call__(self, call: Call) -> Answer:
            return 400, {"error": "invalid_grant"}

    done = fetched(Dead(), tmp_path)
    assert done.failure is not None and done.failure.reason_code == "token_revoked"


def test_nobody_there_is_rail_down(tmp_path: Path) -> None:
    connection = Connection("firm", "c1", "qbo", "gone", "gone", {"refresh_token": "rt"})
    nowhere = QboSettings(api_url="http://127.0.0.1:9", token_url="http://127.0.0.1:9/t")
    rail = replace(BY_NAME["qbo"], read=lambda *given: read(*given, settings=nowhere))
    done = fetch(rail, connection, {}, tmp_path, AS_OF, Tokens([]))
    assert done.failure is not None and done.failure.reason_code == "rail_down"


def dated(number: str, day: str, token: str = "0", updated: str = TIME, **more: Any) -> dict[str, Any]:
    return {"Id": number, "TxnDate": day, "SyncToken": token, "MetaData": {"LastUpdatedTime": updated}, **more}


def test_first_load_reads_the_ledger_of_every_month_half_a_year_at_a_time(tmp_path: Path) -> None:
    company = Company()
    company.rows = {"Bill": [dated("1", "2025-12-05"), dated("2", "2026-11-20")]}
    done = fetched(company, tmp_path)
    assert company.ledgers == [("2025-12-01", "2026-05-31"), ("2026-06-01", "2026-11-30")]
    assert done.cursor["ledger"] == {"from": "2025-12-01", "swept_at": AS_OF.isoformat()}
    assert duckdb.read_parquet(str(done.files["ledger_months"])).count("*").fetchone() == (12,)


def test_later_loads_read_the_ledger_of_touched_months_alone(tmp_path: Path) -> None:
    since = (AS_OF - timedelta(days=1)).isoformat()
    held = {"changed_since": since, "ledger": {"from": "2025-12-01", "swept_at": since}}
    company = Company()
    fetched(company, tmp_path / "quiet", held)
    assert company.ledgers == [] and company.log.count("ask") == 1
    company.changed = {"Bill": [dated("1", "2026-09-05", "3"), dated("2", "2026-11-20")], "Vendor": [{"Id": "9"}]}
    done = fetched(company, tmp_path / "busy", held)
    # One report over both months: a call is metered, its rows are not.
    assert company.ledgers == [("2026-09-01", "2026-11-30")]
    # What the overlap brings once more touches nothing.
    company.ledgers.clear()
    fetched(company, tmp_path / "again", {**held, **done.cursor})
    assert company.ledgers == []
    # A deletion names no month, so every one is read.
    company.changed["Bill"].append({"Id": "7", "status": "Deleted", "MetaData": {"LastUpdatedTime": TIME}})
    fetched(company, tmp_path / "deleted", {**held, **done.cursor})
    assert [first for first, _ in company.ledgers] == ["2025-12-01", "2026-06-01"]


def test_a_week_after_the_last_sweep_an_edit_reads_every_month(tmp_path: Path) -> None:
    since, swept = (AS_OF - timedelta(days=1)).isoformat(), (AS_OF - timedelta(days=8)).isoformat()
    company = Company()
    company.changed = {"Bill": [dated("1", "2026-11-05", "3")]}
    done = fetched(company, tmp_path, {"changed_since": since, "ledger": {"from": "2026-08-01", "swept_at": swept}})
    assert company.ledgers == [("2026-08-01", "2026-11-30")]
    assert done.cursor["ledger"]["swept_at"] == AS_OF.isoformat()


def test_a_refused_report_stops_nothing_and_is_asked_for_again(tmp_path: Path) -> None:
    company = Company()
    company.rows = {"Bill": [dated("1", "2026-11-05")]}
    company.report_answer = (400, fault("ValidationFault", "2010"))
    done = fetched(company, tmp_path / "first")
    assert done.failure is None and "ledger_months" not in done.files
    assert done.cursor["ledger"]["owed"] == ["2026-11-01"]
    company.report_answer = (200, LEDGER)
    later = fetched(company, tmp_path / "later", done.cursor)
    assert "ledger_months" in later.files and "owed" not in later.cursor["ledger"]


@needs(RECORDED)
def test_a_recorded_ledger_lands_with_openings_entries_and_sub_accounts() -> None:
    (month,) = months_of(json.loads(RECORDED.read_text())[0]["response"], [date(2020, 9, 1)])
    assert (month["start_date"], month["end_date"]) == ("2020-09-01", "2020-09-30")
    assert [None, "Truck:Original Cost", "13495.00"] in month["openings"] and len(month["openings"]) == 15
    assert ["84", "Accounts Receivable (A/R)", "2020-09-29", "Invoice", "264", None, None, "100.00"] in month["entries"]
    assert len(month["entries"]) == 6

"""QBO: read only by construction, tokens rotated before use, deletions and ceilings of the change feed."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ingestion import qbo
from ingestion.bulkhead import Fetched, fetch
from ingestion.connections import Connection
from ingestion.qbo.connection import QboConnection
from ingestion.qbo.resources import ENTITIES, read
from ingestion.qbo.settings import QboSettings
from ingestion.rails import BY_NAME
from tests.ingestion.scripted_rail import Answer, Call, scripted

AS_OF = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
TIME = "2026-11-24T04:00:00.120-08:00"
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

    def __call__(self, call: Call) -> Answer:
        if call.path.endswith("/bearer"):
            self.log.append("refresh")
            return 200, {"access_token": "at", "expires_in": 3600, "refresh_token": "rt-2"}
        self.log.append("ask")
        if self.next:
            return self.next.pop(0)
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
    assert public == {"query", "changes", "close"}


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
    assert done.whole == frozenset(qbo.TABLES)


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

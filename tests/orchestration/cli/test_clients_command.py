"""`rowcol clients`: a client is taken on whole or not at all; secrets never show."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner, Result

from execution.service import ControlPlane, connect
from orchestration.cli.main import app

SECRETS = ["s3cret-refresh", "s3cret-reader", "s3cret-writer", "s3cret-access", "s3cret-stripe", "s3cret-hook"]
CREDENTIALS: dict[str, Any] = {
    "qbo": {"realm_id": "9130", "refresh_token": SECRETS[0], "webhook_secret": SECRETS[5]},
    "ramp": {
        "business_id": "biz-1",
        "reader_client_id": "ramp_id_r",
        "reader_client_secret": SECRETS[1],
        "executor_client_id": "ramp_id_x",
        "executor_client_secret": SECRETS[2],
        "entity_id": "ent-1",
        "bank_account_id": "bank-1",
    },
    "plaid": {"item_id": "item-1", "access_token": SECRETS[3], "operating_account_id": "acc-1"},
    "stripe": {"account_id": "acct_1", "restricted_key": SECRETS[4], "webhook_secret": SECRETS[5]},
}
NEW_FIRM = ["--firm-name", "Harbor Advisory", "--admin-email", "Farid@Harbor.test", "--admin-name", "Farid Haddad"]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A live product with nothing in it."""
    for name in ("ROWCOL_CONTROL_URL", "ROWCOL_MODE", "ROWCOL_CLOCK_URL", "ROWCOL_INBOX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ROWCOL_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


@pytest.fixture
def plane() -> Iterator[ControlPlane]:
    """The store that the command writes to."""
    made = connect()
    yield made
    made.store.dispose()


def rowcol(*arguments: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(app, list(arguments), input=typed)


def add(home: Path, *more: str, given: Any = CREDENTIALS, typed: str | None = None, **changes: str) -> Result:
    file = home / "credentials.json"
    file.write_text(json.dumps(given) if not isinstance(given, str) else given)
    file.chmod(0o600)
    options = {"firm": "harbor", "id": "c1", "name": "Anchor Bakehouse", "time-zone": "America/New_York",
               "industry": "Restaurant", "buffer": "25,000.50", "credentials": str(file), **changes}  # fmt: skip
    return rowcol("clients", "add", *[part for name, value in options.items() for part in (f"--{name}", value)], *more,
                  typed=typed)  # fmt: skip


def count(plane: ControlPlane) -> dict[str, int]:
    with plane.store.read() as connection:
        return {
            name: int(connection.execute(sa.text(f"select count(*) from {name}")).scalar_one())
            for name in ("advisor", "client", "policy", "connection", "person", "membership")
        }


def actions(plane: ControlPlane, chain: str = "harbor") -> list[tuple[str, str]]:
    with plane.store.read() as connection:
        query = sa.text("select body from audit where chain_id = :chain order by seq")
        bodies = [json.loads(bytes(b)) for b in connection.execute(query, {"chain": chain}).scalars()]
    return [(body["action"], body["actor"]["role"]) for body in bodies]


def test_a_firm_and_its_first_client(home: Path, plane: ControlPlane) -> None:
    done = add(home, *NEW_FIRM)
    assert done.exit_code == 0, done.output
    assert "qbo, ramp, plaid, stripe" in done.output and "rowcol run --client c1" in done.output
    made = plane.clients.all()[0]
    assert (made.client_name, made.buffer_minor, made.payout_mode) == ("Anchor Bakehouse", 2_500_050, "draft")
    held = {row.rail: dict(row.secrets) for row in plane.connections.for_ingestion()}
    assert held["qbo"] == {"refresh_token": SECRETS[0]} and held["stripe"] == {"api_key": SECRETS[4]}
    assert held["ramp"] == {"client_id": "ramp_id_r", "client_secret": SECRETS[1]}
    listed = rowcol("clients", "list", "--webhooks").output.strip().splitlines()
    assert len(listed) == 3
    for line in listed:
        firm, client, rail, path = line.split("\t")
        row = dict(plane.connections.webhooks()).get(path.rsplit("/", 1)[1])
        assert (firm, client) == ("harbor", "c1") and path.startswith(f"/webhooks/{rail}/") and path in done.output
        assert row and row.secrets["secret"] == ("" if rail == "plaid" else SECRETS[5])
    assert "Anchor Bakehouse" in rowcol("clients", "list").output
    assert (
        actions(plane)
        == [("firm.added", "operator"), ("client.added", "operator")] + [("connection.added", "operator")] * 4
    )
    assert all(report.ok for report in plane.audit.verify())
    session = plane.people.sign_in_oidc("https://issuer.test", "sub-1", "farid@harbor.test")
    assert session.principal.role == "firm_admin" and [c.client_id for c in plane.clients.list(session.principal)] == [
        "c1"
    ]


def test_secrets_never_show_and_are_sealed(home: Path, plane: ControlPlane) -> None:
    done = add(home, *NEW_FIRM)
    again = add(home)
    shown = done.output + again.output + rowcol("clients", "list", "--webhooks").output
    (home / "credentials.json").unlink()
    kept = b"".join(path.read_bytes() for path in (home / "data").rglob("*") if path.is_file())
    for secret in SECRETS:
        assert secret not in shown and secret.encode() not in kept


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"firm": "nobody"}, "there is no firm 'nobody'"),
        ({"id": "*"}, "client_id"),
        ({"id": "é"}, "client_id"),
        ({"name": " "}, "client_name"),
        ({"time-zone": "Mars/Base"}, "America/New_York"),
        ({"currency": "dollar"}, "USD"),
        ({"buffer": "-1"}, "not between 0"),
        ({"buffer": "lots"}, "buffer"),
        ({"buffer": "1.001"}, "finer than a cent"),
        ({"buffer": "1e30"}, "not between 0"),
        ({"payout-mode": "yolo"}, "draft, direct"),
        ({"mode": "loud"}, "active, managed, silent"),
        ({"credentials": "/no/such/file"}, "cannot be read"),
    ],
)
def test_a_wrong_value_names_the_field_and_keeps_nothing(
    home: Path, plane: ControlPlane, changes: dict[str, str], words: str
) -> None:
    assert add(home, *NEW_FIRM, id="c0").exit_code == 0
    before = count(plane)
    refused = add(home, given={}, **changes)
    assert refused.exit_code == 1 and words in refused.output.replace("\n", " "), refused.output
    assert "Traceback" not in refused.output and count(plane) == before
    if "credentials" not in changes:
        assert actions(plane, "system" if "firm" in changes else "harbor")[-1][0] == "client.add_refused"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("{broken " + SECRETS[0], "is not JSON"),
        ([1], "holds no object"),
        ({"xero": {}}, "no rail 'xero'"),
        ({"qbo": 5}, "qbo is no object"),
        ({"qbo": {"realm_id": "1"}}, "qbo lacks refresh_token"),
        ({"qbo": {"realm_id": "1", "refresh_token": SECRETS[0], "realm": "2"}}, "qbo has no realm"),
        ({"plaid": {"item_id": 5, "access_token": SECRETS[3]}}, "one line of text"),
        ({"ramp": {**CREDENTIALS["ramp"], "executor_client_secret": ""}}, "come together"),
    ],
)
def test_credentials_that_are_not_whole(home: Path, plane: ControlPlane, given: Any, words: str) -> None:
    assert add(home, *NEW_FIRM, id="c0", given={}).exit_code == 0
    before = count(plane)
    refused = add(home, given=given)
    assert refused.exit_code == 1 and words in refused.output.replace("\n", " "), refused.output
    assert not any(secret in refused.output for secret in SECRETS)
    assert count(plane) == before


def test_a_client_is_taken_on_once_and_an_account_belongs_to_one(home: Path, plane: ControlPlane) -> None:
    assert add(home, *NEW_FIRM).exit_code == 0
    before = count(plane)
    twice = add(home)
    assert twice.exit_code == 1 and "has a client 'c1' already" in twice.output
    shared = add(home, id="c2")
    assert shared.exit_code == 1 and "qbo account 9130 is client c1's already" in shared.output
    firm_again = add(home, *NEW_FIRM, id="c3", given={})
    assert firm_again.exit_code == 1 and "there is a firm 'harbor' already" in firm_again.output
    assert count(plane) == before


def test_secrets_can_be_typed_without_echo(home: Path, plane: ControlPlane) -> None:
    typed = "9130\ns3cret-refresh\n\nitem-1\ns3cret-access\n\n"
    done = add(home, *NEW_FIRM, "--connect", "qbo", "--connect", "plaid", given={}, typed=typed)
    assert done.exit_code == 0, done.output
    assert "qbo realm id: 9130" in done.output and "s3cret" not in done.output
    assert {row.rail for row in plane.connections.for_ingestion()} == {"qbo", "plaid"}
    wrong = add(home, "--connect", "xero", id="c2", given={})
    assert wrong.exit_code == 1 and "no rail 'xero'" in wrong.output


def test_a_new_firm_needs_an_admin_who_can_sign_in(home: Path, plane: ControlPlane) -> None:
    refused = add(home, "--firm-name", "Harbor", "--admin-email", "nobody")
    assert refused.exit_code == 1 and "'nobody' is no address" in refused.output
    assert sum(count(plane).values()) == 0


def test_an_empty_product_says_what_to_do(home: Path) -> None:
    assert "rowcol clients add" in rowcol("clients", "list").output
    assert "No connection takes webhooks yet" in rowcol("clients", "list", "--webhooks").output
    assert "Take a client on" in rowcol("clients", "add", "--help").output


def test_a_webhook_secret_is_replaced_without_being_shown(home: Path, plane: ControlPlane) -> None:
    add(home, *NEW_FIRM)
    options = ["clients", "webhook-secret", "--firm", "harbor", "--id", "c1", "--rail"]
    done = rowcol(*options, "stripe", typed="whsec_the_new_one\n")
    assert done.exit_code == 0 and "whsec_the_new_one" not in done.output
    [found] = [one for one in plane.receiving.subscriptions() if one.rail == "stripe"]
    assert found.secrets == ("whsec_the_new_one", SECRETS[5])
    assert actions(plane)[-1] == ("webhook.secret_replaced", "operator")
    refused = rowcol(*options, "ramp", typed="whsec_the_new_one\n")
    assert refused.exit_code == 1 and "no ramp webhook" in refused.output

"""`rowcol people`: the operator fills a firm; an admin's token confirms a further admin; errors name the remedy."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from execution.service import ControlPlane, connect
from orchestration.cli.main import app


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A live firm with one admin and two clients."""
    for name in ("ROWCOL_CONTROL_URL", "ROWCOL_MODE", "ROWCOL_CLOCK_URL", "ROWCOL_API_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ROWCOL_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "220")
    for client, more in (("c1", ["--firm-name", "Harbor", "--admin-email", "farid@harbor.test"]), ("c2", [])):
        done = rowcol("clients", "add", "--firm", "harbor", "--id", client, "--name", client.upper(),
                      "--time-zone", "America/New_York", *more)  # fmt: skip
        assert done.exit_code == 0, done.output
    return tmp_path


@pytest.fixture
def plane(home: Path) -> Iterator[ControlPlane]:
    """The store that the command writes to."""
    made = connect()
    yield made
    made.store.dispose()


def rowcol(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def people(*arguments: str, fails: str = "") -> str:
    done = rowcol("people", *arguments)
    told = " ".join(done.output.split())
    assert done.exit_code == (1 if fails else 0), done.output
    assert fails in told and "Traceback" not in told
    return told


def add(name: str, role: str, *more: str, fails: str = "") -> str:
    email = f"{name.lower()}@harbor.test"
    return people("add", "--name", name, "--email", email, "--role", role, *more, fails=fails)


def signed_in(plane: ControlPlane, name: str) -> tuple[str, list[str]]:
    acting = plane.people.sign_in_oidc("https://idp.test", name, f"{name}@harbor.test").principal
    return acting.role, [one.client_id for one in plane.clients.list(acting)]


def test_a_firm_is_filled_and_its_people_work(plane: ControlPlane) -> None:
    assert "Carl (carl@harbor.test) is added as controller" in add("Carl", "controller")
    add("Bea", "bookkeeper", "--client", "c2")
    assert signed_in(plane, "carl") == ("controller", ["c1", "c2"])
    assert signed_in(plane, "bea") == ("bookkeeper", ["c2"])
    listed = people("list")
    assert "carl@harbor.test controller all" in listed and "bea@harbor.test bookkeeper c2" in listed
    assert all(report.ok for report in plane.audit.verify())


def test_assign_changes_what_is_named_and_keeps_the_rest(plane: ControlPlane) -> None:
    add("Bea", "bookkeeper", "--client", "c2")
    people("assign", "bea@harbor.test", "--client", "c1")
    assert signed_in(plane, "bea") == ("bookkeeper", ["c1"])
    people("assign", "BEA@harbor.test", "--role", "controller")
    assert signed_in(plane, "bea") == ("controller", ["c1"])
    people("assign", "bea@harbor.test", "--all-clients")
    assert signed_in(plane, "bea") == ("controller", ["c1", "c2"])
    last = plane.now().date() + timedelta(days=30)
    people("assign", "bea@harbor.test", "--to", last.isoformat())
    people("assign", "bea@harbor.test", "--role", "analyst")
    assert f"{last + timedelta(days=1)} 0" in people("list")
    people("assign", "bea@harbor.test", fails="say what changes")
    people("assign", "bea@harbor.test", "--client", "c1", "--all-clients", fails="not both")


def test_a_first_day_to_come_is_shown_and_keeps_out_until_then(plane: ControlPlane) -> None:
    first = plane.now().date() + timedelta(days=7)
    add("Bea", "bookkeeper", "--from", first.isoformat())
    assert str(first) in people("list")
    with pytest.raises(Exception, match="you belong to no firm"):
        signed_in(plane, "bea")
    assert rowcol("people", "assign", "bea@harbor.test", "--to", "soon").exit_code == 2


def test_removal_is_at_once(plane: ControlPlane) -> None:
    add("Bea", "bookkeeper")
    session = plane.people.sign_in_oidc("https://idp.test", "bea", "bea@harbor.test")
    assert "sessions and tokens have ended" in people("remove", "bea@harbor.test")
    with pytest.raises(Exception, match="was ended"):
        plane.people.principal_for(session.token)
    people("remove", "bea@harbor.test", fails="nobody 'bea@harbor.test' works for your firm")
    people("remove", "farid@harbor.test", fails="last admin")


def test_a_third_admin_is_confirmed_by_one_of_the_two(plane: ControlPlane, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "✓" in add("Ada", "firm_admin")
    asked = add("Olga", "firm_admin")
    request = asked.rsplit(" ", 1)[1].strip("`")
    assert "takes two people" in asked and request in people("list")
    people("confirm", request, fails="another firm admin confirms it")
    ada = plane.people.sign_in_oidc("https://idp.test", "ada", "ada@harbor.test").principal
    monkeypatch.setenv("ROWCOL_API_TOKEN", plane.people.issue_api_token(ada, "people"))
    people("list", "--firm", "other", fails="no firm 'other'")
    assert "Olga is firm admin" in people("confirm", request)
    people("withdraw", request, fails="no request")
    monkeypatch.setenv("ROWCOL_API_TOKEN", "rc_wrong")
    people("list", fails="this API token is not known")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (["--email", "nobody"], "email: 'nobody' is no address"),
        (["--role", "boss"], "choose one of bookkeeper, controller"),
        (["--client", "nope"], "there is no client 'nope'"),
        (["--client", "[/b]"], "there is no client '[/b]'"),
        (["--from", "2020-01-01"], "is past"),
        (["--firm", "nowhere"], "there is no firm 'nowhere', known are harbor"),
    ],
)
def test_a_wrong_value_names_itself_and_leaves_a_row(plane: ControlPlane, changes: list[str], words: str) -> None:
    given = ["add", "--name", "Nora", "--email", "nora@harbor.test", "--role", "analyst", *changes]
    people(*given, fails=words)
    assert "Nora" not in people("list")
    chain = "system" if "nowhere" in changes else "harbor"
    reports = {report.chain_id: report for report in plane.audit.verify()}
    assert reports[chain].ok and reports[chain].events >= 1


def test_help_and_an_empty_product(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = " ".join(rowcol("people", "--help").output.split())
    assert all(word in told for word in ("add", "assign", "remove", "confirm", "audit log"))
    assert "docs/reference/roles.md" in rowcol("people", "add", "--help").output
    monkeypatch.setenv("ROWCOL_DATA", str(tmp_path / "empty"))
    people("list", fails="there is no firm yet")


def test_several_firms_have_to_be_named() -> None:
    done = rowcol("clients", "add", "--firm", "quay", "--id", "q1", "--name", "Q", "--time-zone", "UTC",
                  "--firm-name", "Quay", "--admin-email", "q@quay.test")  # fmt: skip
    assert done.exit_code == 0
    people("list", fails="there are several (harbor, quay)")
    assert "farid@harbor.test" in people("list", "--firm", "harbor") and "quay" not in people(
        "list", "--firm", "harbor"
    )

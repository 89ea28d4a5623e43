"""Sign-in with the firm's own accounts: a live console, a provider on loopback and a real browser."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from execution.audit import SYSTEM_CHAIN
from execution.errors import Forbidden, Unauthenticated
from execution.people import AtMachine
from execution.service import ControlPlane, NewClient, connect
from execution.settings import Settings
from execution.store.tables import audit, person, session
from tests.app import firm
from tests.app.firm_clients import NAMES, client_id
from tests.app.oidc_provider import CLIENT_ID, CLIENT_SECRET, Provider, free_port, running
from tests.browser import Person

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "how_to" / "go_live.md"
BUTTON = "Sign in with your firm's account"
OPERATOR = AtMachine("tests", firm.ADVISOR)


@dataclass
class Live:
    """A console in live mode, the store below it and the provider that it trusts."""

    address: str
    provider: Provider
    plane: ControlPlane

    def add(self, name: str, role: str, client_ids: list[str] | None = None) -> str:
        """A person of the firm, by the address that the operator adds."""
        email = f"{name}@harbor.example"
        return self.plane.people.add_person(OPERATOR, name.title(), email, role, client_ids).person_id

    def sessions(self, person_id: str) -> list[Any]:
        """Session rows of a person, the oldest first."""
        query = sa.select(session).where(session.c.person_id == person_id).order_by(session.c.auth_time)
        with self.plane.store.read() as connection:
            return list(connection.execute(query).all())

    def binding(self, person_id: str) -> tuple[str | None, str | None]:
        """The issuer and subject that a person signs in by."""
        query = sa.select(person.c.oidc_issuer, person.c.oidc_subject).where(person.c.person_id == person_id)
        with self.plane.store.read() as connection:
            return tuple(connection.execute(query).one())

    def refusals(self, subject: str) -> list[dict[str, Any]]:
        """Refused sign-ins under a name, from the audit log."""
        with self.plane.store.read() as connection:
            bodies = connection.execute(sa.select(audit.c.body).where(audit.c.chain_id == SYSTEM_CHAIN)).scalars()
            events = [json.loads(bytes(body)) for body in bodies]
        return [e for e in events if e["action"] == "sign_in.refused" and e["subject"]["id"] == subject]


def _secrets_from_the_guide(console: str, provider: Provider) -> str:
    """The example that the guide tells people to copy, with the addresses of this test in it."""
    example = GUIDE.read_text().split("```toml\n", 1)[1].split("```", 1)[0]
    example = "\n".join(line.strip() for line in example.splitlines())
    for shown, here in {
        "https://rowcol.harbor.example": console,
        "https://login.harbor.example": provider.issuer,
        "openssl rand -hex 32": os.urandom(32).hex(),
        "the client id there": CLIENT_ID,
        "the client secret there": CLIENT_SECRET,
    }.items():
        assert shown in example, f"the guide's example names no {shown}"
        example = example.replace(shown, here)
    assert "auth" in tomllib.loads(example)
    return example


def _wait_until_up(server: subprocess.Popen[bytes], base: str, log: Path) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            urllib.request.urlopen(base, timeout=2).close()
            return
        except (urllib.error.URLError, OSError):
            if server.poll() is not None:
                break
            time.sleep(0.2)
    pytest.fail(f"the console did not start:\n{log.read_text()}")


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    folder, port = tmp_path_factory.mktemp("live"), free_port()
    address = f"http://127.0.0.1:{port}"
    firm.publish(folder, clients=2, docs=False)
    plane = connect(Settings.from_env({"ROWCOL_DATA": str(folder)}))
    plane.operator.add_firm("tests", firm.ADVISOR, "Harbor Advisory", "Farid Haddad", "farid@harbor.example")
    for position in range(2):
        new = NewClient(firm.ADVISOR, client_id(position), NAMES[position][0], "America/New_York")
        plane.operator.add_client("tests", new)
    with running() as provider:
        secrets, log = folder / "secrets.toml", folder / "console.log"
        secrets.write_text(_secrets_from_the_guide(address, provider))
        env = {k: v for k, v in os.environ.items() if not k.startswith(("ROWCOL_", "STREAMLIT_"))}
        command = [sys.executable, "-m", "streamlit", "run", "app/console.py", f"--server.port={port}"]
        command += ["--server.headless=true", f"--secrets.files={secrets}"]
        with log.open("w") as out:
            server = subprocess.Popen(
                command, cwd=ROOT, env=env | {"ROWCOL_DATA": str(folder)}, stdout=out, stderr=subprocess.STDOUT
            )
        try:
            _wait_until_up(server, address, log)
            yield Live(address, provider, plane)
        finally:
            server.terminate()
            server.wait(timeout=20)


@pytest.fixture
def visitor(browser: Any, live: Live) -> Iterator[Person]:
    """A browser that nobody has used before."""
    one = Person(browser, live.address)
    yield one
    one.context.close()


def press_sign_in(visitor: Person) -> None:
    """To the provider, which approves at once, and back."""
    with visitor.page.expect_navigation(url=f"{visitor.address}/**", wait_until="commit"):
        visitor.page.get_by_role("button", name=BUTTON).click()


def sign_in(visitor: Person, landing: str) -> None:
    """Signs in and waits for the role's page and the session cookie."""
    visitor.go("/")
    press_sign_in(visitor)
    visitor.page.wait_for_url(f"{visitor.address}/{landing}**", timeout=30_000)
    visitor.page.get_by_role("button", name="Sign out").wait_for(state="attached", timeout=30_000)
    for _ in range(50):
        if any(c["name"] == "rowcol_session" for c in visitor.context.cookies()):
            break
        visitor.page.wait_for_timeout(100)
    else:
        pytest.fail("no session cookie came")


def refused(visitor: Person, words: str) -> None:
    """Tries to sign in and is told why not."""
    visitor.go("/")
    press_sign_in(visitor)
    visitor.page.get_by_text("Sign-in refused").wait_for(timeout=30_000)
    visitor.page.get_by_text(words).wait_for(timeout=5_000)
    assert visitor.page.get_by_role("button", name="Sign out").count() == 0


def test_an_added_person_lands_on_the_roles_page_and_is_known_by_subject_afterwards(
    live: Live, browser: Any, visitor: Person
) -> None:
    carl = live.add("carl", "controller")
    live.provider.vouch_for("sub-carl", "Carl@Harbor.example")
    sign_in(visitor, "decisions")
    assert live.binding(carl) == (live.provider.issuer, "sub-carl")
    assert [row.via for row in live.sessions(carl)] == ["oidc"]
    asked = live.provider.authorized[-1]
    assert asked["prompt"] == "login" and asked["nonce"] and asked["code_challenge"]
    visitor.page.reload()
    visitor.page.get_by_role("button", name="Sign out").wait_for(state="attached", timeout=30_000)
    assert len(live.sessions(carl)) == 1, "a reload opens no second session"

    # Married, moved or renamed at the provider: the subject says who it is, the address does not.
    live.provider.vouch_for("sub-carl", "c.osei@harbor.example", verified=False)
    elsewhere = Person(browser, live.address)
    sign_in(elsewhere, "decisions")
    elsewhere.context.close()
    assert len(live.sessions(carl)) == 2
    # Somebody else who is given the old address does not become Carl.
    live.provider.vouch_for("sub-other", "carl@harbor.example")
    other = Person(browser, live.address)
    refused(other, "ask the firm admin")
    other.context.close()
    assert live.binding(carl) == (live.provider.issuer, "sub-carl")


def test_an_unknown_address_is_told_whom_to_ask_and_leaves_one_row(live: Live, visitor: Person) -> None:
    live.provider.vouch_for("sub-nobody", "nobody@elsewhere.example")
    refused(visitor, "nobody@elsewhere.example: your account is not known here; ask the firm admin to add you")
    visitor.go("/")
    visitor.page.get_by_text("ask the firm admin to add you").wait_for(timeout=10_000)
    assert not any(c["name"] == "rowcol_session" for c in visitor.context.cookies())
    (row,) = live.refusals("nobody@elsewhere.example")
    assert row["to"] == "refused" and row["inputs"]["given"] == {
        "issuer": live.provider.issuer,
        "subject": "sub-nobody",
        "email": "nobody@elsewhere.example",
        "email_verified": True,
    }

    # Added now, the same browser gets in with a new proof.
    person_id = live.plane.people.add_person(OPERATOR, "No Body", "nobody@elsewhere.example", "analyst").person_id
    sign_in(visitor, "lineage")
    assert len(live.sessions(person_id)) == 1


def test_an_unverified_address_finds_nobody(live: Live, visitor: Person) -> None:
    ines = live.add("ines", "advisor")
    live.provider.vouch_for("sub-ines", "ines@harbor.example", verified=False)
    refused(visitor, "does not say that ines@harbor.example is verified; ask whoever runs it to verify")
    assert live.binding(ines) == (None, None) and live.sessions(ines) == []
    assert len(live.refusals("ines@harbor.example")) == 1


def test_a_proof_that_the_provider_took_from_hours_ago_is_refused(live: Live, visitor: Person) -> None:
    ada = live.add("ada", "advisor")
    live.provider.vouch_for("sub-ada", "ada@harbor.example", proven_ago=4 * 3600)
    refused(visitor, "a session here takes a proof of the last ten minutes")
    assert live.sessions(ada) == [] and len(live.refusals("ada@harbor.example")) == 1


def test_a_removed_person_is_out_at_once_and_stays_out(live: Live, visitor: Person) -> None:
    bea = live.add("bea", "bookkeeper", [client_id(0)])
    live.provider.vouch_for("sub-bea", "bea@harbor.example")
    sign_in(visitor, "hygiene")
    live.plane.people.remove_person(OPERATOR, bea)
    assert all(row.revoked_at for row in live.sessions(bea))

    visitor.page.get_by_role("link", name="Outlook").first.click()  # The open tab, no reload.
    visitor.page.get_by_text("You were signed out").wait_for(timeout=30_000)
    # The proof of a minute ago opens nothing any more; a new one names nobody of the firm.
    refused(visitor, "you belong to no firm here; ask the firm admin to add you")
    assert len(live.sessions(bea)) == 1 and len(live.refusals("bea@harbor.example")) == 1


def test_sign_out_ends_the_session_and_every_copy_of_its_cookies(live: Live, browser: Any, visitor: Person) -> None:
    olga = live.add("olga", "analyst")
    live.provider.vouch_for("sub-olga", "olga@harbor.example")
    sign_in(visitor, "lineage")
    copied = visitor.context.cookies()
    names = {c["name"]: c for c in copied}
    assert names["rowcol_session"]["httpOnly"] and names["rowcol_session"]["sameSite"] == "Strict"
    assert any(name.startswith("_streamlit_user") for name in names)
    (row,) = live.sessions(olga)
    assert row.revoked_at is None

    ended = len(live.provider.ended)
    visitor.page.get_by_role("button", name="Sign out").click()
    visitor.page.get_by_role("button", name=BUTTON).wait_for(timeout=30_000)
    for _ in range(50):
        if len(live.provider.ended) > ended:
            break
        visitor.page.wait_for_timeout(100)
    assert live.provider.ended[-1]["client_id"] == CLIENT_ID, "the provider's own session ends as well"
    (row,) = live.sessions(olga)
    assert row.revoked_at is not None
    with pytest.raises(Unauthenticated):
        live.plane.people.principal_for(names["rowcol_session"]["value"])

    # Both cookies as they were a moment ago, and the identity alone: neither opens anything.
    for kept in (copied, [c for c in copied if c["name"] != "rowcol_session"]):
        thief = Person(browser, live.address)
        thief.context.add_cookies(kept)
        thief.go("/lineage")
        thief.page.get_by_role("button", name=BUTTON).wait_for(timeout=10_000)
        assert thief.page.get_by_role("button", name="Sign out").count() == 0
        thief.context.close()
    assert len(live.sessions(olga)) == 1

    # The person herself, in the same browser with the dead cookie still in it, proves who she is and is in.
    sign_in(visitor, "lineage")
    assert [bool(r.revoked_at) for r in live.sessions(olga)] == [True, False]


def test_live_mode_has_no_demo_sign_in(live: Live, visitor: Person) -> None:
    visitor.go("/")
    assert visitor.page.get_by_role("button", name=BUTTON).count() == 1
    assert visitor.page.get_by_role("button", name="Sign in as").count() == 0
    assert visitor.page.get_by_text("Demo").count() == 0
    assert visitor.elsewhere == []
    assert live.plane.people.demo_people() == []
    with pytest.raises(Forbidden, match="demo mode only"):
        live.plane.people.sign_in_demo("carl")
    # The one route that hands out a session cookie takes a ticket of a sign-in, not a person.
    for body in (b"carl", b"", b"0" * 48):
        asked = urllib.request.Request(f"{live.address}/session/keep", data=body, method="POST")
        with pytest.raises(urllib.error.HTTPError) as answer:
            urllib.request.urlopen(asked, timeout=5)
        assert answer.value.code == 403 and "set-cookie" not in answer.value.headers

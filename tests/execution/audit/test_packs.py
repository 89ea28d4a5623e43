"""Evidence packs: of everything, of one payout, of a period; they explain, rebuild, and prove themselves without us."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from execution.audit.sealing import Sealing
from execution.errors import Forbidden, Invalid, NotFound, Refused
from execution.service.audit import Audit
from execution.settings import Settings
from execution.signer import SigningRound
from execution.store import Store, engine_for
from execution.store import tables as t
from tests.execution.payouts.world import PEOPLE, World

DAY = date(2026, 11, 24)


class Firm:
    """A world with its audit service, and a signer that answers at once."""

    def __init__(self) -> None:
        self.world = World()
        env = {"ROWCOL_DATA": str(self.world.root), "ROWCOL_CONTROL_URL": self.world.store.url}
        settings = Settings.from_env(env)
        signing = SigningRound(settings, self.world.store, self.world.clock)

        class Signed(Sealing):
            def note_up_to(self, chain_id: str, size: int) -> str:
                signing.signer.sign(self._store, chain_id, signing._clock.now())
                return super().note_up_to(chain_id, size)

        self.audit = Audit(self.world.store, self.world.clock, Signed(self.world.store, settings))

    def pack(self, folder: Path, **scope: Any) -> Path:
        """A pack for the firm admin, unpacked."""
        packed = self.audit.export(PEOPLE["farid"], **scope)
        zipfile.ZipFile(io.BytesIO(packed)).extractall(folder)
        return folder


@pytest.fixture
def firm() -> Iterator[Firm]:
    made = Firm()
    yield made
    made.world.store.dispose()


def _check(where: Path, verifier: Path | None = None) -> tuple[int, str]:
    run = [sys.executable, "-I", str(verifier or where / "verify.py"), str(where)]
    done = subprocess.run(run, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def _json(folder: Path, name: str) -> Any:
    return json.loads((folder / name).read_text())


def _life(firm: Firm) -> str:
    """A payout at Ramp, beside one that a guard stopped, one that a role could not approve and one that was held."""
    world = firm.world
    paid = world.released(world.bill(1, 90_000))
    world.run(seconds=31)
    world.payouts.propose(
        PEOPLE["bea"], "acme", world.bill(2, 70_000, is_payable_here=False, not_payable_reason="draft")
    )
    held = world.payouts.propose(PEOPLE["bea"], "acme", world.bill(3, 60_000, vendor_name="`x` | [a](javascript:b)"))
    with pytest.raises(Forbidden):
        world.payouts.approve(PEOPLE["bea"], held.payout_id, payload_sha256=held.payload_sha256)
    own = world.payouts.propose(PEOPLE["carl"], "acme", world.bill(4, 50_000))
    with pytest.raises(Refused):
        world.payouts.approve(PEOPLE["carl"], own.payout_id, payload_sha256=own.payload_sha256, reason="mine")
    world.payouts.hold(PEOPLE["carl"], held.payout_id, "ask the client")
    return paid


def test_a_payouts_pack_shows_what_was_signed_and_proves_itself(firm: Firm, tmp_path: Path) -> None:
    paid = _life(firm)
    folder = firm.pack(tmp_path / "one", payout_id=paid)
    told = _json(folder, "check.json")
    assert told["problems"] == [] and told["approvals"] == told["screens_rebuilt"] == 1 and told["requests"] == 1
    screen = _json(folder, "approvals.json")[0]
    assert screen["payload"]["amount_minor"] == 90_000 and screen["signed_by"]["person"] == "carl"
    assert screen["snapshot_id"] == "s1" and screen["facts_seen"]["open_minor"] == 90_000
    assert len(screen["verdicts"]) > 10 and all("inputs" in verdict for verdict in screen["verdicts"])
    document = _json(folder, "payouts.json")[0]
    assert {link["link"] for link in document["custody"]} >= {"decision", "ramp_bill"}
    assert document["rail_calls"][0]["request_sha256"] and "lease_owner" not in document["payout"]
    assert len(_json(folder, "policies.json")) == 1
    code, said = _check(folder)
    assert code == 0 and "each proven to stand in a log of" in said and "signature holds" in said
    assert "1 approvals and 1 requests hash as signed" in said
    index = (folder / "index.md").read_text()
    for wanted in ("CC6.3", "PI1", "Nacha", "$900.00", "1 of 1 approvals rebuild"):
        assert wanted in index


@pytest.mark.parametrize(
    ("file", "before", "after", "said"),
    [
        ("events.jsonl", '"seq": 2', '"seq": 3', "event"),
        ("proofs.jsonl", '"proof": ["', '"proof": ["00", "', "is not in the log that was signed"),
        ("approvals.json", '"mode": "direct"', '"mode": "draft"', "the payload is not the one that was signed"),
        ("approvals.json", '"open_minor": 90000', '"open_minor": 90001', "the screen is not the one that was seen"),
        ("approvals.json", '"passed": true', '"passed": false', "the screen is not the one that was seen"),
        ("payouts.json", '"request_bytes": "ey', '"request_bytes": "ez', "the bytes are not those that were meant"),
        ("checkpoint.note", "\nat 2026", "\nat 2025", "signature does not hold"),
    ],
)
def test_an_altered_pack_is_noticed(firm: Firm, tmp_path: Path, file: str, before: str, after: str, said: str) -> None:
    folder = firm.pack(tmp_path / "one", payout_id=_life(firm))
    text = (folder / file).read_text()
    assert before in text
    (folder / file).write_text(text.replace(before, after, 1))
    code, told = _check(folder)
    assert code == 1 and said in told


def test_every_refusal_names_guard_inputs_and_remedy(firm: Firm, tmp_path: Path) -> None:
    _life(firm)
    folder = firm.pack(tmp_path / "all")
    told, refusals = _json(folder, "check.json"), _json(folder, "refusals.json")
    assert told["problems"] == [] and told["refusals"] == told["refusals_explained"] == len(refusals) >= 3
    guards = {one["guard"] for refusal in refusals for one in refusal["guards"]}
    assert {"bill_open", "separate_people", "rule: forbidden"} <= guards
    own = next(r for r in refusals if r["guards"][0]["guard"] == "separate_people")
    assert own["guards"][0]["inputs"]["preparer_id"] == "carl" and own["guards"][0]["remedy"]
    code, said = _check(folder)
    assert code == 0 and "chain whole" in said


def test_a_period_holds_its_days_and_no_others(firm: Firm, tmp_path: Path) -> None:
    _life(firm)
    folder = firm.pack(tmp_path / "day", since=DAY, until=DAY)
    assert _json(folder, "check.json")["events"] > 10 and len(_json(folder, "payouts.json")) == 4
    assert _check(folder)[0] == 0
    firm.world.clock.at = firm.world.clock.at.replace(day=26)
    firm.world.payouts.propose(PEOPLE["bea"], "acme", firm.world.bill(9, 10_000))
    later = firm.pack(tmp_path / "later", since=date(2026, 11, 25), until=date(2026, 11, 26))
    assert len(_json(later, "payouts.json")) == 1 and _check(later)[0] == 0
    with pytest.raises(NotFound, match="holds nothing about 2025"):
        firm.audit.export(PEOPLE["farid"], since=date(2025, 1, 1), until=date(2025, 1, 2))


def test_what_cannot_be_meant_is_refused(firm: Firm) -> None:
    paid = _life(firm)
    for scope in ({"since": DAY}, {"payout_id": paid, "since": DAY, "until": DAY},
                  {"since": DAY, "until": date(2026, 11, 1)}):  # fmt: skip
        with pytest.raises(Invalid, match="export"):
            firm.audit.export(PEOPLE["farid"], **scope)
    with pytest.raises(NotFound, match="no payout"):
        firm.audit.export(PEOPLE["farid"], payout_id="0" * 32)
    with pytest.raises(Forbidden):
        firm.audit.export(PEOPLE["carl"], payout_id=paid)
    with pytest.raises(NotFound, match="no payout"):
        firm.audit.export_at_machine("root", "firm", payout_id="' or 1=1")


def test_foreign_text_is_no_markup_in_the_index(firm: Firm, tmp_path: Path) -> None:
    _life(firm)
    index = (firm.pack(tmp_path / "all") / "index.md").read_text()
    assert "`'x' / [a](javascript:b)`" in index


def test_a_bent_screen_is_reported_by_the_pack_itself(firm: Firm, tmp_path: Path) -> None:
    paid = _life(firm)
    raw = Store(firm.world.store.url, engine_for(firm.world.store.url, guarded=False))
    with raw.begin() as cx:
        cx.execute(sa.text("drop trigger payload_version_no_update"))
        v = t.payload_version
        cx.execute(sa.update(v).where(v.c.payout_id == paid).values(payload={"amount_minor": 1}))
    raw.dispose()
    told = _json(firm.pack(tmp_path / "one", payout_id=paid), "check.json")
    assert told["screens_rebuilt"] == 0 and "the payload whose hash was signed" in told["problems"][0]


def test_one_event_is_proven_without_the_others(firm: Firm, tmp_path: Path) -> None:
    _life(firm)
    folder = firm.pack(tmp_path / "all")
    proof = firm.audit.prove("firm", 3)
    (tmp_path / "proof.json").write_text(json.dumps(proof))
    code, said = _check(tmp_path / "proof.json", folder / "verify.py")
    assert code == 0 and "1 events, each proven" in said
    (tmp_path / "proof.json").write_text(json.dumps({**proof, "proof": proof["proof"][::-1]}))
    assert _check(tmp_path / "proof.json", folder / "verify.py")[0] == 1
    with pytest.raises(NotFound, match="none numbered 9999"):
        firm.audit.prove("firm", 9999)

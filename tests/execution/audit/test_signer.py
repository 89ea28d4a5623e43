"""The signer: alone with its key, refuses a past that is not the one it signed, and lets its notes leave the house."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from execution.audit.outside import kept_outside
from execution.audit.signer import Signer
from execution.clock import FixedClock
from execution.errors import Conflict, Invalid
from execution.service import ControlPlane
from execution.settings import Settings
from execution.signer import SigningRound, accept, publish_key
from execution.store import Store, engine_for
from execution.store.backup import back_up
from execution.store.tables import checkpoint
from tests.execution.plane import NOW, demo_plane


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.from_env({"ROWCOL_DATA": str(tmp_path), "ROWCOL_NOTES_FOLDER": str(tmp_path / "out")})


@pytest.fixture
def plane(tmp_path: Path) -> Iterator[ControlPlane]:
    made = demo_plane(tmp_path)
    yield made
    made.store.dispose()


def _write(plane: ControlPlane, many: int = 3) -> None:
    for place in range(many):
        plane.audit.record_refusal(None, "try", f"bill-{place}", "no", advisor_id="firm")


def _sizes(store: Store) -> list[int]:
    with store.read() as cx:
        query = sa.select(checkpoint.c.size).where(checkpoint.c.chain_id == "firm").order_by(checkpoint.c.size)
        return list(cx.execute(query).scalars())


def test_its_key_is_its_own_and_the_public_half_everybodys(plane: ControlPlane, settings: Settings) -> None:
    _write(plane)
    rounds = SigningRound(settings, plane.store, plane.clock)
    assert rounds.round() == 0
    assert stat.S_IMODE((settings.signer_folder / "key").stat().st_mode) == 0o600
    assert settings.signer_public_path.read_text().strip() == rounds.signer.public().hex()
    with pytest.raises(Conflict, match="another public key"):
        publish_key(settings.signer_public_path, bytes(32))


def test_a_store_that_does_not_answer_is_waited_for(plane: ControlPlane, settings: Settings, tmp_path: Path) -> None:
    away = Store(f"sqlite:///{tmp_path / 'not-mounted' / 'control.db'}")
    assert SigningRound(settings, away, plane.clock).attempt() == 1
    assert SigningRound(settings, plane.store, plane.clock).attempt() == 0


def test_it_seals_at_the_start_and_what_is_asked_for_and_nothing_twice(plane: ControlPlane, settings: Settings) -> None:
    _write(plane)
    rounds = SigningRound(settings, plane.store, plane.clock)
    for _ in range(3):
        assert rounds.round() == 0
    first = _sizes(plane.store)
    _write(plane)
    rounds.round()
    assert _sizes(plane.store) == first, "neither an hour old nor asked for"
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(plane.audit.checkpoint, "firm")
        while not asked.done():
            rounds.round()
    assert str(first[0] + 3) in asked.result()
    assert len(_sizes(plane.store)) == len(first) + 1 == 2
    assert settings.notes_folder is not None
    outside = [file.suffix for file in settings.notes_folder.glob("firm-*")]
    assert sorted(outside) == [".leaves", ".leaves", ".note", ".note"]


def test_it_refuses_a_store_restored_from_before_what_it_signed(
    plane: ControlPlane, settings: Settings, tmp_path: Path
) -> None:
    _write(plane)
    old = back_up(plane.store.url, tmp_path / "old.db")
    _write(plane)
    signer = Signer(settings.signer_folder)
    signed = signer.sign(plane.store, "firm", NOW)
    restored = Store(f"sqlite:///{old}")
    with pytest.raises(Conflict, match=f"saw {signed.size} events, the chain holds {signed.size - 3}"):
        signer.sign(restored, "firm", NOW)
    assert _sizes(restored) == []
    with pytest.raises(Conflict, match="--reason"):
        accept(settings, restored, FixedClock(NOW), "firm", " ")
    accept(settings, restored, FixedClock(NOW), "firm", "disk lost, backup of Tuesday")
    assert signer.sign(restored, "firm", NOW).size == signed.size - 2, "the acceptance is an event"
    restored.dispose()


def test_what_left_the_house_names_the_first_event_of_a_rewritten_past(
    plane: ControlPlane, settings: Settings, tmp_path: Path
) -> None:
    _write(plane)
    SigningRound(settings, plane.store, plane.clock).round()
    raw = Store(plane.store.url, engine_for(plane.store.url, guarded=False))
    with raw.begin() as cx:
        for verb in ("update", "delete"):
            cx.execute(sa.text(f"drop trigger audit_no_{verb}"))
            cx.execute(sa.text(f"drop trigger checkpoint_no_{verb}"))
        cx.execute(sa.text("delete from checkpoint"))
        cx.execute(sa.text("delete from audit where chain_id = 'firm' and seq > 2"))
        cx.execute(sa.text("delete from chain_head where chain_id = 'firm'"))
    raw.dispose()
    assert settings.notes_folder is not None
    report = plane.audit.verify("firm", checkpoint=settings.notes_folder)[0]
    assert (report.ok, report.first_bad_seq) == (False, 3) and "its end was cut" in str(report.problem)
    note = next(settings.notes_folder.glob("firm-*.note"))
    note.write_text(note.read_text().replace("\nat 2026", "\nat 2025"))
    with pytest.raises(Invalid, match="signature does not hold"):
        plane.audit.verify("firm", checkpoint=settings.notes_folder)
    with pytest.raises(Invalid, match="holds no signed note"):
        kept_outside(tmp_path, bytes(32))


def test_a_full_folder_outside_stops_nothing(plane: ControlPlane, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file where the folder should be")
    env = {"ROWCOL_DATA": str(tmp_path), "ROWCOL_NOTES_FOLDER": str(tmp_path / "taken")}
    _write(plane)
    assert SigningRound(Settings.from_env(env), plane.store, plane.clock).round() == 0
    assert len(_sizes(plane.store)) == 1

"""Whatever is done to a stored chain is found, and the first bad event is named."""

from __future__ import annotations

import io
import sqlite3
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from execution.audit.verify import verify_chain
from execution.service import ControlPlane
from tests.execution.payouts.world import PEOPLE, World
from tests.execution.plane import demo_plane

EVENTS = 12


def _log(folder: Path) -> ControlPlane:
    plane = demo_plane(folder)
    admin = plane.people.sign_in_demo("firm_admin").principal
    while len(plane.audit.events(admin)) < EVENTS:
        plane.audit.record_refusal(admin, "try", "bill-1", "no", {"amount_minor": 5})
    return plane


def _attack(plane: ControlPlane, *statements: str) -> None:
    """With the file in hand and the triggers gone, as an administrator could."""
    database = plane.store.engine.url.database
    assert database
    with sqlite3.connect(database) as connection:
        for verb in ("update", "delete"):
            connection.execute(f"drop trigger if exists audit_no_{verb}")
        for statement in statements:
            connection.execute(statement)
    connection.close()


@pytest.mark.parametrize(
    ("statement", "first_bad"),
    [
        ("update audit set body = replace(body, 'bill-1', 'bill-2') where chain_id = 'firm' and seq = 5", 5),
        (
            "update audit set body = cast(replace(body, 'bill-1', 'bill-2') as blob) where chain_id='firm' and seq = 5",
            5,
        ),
        ("update audit set hash = zeroblob(32) where chain_id = 'firm' and seq = 5", 5),
        ("update audit set subject_id = 'another' where chain_id = 'firm' and seq = 5", 5),
        ("delete from audit where chain_id = 'firm' and seq = 5", 5),
        ("delete from audit where chain_id = 'firm' and seq = 12", 12),
        ("delete from audit where chain_id = 'firm' and seq = 1", 1),
        ("delete from chain_head where chain_id = 'firm'", 12),
    ],
)
def test_names_the_first_bad_event(tmp_path: Path, statement: str, first_bad: int) -> None:
    plane = _log(tmp_path)
    assert all(report.ok for report in plane.audit.verify())
    _attack(plane, statement)
    report = plane.audit.verify("firm")[0]
    assert (report.ok, report.first_bad_seq) == (False, first_bad)


def test_a_swap_is_found(tmp_path: Path) -> None:
    plane = _log(tmp_path)
    swap = "update audit set seq = {} where chain_id = 'firm' and seq = {}"
    _attack(plane, swap.format(99, 6), swap.format(6, 7), swap.format(7, 99))
    assert plane.audit.verify("firm")[0].first_bad_seq == 6


def test_a_cut_tail_with_a_mended_head_is_found_by_the_checkpoint_alone(tmp_path: Path) -> None:
    plane = _log(tmp_path)
    from execution.audit.merkle import Tree, leaf
    from execution.audit.rows import stored_rows

    note = plane.audit.checkpoint("firm")
    tree = Tree()
    with plane.store.read() as connection:
        tree.grow(leaf(row[4] or b"") for row in list(stored_rows(connection, "firm"))[:-2])
    _attack(
        plane,
        "drop trigger if exists checkpoint_no_delete",
        "delete from checkpoint",
        f"delete from audit where chain_id = 'firm' and seq > {EVENTS - 2}",
        f"update chain_head set seq = {EVENTS - 2}, frontier = x'{tree.frontier.hex()}', "
        f"hash = (select hash from audit where chain_id = 'firm' and seq = {EVENTS - 2}) where chain_id = 'firm'",
    )
    assert plane.audit.verify("firm")[0].ok
    (tmp_path / "kept.note").write_text(note)
    report = plane.audit.verify("firm", checkpoint=tmp_path / "kept.note")[0]
    assert (report.ok, report.first_bad_seq) == (False, EVENTS - 1)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seq=st.integers(0, EVENTS - 1), place=st.integers(0, 10_000), flip=st.integers(1, 255))
def test_no_byte_of_an_export_can_change(exported: list[bytes], seq: int, place: int, flip: int) -> None:
    from execution.audit.chain import ZERO, link

    prev, hashes = ZERO, []
    for body in exported:
        prev = link(prev, body)
        hashes.append(prev)
    altered = bytearray(exported[seq])
    altered[place % len(altered)] ^= flip
    assert link(hashes[seq - 1] if seq else ZERO, bytes(altered)) != hashes[seq]


@pytest.fixture
def exported(tmp_path: Path) -> list[bytes]:
    from execution.audit.rows import stored_rows

    plane = _log(tmp_path)
    with plane.store.read() as connection:
        return [row[4] or b"" for row in stored_rows(connection, "firm")]


def test_the_export_verifies_without_us_and_notices_a_change(tmp_path: Path) -> None:
    plane = _log(tmp_path)
    pack = plane.audit.export(plane.people.sign_in_demo("firm_admin").principal)
    folder = tmp_path / "pack"
    zipfile.ZipFile(io.BytesIO(pack)).extractall(folder)
    run = [sys.executable, "-I", str(folder / "verify.py"), str(folder)]
    good = subprocess.run(run, capture_output=True, text=True, check=False)
    assert (good.returncode, "signature holds" in good.stdout) == (0, True)
    lines = (folder / "events.jsonl").read_text().splitlines()
    (folder / "events.jsonl").write_text("\n".join(lines[:3] + lines[4:]))
    bad = subprocess.run(run, capture_output=True, text=True, check=False)
    assert (bad.returncode, "event 4" in bad.stderr) == (1, True)


def test_a_payout_that_never_left_and_was_changed_since_accuses_nobody() -> None:
    """Its request is in the log, and what it holds now waits for its first signature."""
    world = World()
    payout_id = world.released(world.bill(1, 90_000))
    world.rails.fault = "never"
    world.run()
    world.bill(1, 91_000)
    world.run(minutes=1)
    assert (world.state(payout_id), world.row(payout_id)["attempt"]) == ("blocked", 1)
    assert world.payouts.propose(PEOPLE["bea"], "acme", "qbo:1").state == "proposed"
    with world.store.read() as cx:
        report = verify_chain(cx, "firm", semantic=True)
    assert report.ok, report.problem
    world.store.dispose()

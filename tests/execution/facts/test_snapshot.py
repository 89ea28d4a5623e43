"""What is read of a snapshot once is kept, within bounds, and never outlives the snapshot that it came from."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from execution.facts.snapshot import Kept, NoSnapshot, kept_ids, open_snapshot


def _publish(root: Path, snapshot_id: str, bill: str) -> Path:
    folder = root / "published" / "firm" / snapshot_id
    folder.mkdir(parents=True)
    with duckdb.connect(str(folder / "snapshot.duckdb")) as db:
        db.execute("create table pub_open_bills as select 'c1' client_id, ? source_bill_id, date '2026-01-01' due_date",
                   [bill])  # fmt: skip
        db.execute(
            "create table pub_payments_history as select 'c1' client_id, 'v1' vendor_id_ramp, 'p1' counterparty_id, "
            "'A1' invoice_number_normalized, 5 amount_minor, date '2026-01-01' paid_date, 'ramp' rail, 'r1' record_id"
        )
    pointer = {"snapshot_id": snapshot_id, "as_of_at": "2026-01-02T00:00:00+00:00"}
    (root / "published" / "firm" / "current.json").write_text(json.dumps(pointer))
    return folder / "snapshot.duckdb"


def _bills(root: Path) -> list[str]:
    with open_snapshot(root, "firm") as snapshot:
        return list(snapshot.bills_by_id("c1"))


def test_a_second_look_opens_no_file_and_a_new_snapshot_is_read_anew(tmp_path: Path) -> None:
    file = _publish(tmp_path, "s1", "b1")
    assert _bills(tmp_path) == ["b1"]
    file.write_bytes(b"no database any more")
    assert _bills(tmp_path) == ["b1"]
    _publish(tmp_path, "s2", "b2")
    assert _bills(tmp_path) == ["b2"]


def test_a_payment_found_by_vendor_and_by_counterparty_counts_once(tmp_path: Path) -> None:
    _publish(tmp_path, "s1", "b1")
    with open_snapshot(tmp_path, "firm") as snapshot:
        for vendor, counterparty in (("v1", "p1"), ("v1", None), ("", "p1")):
            assert [p["record_id"] for p in snapshot.paid_to("c1", vendor, counterparty)] == ["r1"]
        assert snapshot.paid_to("c1", "v2", "p2") == []


def test_what_is_kept_stays_below_its_bound() -> None:
    kept = Kept(rows_max=10)
    kept.put(("a",), [1] * 4, 4)
    kept.put(("b",), [1] * 4, 4)
    assert kept.get(("a",)) is not None  # Used last, so b goes first.
    kept.put(("c",), [1] * 4, 4)
    assert [kept.get((name,)) is not None for name in "abc"] == [True, False, True]
    kept.put(("d",), [1] * 11, 11)
    assert kept.get(("d",)) is None and kept.get(("c",)) is not None


def test_two_sessions_of_one_file_stand_side_by_side(tmp_path: Path) -> None:
    _publish(tmp_path, "s1", "b1")
    with open_snapshot(tmp_path, "firm") as one, open_snapshot(tmp_path, "firm") as other:
        assert len(one.open_bills("c1")) == 1 and other.payments_history("c1")


def test_an_earlier_snapshot_is_opened_by_its_name_and_nothing_else_is(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        _publish(tmp_path, f"s{number}", f"b{number}")
    (tmp_path / "published" / "firm" / "s2").rename(tmp_path / "published" / "firm" / ".s2")
    assert kept_ids(tmp_path, "firm") == ["s3", "s1"]
    with open_snapshot(tmp_path, "firm", "s1") as snapshot:
        assert list(snapshot.bills_by_id("c1")) == ["b1"] and snapshot.pointer.snapshot_id == "s1"
    for name in ("s9", ".s2", "../firm/s1", "", "."):
        with pytest.raises(NoSnapshot), open_snapshot(tmp_path, "firm", name):
            pass

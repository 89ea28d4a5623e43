"""The vault's keys: rotated without touching a token, resumed after a kill, from a file or from Secrets Manager."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from secrets import token_bytes
from typing import Any

import boto3
import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from moto.server import ThreadedMotoServer

from execution.errors import Invalid
from execution.service import ControlPlane, connect
from execution.service.connections import ConnectionRow
from execution.settings import Settings
from execution.store.tables import connection
from execution.vault import Identity, KeyRing, Sealed, Where
from execution.vault.aws import AwsKeys
from execution.vault.keys import KeyFile, key_id, read_or_make
from execution.vault.seal import FIRST, rewrap, seal, unseal
from execution.vault.sources import payee_key
from tests.execution.plane import demo_plane
from tests.execution.service.test_staff import _events

ROOT = Path(__file__).resolve().parents[3]
WHERE = Where("firm", "c1", "ramp", "executor")
SECRETS = {"client_id": "id", "client_secret": "secret"}


@pytest.fixture
def plane(tmp_path: Path) -> Iterator[ControlPlane]:
    made = demo_plane(tmp_path)
    yield made
    made.store.dispose()


def rows(plane: ControlPlane) -> dict[tuple[str, ...], Any]:
    with plane.store.read() as cx:
        found = cx.execute(sa.select(connection)).all()
    return {(row.advisor_id, row.client_id, row.rail, row.kind): row for row in found}


def opened(plane: ControlPlane) -> ConnectionRow:
    return plane.connections.open(Identity.EXECUTOR, "firm", "c1", "ramp", "executor")


def test_a_rotation_wraps_every_key_anew_and_touches_no_token(plane: ControlPlane) -> None:
    before, payee = rows(plane), payee_key(plane.settings)
    [old] = [one.kek_id for one in plane.keys.in_use()]
    done = plane.keys.rotate("root")
    after = rows(plane)
    assert done.kek_id != old and done.tokens == len(before) and not done.was_resumed
    for key, row in after.items():
        assert row.kek_id == done.kek_id and row.dek_wrapped != before[key].dek_wrapped
        assert (row.token_ct, row.token_version) == (before[key].token_ct, before[key].token_version)
    assert opened(plane).secrets["client_secret"] == "write-secret"
    assert payee_key(plane.settings) == payee, "a known payee would look changed"
    assert [one["action"] for one in (_events(plane)[-1], _events(plane, "other")[-1])] == ["keys.rotated"] * 2
    assert _events(plane)[-1]["actor"]["person"] == "operator:root"
    assert [(one.kek_id, one.tokens) for one in plane.keys.in_use()] == [(done.kek_id, len(before))]


def test_the_generation_before_is_wrapped_anew_too(plane: ControlPlane) -> None:
    [of] = [one for one in plane.connections.for_ingestion(["qbo"], ["c1"])]
    store = plane.connections.token_store()
    with store.lease(of):
        store.store(of, {"refresh_token": "second"})
    plane.keys.rotate("root")
    row = rows(plane)["firm", "c1", "qbo", "reader"]
    before = Sealed(row.previous_ct, row.previous_dek, row.previous_kek_id)
    assert row.previous_kek_id == row.kek_id
    where = Where("firm", "c1", "qbo", "reader")
    assert unseal(KeyRing.from_file(plane.settings.kek_path), where, before)["refresh_token"] == "refresh-c1"


def test_a_process_that_runs_on_neither_fails_nor_seals_under_the_old_key(plane: ControlPlane, tmp_path: Path) -> None:
    other = connect(plane.settings, clock=plane.clock, machine_clock=plane.machine_clock)
    plane.keys.rotate("root")
    assert opened(other).secrets["client_secret"] == "write-secret"
    store, [of] = other.connections.token_store(), other.connections.for_ingestion(["qbo"], ["c1"])
    with store.lease(of):
        store.store(of, {"refresh_token": "second"})
    assert {row.kek_id for row in rows(plane).values()} == {plane.keys.in_use()[0].kek_id}
    other.store.dispose()


@pytest.mark.parametrize("place", ["rotation-begun", "rotation-between"])
def test_a_rotation_that_was_killed_goes_on(plane: ControlPlane, tmp_path: Path, place: str) -> None:
    code = (
        "from execution.service import connect\nfrom execution.clock import FixedClock\nfrom tests.execution.plane "
        "import NOW\nconnect(clock=FixedClock(NOW)).keys.rotate('root')"
    )
    env = {**os.environ, "ROWCOL_DATA": str(tmp_path), "ROWCOL_MODE": "demo", "ROWCOL_FAILPOINT": place}
    killed = subprocess.run([sys.executable, "-c", code], env=env, cwd=ROOT, timeout=120, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert opened(plane).secrets["client_secret"] == "write-secret"
    stuck = {one.kek_id for one in plane.keys.in_use()}
    assert len(stuck) == 2
    done = plane.keys.rotate("root")
    assert done.was_resumed and done.kek_id in stuck
    assert [one.kek_id for one in plane.keys.in_use()] == [done.kek_id]
    assert len(list(plane.settings.control_dir.glob("kek.old-*"))) == 1


def test_an_old_backup_opens_with_its_old_key(plane: ControlPlane) -> None:
    old = rows(plane)["firm", "c1", "ramp", "executor"]
    plane.keys.rotate("root")
    plane.keys.rotate("root")
    ring = KeyRing.from_file(plane.settings.kek_path)
    assert unseal(ring, WHERE, Sealed(old.token_ct, old.dek_wrapped, old.kek_id))["client_secret"] == "write-secret"
    plane.settings.kek_path.with_name(f"kek.old-{old.kek_id}").unlink()
    with pytest.raises(Invalid, match=f"the key {old.kek_id} .* bring back that key file"):
        unseal(KeyRing.from_file(plane.settings.kek_path), WHERE, Sealed(old.token_ct, old.dek_wrapped, old.kek_id))


def test_a_row_of_the_first_form_opens_and_is_brought_up_to_date(tmp_path: Path) -> None:
    ring = KeyRing.from_file(tmp_path / "kek")
    kek_id, kek = ring.newest()
    bound, dek, nonce = WHERE.bound(kek_id, version=FIRST), AESGCM.generate_key(256), bytes(12)
    body, wrapped = (AESGCM(key).encrypt(nonce, text, bound) for key, text in ((dek, b'{"a":"b"}'), (kek, dek)))
    first = Sealed(nonce + body, nonce + wrapped, kek_id)
    assert unseal(ring, WHERE, first)["a"] == "b"
    ring.add_newest()
    assert unseal(ring, WHERE, rewrap(ring, WHERE, first))["a"] == "b"


@pytest.mark.parametrize("moved", [("x", "c1", "ramp", "executor"), ("firm", "c2", "ramp", "executor"),
                                   ("firm", "c1", "qbo", "executor"), ("firm", "c1", "ramp", "reader")])  # fmt: skip
def test_a_row_that_was_moved_does_not_open(tmp_path: Path, moved: tuple[str, str, str, str]) -> None:
    ring = KeyRing.from_file(tmp_path / "kek")
    with pytest.raises(Invalid, match="altered or moved"):
        unseal(ring, Where(*moved), seal(ring, WHERE, SECRETS))
    with pytest.raises(Invalid, match="altered or moved"):
        rewrap(ring, Where(*moved), seal(ring, WHERE, SECRETS))


def test_every_single_bit_counts(tmp_path: Path) -> None:
    ring = KeyRing.from_file(tmp_path / "kek")
    sealed = seal(ring, WHERE, SECRETS)
    for field in ("ciphertext", "dek_wrapped"):
        whole = getattr(sealed, field)
        for place in range(0, len(whole), 7):
            cut = bytearray(whole)
            cut[place] ^= 1
            bad = Sealed(**{**{n: getattr(sealed, n) for n in Sealed.__slots__}, field: bytes(cut)})
            with pytest.raises(Invalid):
                unseal(ring, WHERE, bad)


@pytest.mark.parametrize("body", [b"short", b"\0" * 32, b"changeme" * 4, token_bytes(31), token_bytes(33)])
def test_a_weak_key_is_refused_at_the_start(tmp_path: Path, body: bytes) -> None:
    (tmp_path / "kek").write_bytes(body)
    (tmp_path / "kek").chmod(0o600)
    with pytest.raises(Invalid, match="32 random bytes"):
        KeyRing.from_file(tmp_path / "kek")


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_key_that_others_may_read_is_refused_at_the_start(tmp_path: Path, mode: int) -> None:
    (tmp_path / "control").mkdir()
    read_or_make(tmp_path / "control" / "kek")
    (tmp_path / "control" / "kek").chmod(mode)
    with pytest.raises(Invalid, match="chmod 600"):
        connect(Settings.from_env({"ROWCOL_DATA": str(tmp_path)}))


def test_a_key_file_is_never_half_replaced(tmp_path: Path) -> None:
    source = KeyFile(tmp_path / "kek")
    [first] = source.all()
    for _ in range(3):
        source.add(token_bytes(32))
    assert len({key_id(key) for key in source.all()}) == 4 and first in source.all()
    assert all(path.stat().st_mode & 0o077 == 0 for path in tmp_path.iterdir())


@pytest.fixture(scope="module")
def aws() -> Iterator[Any]:
    """Secrets Manager on this machine: moto's server."""
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield boto3.client("secretsmanager", region_name="us-east-1", endpoint_url=f"http://{host}:{port}",
                       aws_access_key_id="test", aws_secret_access_key="test")  # fmt: skip
    server.stop()


def test_the_ring_stands_in_secrets_manager(aws: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = token_bytes(32)
    aws.create_secret(Name="rowcol/kek", SecretString=json.dumps({"newest": first.hex()}))
    for name, value in {"AWS_ENDPOINT_URL": aws.meta.endpoint_url, "AWS_DEFAULT_REGION": "us-east-1",
                        "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
                        "ROWCOL_KEK_AWS_SECRET": "rowcol/kek"}.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    plane = demo_plane(tmp_path, more={"ROWCOL_KEK_AWS_SECRET": "rowcol/kek"})
    assert not plane.settings.kek_path.exists()
    assert [one.kek_id for one in plane.keys.in_use()] == [key_id(first)]
    done = plane.keys.rotate("root")
    told = json.loads(aws.get_secret_value(SecretId="rowcol/kek")["SecretString"])
    assert key_id(bytes.fromhex(told["newest"])) == done.kek_id and told["older"] == [first.hex()]
    assert opened(plane).secrets["client_secret"] == "write-secret"
    assert {row.kek_id for row in rows(plane).values()} == {done.kek_id}
    plane.store.dispose()


@pytest.mark.parametrize("body", ["", "[]", '{"newest": "zz"}', '{"older": []}', '{"newest": "00"}'])
def test_a_secret_that_holds_no_ring_is_refused_and_not_shown(aws: Any, body: str) -> None:
    name = f"rowcol/{abs(hash(body))}"
    aws.create_secret(Name=name, SecretString=body or " ")
    with pytest.raises(Invalid, match=name) as refused:
        KeyRing(AwsKeys(name, aws))
    assert body == "" or body not in str(refused.value)


def test_a_secret_that_is_not_there_names_itself(aws: Any) -> None:
    with pytest.raises(Invalid, match="secret rowcol/none .ResourceNotFoundException."):
        AwsKeys("rowcol/none", aws).all()

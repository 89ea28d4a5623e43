"""Check an evidence pack: python verify.py [FOLDER or proof.json]. Python 3.9 and, for the signature, `cryptography`.

A whole log is walked event by event; in a part of one each event leads to the signed root by its own proof. Payloads,
facts and requests are hashed again. Prints what it found; exits with 1 and the first thing that is wrong.
"""

import base64
import hashlib
import json
import sys
from pathlib import Path
from typing import Any


def sha(*parts: bytes) -> bytes:
    """SHA-256 of some bytes after another."""
    return hashlib.sha256(b"".join(parts)).digest()


def fold(parts: list[bytes], size: int, body: bytes) -> None:
    """Add one leaf to a Merkle frontier (RFC 6962)."""
    new = sha(b"\x00", body)
    while size & 1:
        new = sha(b"\x01", parts.pop(), new)
        size >>= 1
    parts.append(new)


def root_of(parts: list[bytes]) -> bytes:
    """Fold a frontier to the tree's root."""
    parts = list(parts)
    found = parts.pop() if parts else sha(b"")
    while parts:
        found = sha(b"\x01", parts.pop(), found)
    return found


def root_from_proof(found: bytes, place: int, size: int, proof: list[bytes]) -> bytes:
    """The root that an inclusion proof leads to (RFC 9162, 2.1.3.2); nothing when it does not fit the size."""
    last = size - 1
    for sibling in proof:
        if last == 0:
            return b""
        if place & 1 or place == last:
            found = sha(b"\x01", sibling, found)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            found = sha(b"\x01", found, sibling)
        place, last = place >> 1, last >> 1
    return found if last == 0 else b""


def check_event(row: dict[str, Any], prev: str) -> bytes:
    """One event by itself: its number and its hash; its bytes."""
    body = base64.b64decode(row["body"])
    linked = sha(b"audit.v1\x00", bytes.fromhex(prev), sha(body))
    if json.loads(body)["seq"] != row["seq"] or row["prev"] != prev or row["hash"] != linked.hex():
        sys.exit(f"event {row['seq']} is altered, missing or out of order")
    return body


def check_whole(rows: list[dict[str, Any]], claim: dict[str, Any]) -> str:
    """Walk the chain from its first event to the checkpoint."""
    prev, size = bytes(32).hex(), 0
    parts: list[bytes] = []
    for row in rows:
        if row["seq"] != size + 1:
            sys.exit(f"event {size + 1} is altered, missing or out of order")
        fold(parts, size, check_event(row, prev))
        prev, size = row["hash"], size + 1
    if (size, root_of(parts), prev) != (claim["size"], claim["root"], claim["head"].hex()):
        sys.exit(f"the checkpoint was signed over {claim['size']} other events")
    return f"{size} events, chain whole"


def check_part(rows: list[dict[str, Any]], proofs: dict[int, list[str]], claim: dict[str, Any]) -> str:
    """Lead each event to the signed root."""
    for row in rows:
        body = check_event(row, row["prev"])
        proof = [bytes.fromhex(one) for one in proofs.get(row["seq"], [])]
        if root_from_proof(sha(b"\x00", body), row["seq"] - 1, claim["size"], proof) != claim["root"]:
            sys.exit(f"event {row['seq']} is not in the log that was signed")
    return f"{len(rows)} events, each proven to stand in a log of {claim['size']}"


def canonical(value: dict[str, Any]) -> bytes:
    """The one byte form of what was signed."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def check_documents(folder: Path, rows: list[dict[str, Any]]) -> str:
    """Hash again what was signed and what was sent; the verdicts shown are those of the signing's own event."""
    events = {row["seq"]: json.loads(base64.b64decode(row["body"])) for row in rows}
    signed = json.loads((folder / "approvals.json").read_text()) if (folder / "approvals.json").exists() else []
    for one in signed:
        if one["payload"] is None or sha(canonical(one["payload"])).hex() != one["payload_sha256"]:
            sys.exit(f"approval {one['event']}: the payload is not the one that was signed")
        facts = json.dumps(one["facts_seen"], sort_keys=True, separators=(",", ":")).encode()
        inputs = events[one["event"]]["inputs"]
        if sha(facts).hex() != inputs.get("seen_sha256") or one["verdicts"] != inputs.get("verdicts"):
            sys.exit(f"approval {one['event']}: the screen is not the one that was seen")
    payouts = json.loads((folder / "payouts.json").read_text()) if (folder / "payouts.json").exists() else []
    calls = [call for one in payouts for call in one["rail_calls"]]
    for call in calls:
        if sha(base64.b64decode(call["request_bytes"])).hex() != call["request_sha256"]:
            sys.exit(f"request {call['attempt']} at {call['started_at']}: the bytes are not those that were meant")
    return f"{len(signed)} approvals and {len(calls)} requests hash as signed"


def read_note(note: str, public: bytes) -> dict[str, Any]:
    """The checkpoint's claim, its signature checked."""
    text, _, signatures = note.partition("\n\n")
    _, size, root, head, *_ = (text + "\n").split("\n")
    said = "signature not checked: install `cryptography`"
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        signature = base64.b64decode(signatures.strip().split("\n")[0].split(" ")[2])[4:]
        try:
            Ed25519PublicKey.from_public_bytes(public).verify(signature, (text + "\n").encode())
        except InvalidSignature:
            sys.exit("the checkpoint's signature does not hold")
        said = "signature holds"
    except ImportError:
        pass
    head_bytes = base64.b64decode(head.split(" ")[1])
    return {"size": int(size), "root": base64.b64decode(root), "head": head_bytes, "said": said}


if __name__ == "__main__":
    where = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    if where.is_file():  # One event with its proof, from `rowcol audit prove`.
        told = json.loads(where.read_text())
        claim = read_note(told["note"], bytes.fromhex(told["public_key"]))
        print(check_part([told["event"]], {told["event"]["seq"]: told["proof"]}, claim) + f"; {claim['said']}")
        sys.exit(0)
    claim = read_note((where / "checkpoint.note").read_text(), bytes.fromhex((where / "public_key.hex").read_text()))
    rows = [json.loads(line) for line in (where / "events.jsonl").read_text().splitlines()]
    proofs_file = where / "proofs.jsonl"
    if proofs_file.exists():
        lines = [json.loads(line) for line in proofs_file.read_text().splitlines()]
        found = check_part(rows, {line["seq"]: line["proof"] for line in lines}, claim)
    else:
        found = check_whole(rows, claim)
    print(f"{found}; {check_documents(where, rows)}; {claim['said']}")

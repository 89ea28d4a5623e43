"""Check an exported audit log: python verify.py [FOLDER]. Needs Python 3.9 and, for the signature, `cryptography`.

Reads events.jsonl, checkpoint.note and public_key.hex; prints what it found; exits with 1 when anything is wrong.
"""

import base64
import hashlib
import json
import sys
from pathlib import Path


def leaf_and_fold(parts: list[bytes], size: int, body: bytes) -> None:
    """Add one leaf to a Merkle frontier (RFC 6962)."""
    new = hashlib.sha256(b"\x00" + body).digest()
    while size & 1:
        new = hashlib.sha256(b"\x01" + parts.pop() + new).digest()
        size >>= 1
    parts.append(new)


def root_of(parts: list[bytes]) -> bytes:
    """Fold a frontier to the tree's root."""
    parts = list(parts)
    found = parts.pop() if parts else hashlib.sha256(b"").digest()
    while parts:
        found = hashlib.sha256(b"\x01" + parts.pop() + found).digest()
    return found


def check_events(folder: Path) -> tuple[int, bytes, bytes]:
    """Walk the chain; returns (size, root, head) or exits naming the first bad event."""
    prev, size = bytes(32), 0
    parts: list[bytes] = []
    for line in (folder / "events.jsonl").read_text().splitlines():
        row = json.loads(line)
        body = base64.b64decode(row["body"])
        said = json.loads(body)
        linked = hashlib.sha256(b"audit.v1\x00" + prev + hashlib.sha256(body).digest()).digest()
        if (
            row["seq"] != size + 1
            or said["seq"] != size + 1
            or row["prev"] != prev.hex()
            or row["hash"] != linked.hex()
        ):
            sys.exit(f"event {size + 1} is altered, missing or out of order")
        leaf_and_fold(parts, size, body)
        prev, size = linked, size + 1
    return size, root_of(parts), prev


def check_note(folder: Path, size: int, root: bytes, head: bytes) -> str:
    """Compare the signed note with the events, then check its signature."""
    text, _, signatures = (folder / "checkpoint.note").read_text().partition("\n\n")
    text += "\n"
    _, said_size, said_root, said_head, *_ = text.split("\n")
    if (int(said_size), base64.b64decode(said_root)) != (size, root):
        sys.exit(f"the checkpoint was signed over {said_size} other events")
    if base64.b64decode(said_head.split(" ")[1]) != head:
        sys.exit("the checkpoint names another last event")
    public = bytes.fromhex((folder / "public_key.hex").read_text().strip())
    signature = base64.b64decode(signatures.strip().split("\n")[0].split(" ")[2])[4:]
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError:
        return "signature not checked: install `cryptography`"
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, text.encode())
    except InvalidSignature:
        sys.exit("the checkpoint's signature does not hold")
    return "signature holds"


if __name__ == "__main__":
    where = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    found = check_events(where)
    print(f"{found[0]} events, chain whole; {check_note(where, *found)}")

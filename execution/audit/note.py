"""Checkpoints as C2SP signed notes: origin, size, root, then our lines; signed with Ed25519 by the signer alone."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from execution.errors import Invalid

ORIGIN = "rowcol.audit"
ED25519 = b"\x01"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a note claims: at `at`, after `size` events, the tree had this root and the chain this head.

    Notes of before release 0.3 tell no instant; `at` is None for them.
    """

    chain_id: str
    size: int
    root: bytes
    head: bytes
    at: datetime | None

    def text(self) -> str:
        """The signed text; ends with a newline."""
        lines = [f"{ORIGIN}/{self.chain_id}", str(self.size), _b64(self.root), f"head {_b64(self.head)}"]
        if self.at is not None:
            lines.append(f"at {self.at.astimezone(UTC).isoformat(timespec='microseconds')}")
        return "\n".join(lines) + "\n"


def public_bytes(key: Ed25519PrivateKey) -> bytes:
    """The 32 bytes of the public key."""
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def key_hash(name: str, public: bytes) -> bytes:
    """Four bytes that tell which key signed."""
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + public).digest()[:4]


def sign(checkpoint: Checkpoint, key: Ed25519PrivateKey) -> str:
    """The whole note: text, blank line, signature line."""
    text = checkpoint.text()
    name = f"{ORIGIN}/{checkpoint.chain_id}"
    signature = key_hash(name, public_bytes(key)) + key.sign(text.encode())
    return f"{text}\n\N{EM DASH} {name} {_b64(signature)}\n"


def read(note: str, public: bytes) -> Checkpoint:
    """The claim of a note. Invalid when it is no note of ours or its signature does not hold."""
    try:
        text, _, signatures = note.partition("\n\n")
        text += "\n"
        origin, size, root, head, *more = text.removesuffix("\n").split("\n")
        chain_id = origin.removeprefix(f"{ORIGIN}/")
        dash, name, encoded = signatures.strip().split("\n")[0].split(" ")
        raw = base64.b64decode(encoded, validate=True)
        found = Checkpoint(
            chain_id,
            int(size),
            base64.b64decode(root, validate=True),
            base64.b64decode(head.removeprefix("head "), validate=True),
            datetime.fromisoformat(more[0].removeprefix("at ")) if more else None,
        )
    except ValueError as error:
        raise Invalid("this is no checkpoint note of ours; give the file that `audit checkpoint` wrote") from error
    if dash != "\N{EM DASH}" or name != origin or raw[:4] != key_hash(name, public) or found.text() != text:
        raise Invalid("this checkpoint was signed by another key than this installation's signer")
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(raw[4:], text.encode())
    except InvalidSignature:
        raise Invalid("this checkpoint's signature does not hold: its text was altered") from None
    return found


def _b64(value: bytes) -> str:
    return base64.b64encode(value).decode()

"""Which keys this installation uses, and the payee key, which never changes with them."""

from __future__ import annotations

import hashlib

from execution.settings import Settings
from execution.vault.aws import AwsKeys
from execution.vault.keys import KeyFile, KeyRing, KeySource, read_or_make, write_new


def key_source(settings: Settings) -> KeySource:
    """AWS Secrets Manager when a secret is named, else the key file."""
    return AwsKeys(settings.kek_aws_secret) if settings.kek_aws_secret else KeyFile(settings.kek_path)


def key_ring(settings: Settings) -> KeyRing:
    """The ring of this installation. Raises Invalid when a key is missing, weak, or open to others."""
    return KeyRing(key_source(settings))


def payee_key(settings: Settings) -> bytes:
    """The key of payee fingerprints: drawn from the key-encryption key once, then a file of its own.

    A new key-encryption key must not make every known payee look changed.
    """
    path = settings.control_dir / "payee.key"
    if not path.exists():
        _, kek = key_ring(settings).newest()
        write_new(path, hashlib.sha256(b"rowcol.payee.key.v1\0" + kek).digest())
    return read_or_make(path)

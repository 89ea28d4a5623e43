"""The folder that leaves the house: each signed note, and beside it the leaf hashes that it sealed.

Whoever keeps the folder (an object-locked bucket's mount, a mail queue) holds what no administrator of the store can
take back: with it a rewritten or cut past is found, and its first event named, even where the store's own checkpoints
are gone.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

from execution.audit.note import read
from execution.audit.seals import Outside, Seal
from execution.errors import Invalid


def _stem(chain_id: str, size: int) -> str:
    return f"{quote(chain_id, safe='')[:100]}-{size:012d}"


def lay(folder: Path, chain_id: str, seals: Iterable[Seal]) -> int:
    """Write every note that is not there yet; answers how many. Never overwrites one."""
    folder.mkdir(parents=True, exist_ok=True)
    laid = 0
    for seal in seals:
        note = folder / f"{_stem(chain_id, seal.size)}.note"
        if seal.claim is None or note.exists():
            continue
        for file, content in ((note.with_suffix(".leaves"), seal.leaves), (note, seal.note.encode())):
            draft = file.with_suffix(file.suffix + ".part")
            draft.write_bytes(content)
            draft.replace(file)
        laid += 1
    return laid


def kept_outside(place: Path, public: bytes, chain_id: str | None = None) -> list[Outside]:
    """What a note file, or a folder of them, says: the newest note of each chain with the leaf hashes beside it.

    Raises Invalid when there is none, or one that this signer did not sign.
    """
    files = sorted(place.glob("*.note")) if place.is_dir() else [place]
    newest: dict[str, Outside] = {}
    leaves: dict[str, bytes] = {}
    for file in files:
        try:
            claim = read(file.read_text(), public)
        except (OSError, UnicodeDecodeError) as error:
            raise Invalid(f"checkpoint: {file} cannot be read; give the file of a signed note") from error
        except Invalid as error:
            raise Invalid(f"{file.name}: {error}") from error
        beside = file.with_suffix(".leaves")
        leaves[claim.chain_id] = leaves.get(claim.chain_id, b"") + (beside.read_bytes() if beside.exists() else b"")
        newest[claim.chain_id] = Outside(claim, leaves[claim.chain_id])
    found = [one for one in newest.values() if chain_id in (None, one.claim.chain_id)]
    if not found:
        whose = f" of {chain_id}" if chain_id else ""
        raise Invalid(f"checkpoint: {place} holds no signed note{whose}; give the note's file or the notes' folder")
    return found

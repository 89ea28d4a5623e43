"""The vault: rail secrets at rest, each sealed under its own key and bound to the row it belongs to."""

from execution.vault.identity import Identity
from execution.vault.keys import KeyRing
from execution.vault.seal import Sealed, Where
from execution.vault.secrets import Secrets

__all__ = ["Identity", "KeyRing", "Sealed", "Secrets", "Where"]

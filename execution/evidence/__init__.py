"""Evidence packs: what an auditor is handed of the whole log, of one payout, or of a period."""

from execution.evidence.pack import pack
from execution.evidence.scope import Scope

__all__ = ["Scope", "pack"]

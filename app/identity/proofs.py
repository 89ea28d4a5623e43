"""Proofs of the identity provider: each opens one session at most, so a copied identity cookie opens none.

The provider's cookie stays good for thirty days and a sign-out cannot end its copies; what ends is its use here.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

FRESH_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Proof:
    """What the identity provider said about a person, its signature checked; instants in Unix seconds."""

    issuer: str
    subject: str
    mark: str  # The nonce of one sign-in.
    issued_at: float
    proven_at: float  # When the person showed who they are; earlier than issued_at behind a single sign-on.
    email: str | None
    is_email_verified: bool

    @classmethod
    def of(cls, claims: Mapping[str, Any]) -> Proof:
        """The proof in the claims of an ID token."""
        issued_at = float(claims.get("iat") or 0)
        return cls(
            issuer=str(claims.get("iss") or ""),
            subject=str(claims.get("sub") or ""),
            mark=str(claims.get("nonce") or claims.get("jti") or issued_at),
            issued_at=issued_at,
            proven_at=float(claims.get("auth_time") or issued_at),
            email=str(claims.get("email") or "").strip() or None,
            # Some providers write the word instead of the truth value.
            is_email_verified=claims.get("email_verified") in (True, "true"),
        )

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells this proof from every other."""
        return self.issuer, self.subject, self.mark


class Proofs:
    """The proofs that this process has taken, with what came of those that it refused."""

    def __init__(self, started_at: float | None = None) -> None:
        self._lock = threading.Lock()
        # What was taken before a restart is forgotten, so no proof from before it counts.
        self._started_at = time.time() if started_at is None else started_at
        self._taken: dict[tuple[str, str, str], tuple[float, str | None]] = {}

    def take(self, proof: Proof, now: float) -> bool:
        """Whether the proof may open a session now: it is fresh and was never taken before."""
        if now - proof.issued_at > FRESH_SECONDS or proof.issued_at < int(self._started_at):
            return False
        with self._lock:
            self._taken = {k: v for k, v in self._taken.items() if v[0] > now}
            if proof.key in self._taken:
                return False
            # A provider whose clock is ahead makes a proof that stays fresh for longer.
            self._taken[proof.key] = (max(now, proof.issued_at) + FRESH_SECONDS + 1, None)
        return True

    def refuse(self, proof: Proof, reason: str) -> None:
        """Keeps why a taken proof was refused, for a reload of the page."""
        with self._lock:
            until, _ = self._taken.get(proof.key, (proof.issued_at + FRESH_SECONDS, None))
            self._taken[proof.key] = (until, reason)

    def reason(self, proof: Proof) -> str | None:
        """Why the proof was refused; None when it was not, or is not known."""
        with self._lock:
            return self._taken.get(proof.key, (0.0, None))[1]


PROOFS = Proofs()

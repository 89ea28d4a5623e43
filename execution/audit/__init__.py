"""The audit log: one hash chain per firm, written with the change itself, sealed by signed checkpoints."""

from execution.audit.actor import NOBODY, SYSTEM, Actor
from execution.audit.append import SYSTEM_CHAIN, Appended, Event, append, append_all
from execution.audit.canonical import NotCanonical, canonical

__all__ = [
    "NOBODY",
    "SYSTEM",
    "SYSTEM_CHAIN",
    "Actor",
    "Appended",
    "Event",
    "NotCanonical",
    "append",
    "append_all",
    "canonical",
]

"""People: who is signed in, in which role, for which clients."""

from execution.people.assignments import client_row, principal_of, recheck, scoped
from execution.people.permissions import Verb, may, require
from execution.people.principal import DemoPerson, Principal, Session

__all__ = [
    "DemoPerson",
    "Principal",
    "Session",
    "Verb",
    "client_row",
    "may",
    "principal_of",
    "recheck",
    "require",
    "scoped",
]

"""People: who is signed in, in which role, for which clients."""

from execution.people.assignments import client_row, principal_of, recheck, scoped
from execution.people.memberships import Member
from execution.people.permissions import Verb, may, require
from execution.people.principal import AtMachine, DemoPerson, Manager, Principal, Session

__all__ = [
    "AtMachine",
    "DemoPerson",
    "Manager",
    "Member",
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

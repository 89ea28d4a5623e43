"""What every sender offers. The executor knows no rail, only this and the words of `domain/rail.py`."""

from __future__ import annotations

from typing import Protocol

from execution.domain.payload import Payload
from execution.domain.rail import RailRecord, Reply, Request, Search


class RailUnreachable(Exception):
    """A read of the rail failed or came back incomplete; nothing follows from it."""

    def __init__(self, rail: str, reason: str) -> None:
        self.rail, self.reason = rail, reason
        super().__init__(f"{rail}: {reason}")


class Sender(Protocol):
    """One road to a rail. `post` is called at most once per attempt and never by itself repeats."""

    name: str

    def search(self, payload: Payload) -> Search:
        """Everything at the rail that could be this payout. Raises RailUnreachable when not complete."""

    def request_for(self, payload: Payload) -> Request:
        """The bytes that would be sent. May read ids from the rail, changes nothing there."""

    def post(self, request: Request) -> Reply:
        """Send once and judge the reply. Never raises for what the wire does."""

    def submit(self, record_id: str) -> str | None:
        """Send a draft into the rail's own approvals; None when done, else why it stays a draft."""

    def archive(self, bill_id: str) -> str | None:
        """Take a bill that has not begun to pay out of the world; None when it is gone, else why it stands."""

    def everything(self) -> list[RailRecord]:
        """All bills, archived ones too, and all drafts of the business. Raises RailUnreachable when not complete."""

    def read(self, record: RailRecord) -> RailRecord | None:
        """The record as the rail shows it now; a draft that became a bill is answered as that bill."""

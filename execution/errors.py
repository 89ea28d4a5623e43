"""What a command can answer instead of doing what it was asked.

RowcolError
├── Unauthenticated   nobody is signed in, or the session has ended
├── Forbidden         the person is known, the role does not allow it
│   └── NotInTier     the role allows it, the firm's tier does not have the feature
├── NotFound          no such record within the person's reach
├── Invalid           the request itself makes no sense
└── Conflict          the record has moved on since it was read
    ├── Refused       a guard said no; carries the verdicts
    ├── StaleData     the figures behind the decision are too old
    └── Unreadable    the stored row holds a value that nothing of ours writes
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class RowcolError(Exception):
    """Base of every expected refusal. `code` is for programs, `title` for a heading, the text for a person."""

    code = "error"
    title = "This could not be done"
    is_recorded = False  # Whether the audit log holds a row for it already.


class Unauthenticated(RowcolError):
    """Nobody is signed in, or the session has ended."""

    code = "unauthenticated"
    title = "Sign in first"


class Forbidden(RowcolError):
    """The person is known, but the role does not allow it."""

    code = "forbidden"
    title = "Not allowed"


class NotInTier(Forbidden):
    """The role allows it; the firm's tier does not have the feature. Never about a safety check."""

    code = "tier"
    title = "Not in your firm's tier"


class NotFound(RowcolError):
    """No such record within the person's reach; another firm's record reads the same."""

    code = "not_found"
    title = "Not found"


class Invalid(RowcolError):
    """The request itself makes no sense; the text names the field and what would be right."""

    code = "invalid"
    title = "The request is not right"


class Conflict(RowcolError):
    """The record has moved on since it was read, or is already what was asked."""

    code = "conflict"
    title = "This has changed meanwhile"


class Refused(Conflict):
    """A guard said no. `verdicts` holds what each guard answered, with its inputs and remedy."""

    code = "refused"
    title = "A guard refuses"

    def __init__(self, text: str, verdicts: Sequence[Any] = ()) -> None:
        super().__init__(text)
        self.verdicts = tuple(verdicts)


class StaleData(Conflict):
    """The figures behind the decision are too old or cannot be read."""

    code = "stale_data"
    title = "The data is too old"


class Unreadable(Conflict):
    """A stored row holds a value that nothing of ours writes: somebody changed it outside the application."""

    code = "unreadable"
    title = "This record was changed outside the application"

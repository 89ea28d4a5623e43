"""The words of a ruling: which verb goes with which subject, and what a key may look like.

record        rail|object_type|record_id     plaid|posting|p-17
text          text|<CLEAN NAME>              text|NORTHWIND TRADE
counterparty  counterparty|<id>              counterparty|9f2c…
account       the right side of a category   a QBO account's id for one client, its name for the whole firm
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from execution.errors import Invalid

VERBS = {
    "counterparty": ("join", "separate"),
    "match": ("join", "separate"),
    "event": ("join", "separate"),
    "category": ("assign", "separate"),
}
RAILS = ("qbo", "ramp", "plaid", "stripe")
KEY_MAX = 500
REASON_MAX = 500
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 1, 1)

_RECORD = re.compile(r"[a-z][a-z0-9_]*\|[a-z][a-z0-9_]*\|\S(.*\S)?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
# A reason may have lines; what a store cannot keep it may not have.
_NOT_KEPT = re.compile(r"[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Asked:
    """A ruling as asked for. Without a client it is meant for the whole firm."""

    subject: str
    verb: str
    left_key: str
    right_key: str
    client_id: str | None
    effective_date: date
    reason: str


def as_kept(asked: Asked) -> Asked:
    """The ruling as builds compare it: a clean name is upper case, so two spellings never rule side by side."""
    right_key = asked.right_key if asked.subject == "category" else _text_key(asked.right_key)
    return replace(asked, left_key=_text_key(asked.left_key), right_key=right_key, reason=asked.reason.strip())


def _text_key(key: str) -> str:
    return f"text|{key[5:].upper()}" if is_text(key) else key


def checked_reason(reason: str) -> None:
    """Raises Invalid unless a reason, given or not, can be kept."""
    if len(reason) > REASON_MAX:
        raise Invalid(f"reason: {REASON_MAX} characters at most")
    if _NOT_KEPT.search(reason):
        raise Invalid("reason: a character in it cannot be kept; write it without control characters")


def checked(asked: Asked) -> None:
    """Raises Invalid, naming the field and what would be right, unless the ruling makes sense."""
    if asked.subject not in VERBS:
        raise Invalid(f"subject: {asked.subject[:40]!r} is not one of {', '.join(VERBS)}")
    if asked.verb not in VERBS[asked.subject]:
        known = " or ".join(VERBS[asked.subject])
        raise Invalid(f"verb: {asked.verb[:40]!r} does not go with {asked.subject}; choose {known}")
    checked_reason(asked.reason)
    if asked.verb == "separate" and not asked.reason.strip():
        raise Invalid("reason: say in a few words why the two are not the same; it is kept with the ruling")
    if not FIRST_DAY <= asked.effective_date < LAST_DAY:
        raise Invalid(f"effective_date: {asked.effective_date} is outside {FIRST_DAY} to {LAST_DAY}")
    for name, key in (("left_key", asked.left_key), ("right_key", asked.right_key)):
        if not 1 <= len(key) <= KEY_MAX or _CONTROL.search(key) or key != key.strip():
            raise Invalid(f"{name}: 1 to {KEY_MAX} characters, without control characters or blanks around it")
    if asked.left_key == asked.right_key:
        raise Invalid("right_key: the two ends are the same; name two different ones")
    _ends(asked)


def _ends(asked: Asked) -> None:
    left, right = asked.left_key, asked.right_key
    whole_firm = asked.client_id is None
    if whole_firm and asked.subject in ("match", "event"):
        raise Invalid(f"client_id: a {asked.subject} is about one client's records; name the client")
    if asked.subject == "match":
        _must(
            left.startswith("plaid|posting|") and is_record(left), "left_key", "a bank line: plaid|posting|<id>", left
        )
        _must(is_record(right), "right_key", "a document: <rail>|<kind>|<id>", right)
    elif asked.subject == "event":
        for name, key in (("left_key", left), ("right_key", right)):
            _must(is_record(key), name, "a record: <rail>|<object type>|<id>", key)
    elif asked.subject == "counterparty":
        for name, key in (("left_key", left), ("right_key", right)):
            _party("whole firm" if whole_firm else "client", name, key)
    else:
        _party("whole firm" if whole_firm else "client", "left_key", left)


def _party(scope: str, name: str, key: str) -> None:
    # Another client's records are not this client's, so a ruling for all of them can only be about a text.
    if scope == "whole firm":
        _must(is_text(key), name, "a text, since the ruling is for every client: text|<clean name>", key)
        return
    fits: tuple[Callable[[str], bool], ...] = (is_record, is_text, is_counterparty)
    _must(any(one(key) for one in fits), name, "a record, text|<clean name> or counterparty|<id>", key)


def _must(fits: bool, name: str, what: str, given: str) -> None:
    if not fits:
        raise Invalid(f"{name}: {given[:80]!r} is not {what}")


def is_record(key: str) -> bool:
    """Whether a key names a record of a rail that we read."""
    return key.split("|", 1)[0] in RAILS and _RECORD.fullmatch(key) is not None


def is_text(key: str) -> bool:
    """Whether a key names a cleaned text."""
    return key.startswith("text|") and len(key) > len("text|")


def is_counterparty(key: str) -> bool:
    """Whether a key names a counterparty of ours."""
    return key.startswith("counterparty|") and len(key) > len("counterparty|")

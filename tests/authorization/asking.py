"""Calls every function with arguments that fit, aimed at records on a chosen side of the wall."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from execution.domain.payload import hash_of_list
from execution.errors import Forbidden, RowcolError
from execution.people import Principal
from execution.people.api_tokens import token_id
from execution.people.permissions import Verb, may
from execution.people.sessions import short_id
from tests.authorization.world import NOW, OWN, Records, Walls

# Arguments that name a record of a client, or of the firm itself.
OF_CLIENT = {
    "client_id", "payout_id", "payout_ids", "source_bill_id", "source_bill_ids", "decision_id", "ruling_id",
    "hygiene_item_id", "vendor_id_ramp", "vendor_id_qbo",
    "subject_id", "recurring_id", "batch_id", "draft_id",
    "permit_id", "payloads", "dates", "scenario_id", "scenario_ids",
}  # fmt: skip
OF_FIRM = {"person_id", "request_id", "token_id", "session_id", "tier_request_id"}
# Their client's id is one that shall be new.
MAKES_ITS_CLIENT = {"clients.add"}
PLAIN: dict[str, Any] = {
    "action": "dismiss", "reason": "asked by a test", "note": "asked by a test", "until_date": None, "assignee": None,
    "arrival_date": None, "idempotency_key": "key-00000001", "number_source": "the contract of 2024", "states": None,
    "subject": "match", "verb": "separate", "left_key": "plaid|posting|p-9", "right_key": "qbo|bill|9",
    "effective_date": None, "revoked_too": True, "limit": 200, "before_seq": None, "name": "Nora Quist",
    "email": "new@harbor.test", "role": "analyst", "client_ids": None, "from_date": None, "to_date": date(2027, 1, 1),
    "client_name": "New client", "time_zone": "America/New_York", "currency_code": "USD", "industry": "",
    "advisor_mode": "managed", "payout_mode": "draft", "policy": None, "changes": {"buffer_minor": 5},
    "outcome": "settled", "evidence": "seen",
    "is_agent": False, "guard_id": "readiness", "life_minutes": 60, "every": "month", "day": 5, "roll": "before",
    "cap_minor": 500_000, "invoice_prefix": "",
    "moves": [{"kind": "payroll", "percent": 10}], "earlier_snapshot": None, "week_start": None,
    "start_date": None, "end_date": None, "on_line": None, "seen_sha256": None,
    "at": NOW + timedelta(days=1), "is_read_only": False, "life_days": 30, "mode": "silent",
    "tier": "basic", "version": 1,
}  # fmt: skip


GUESSES: dict[str, Any] = {
    "str": "asked by a test", "int": 1, "bool": False, "date": date(2027, 1, 1), "datetime": NOW + timedelta(days=1),
    "Sequence[str]": ["one"], "Mapping[str, str]": {}, "Mapping[str, Any]": {},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a call: an error by class and words, or a value; ids of the records made alike."""

    error: str
    text: str
    value: Any = None

    @property
    def is_wall(self) -> bool:
        """Whether a right or a wall stood in the way."""
        return self.error in ("Forbidden", "NotFound")


def takes(function: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    """The arguments after who asks."""
    return dict(list(inspect.signature(function).parameters.items())[1:])


def arguments(name: str, function: Callable[..., Any], records: Records) -> dict[str, Any]:
    """Something fitting for each argument.

    A new argument is guessed from its kind. One that names a record gets an id that nothing has, which is enough to
    see that it opens nothing; teach it to OF_CLIENT and Records, and the own side is asked with a record that exists.
    """
    given = asdict(records) | {"subject_id": records.payout_id, "hygiene_item_id": f"h-{records.client_id}"}
    given |= {"source_bill_ids": [records.source_bill_id], "payout_ids": [records.payout_id]}
    given["payloads"] = {records.payout_id: records.payload_sha256}
    given["dates"] = {records.source_bill_id: "2026-12-04"}
    given["scenario_ids"] = [records.scenario_id]
    given["list_sha256"] = hash_of_list([records.payload_sha256])
    if name in MAKES_ITS_CLIENT:
        given["client_id"] = "c50"
    found = {}
    for argument, told in takes(function).items():
        if argument in given or argument in PLAIN:
            found[argument] = given[argument] if argument in given else PLAIN[argument]
        elif told.default is inspect.Parameter.empty:
            kind = str(told.annotation)
            if kind not in GUESSES:
                raise AssertionError(
                    f"{name} takes {argument!r}, a {kind}: tell tests/authorization/asking.py what to give"
                )
            found[argument] = GUESSES[kind]
    return found


def is_guessed(function: Callable[..., Any]) -> bool:
    """Whether an argument names a record that this world does not hold."""
    known = set(PLAIN) | OF_CLIENT | OF_FIRM
    return any(argument.endswith("_id") and argument not in known for argument in takes(function))


def ask(
    world: Walls, name: str, function: Callable[..., Any], who: Principal, records: Records, *, own_token: bool = True
) -> Outcome:
    """Calls it as somebody, on records; what came of it. `own_token`: give them a token of theirs to name first."""
    given = arguments(name, function, records)
    if name == "people.end_own_session" and records.client_id == OWN and own_token:
        given["session_id"] = short_id(who.session_id)
    if "own_api_token" in name and "token_id" in given and records.client_id == OWN and own_token:
        given["token_id"] = _own_token(world, who) or given["token_id"]
    try:
        value = function(who, **given)
    except RowcolError as error:
        return Outcome(type(error).__name__, alike(str(error), records))
    return Outcome("", "", value)


def _own_token(world: Walls, who: Principal) -> str | None:
    """One's own token cannot stand in the shared records; whoever may have one gets one first."""
    try:
        return token_id(world.plane.people.issue_api_token(who, "own")) if may(who.role, Verb.ISSUE_TOKEN) else None
    except Forbidden:
        return None


def alike(text: str, records: Records) -> str:
    """The text with the ids of the records taken out, so that two answers can be compared."""
    for value in sorted((v for v in asdict(records).values() if v != records.advisor_id), key=len, reverse=True):
        text = text.replace(value, "…").replace(value[:8], "…") if len(value) > 8 else text.replace(value, "…")
    return text

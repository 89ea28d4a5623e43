"""A client's credentials as a person hands them over: one section per rail, checked whole before anything is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from execution.errors import Invalid


@dataclass(frozen=True, slots=True)
class Field:
    """One value of a section. `column`: where a value that is no secret is kept with the client."""

    name: str
    is_secret: bool = False
    is_needed: bool = True
    column: str = ""


# The first field of a rail names the account there; the webhook secret comes last.
FIELDS: dict[str, tuple[Field, ...]] = {
    "qbo": (Field("realm_id"), Field("refresh_token", True), Field("webhook_secret", True, False)),
    "ramp": (
        Field("business_id"),
        Field("reader_client_id"),
        Field("reader_client_secret", True),
        Field("executor_client_id", is_needed=False),
        Field("executor_client_secret", True, False),
        Field("entity_id", is_needed=False, column="ramp_entity_id"),
        Field("bank_account_id", is_needed=False, column="ramp_bank_account_id"),
        Field("webhook_secret", True, False),
    ),
    "plaid": (
        Field("item_id"),
        Field("access_token", True),
        Field("operating_account_id", is_needed=False, column="account_id_plaid"),
    ),
    "stripe": (Field("account_id"), Field("restricted_key", True), Field("webhook_secret", True, False)),
}
_READER = {
    "qbo": {"refresh_token": "refresh_token"},
    "ramp": {"client_id": "reader_client_id", "client_secret": "reader_client_secret"},
    "plaid": {"access_token": "access_token"},
    "stripe": {"api_key": "restricted_key"},
}
_EXECUTOR = {"client_id": "executor_client_id", "client_secret": "executor_client_secret"}


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """Checked sections by rail. Never printed."""

    sections: Mapping[str, Mapping[str, str]]

    @classmethod
    def checked(cls, given: Mapping[str, Any]) -> Credentials:
        """The sections, if each is whole. Raises Invalid naming rail and field, never a value."""
        if not isinstance(given, Mapping):
            raise Invalid("credentials: give one object with a section per rail, for instance qbo and plaid")
        sections = {}
        for rail, section in given.items():
            if rail not in FIELDS:
                raise Invalid(f"credentials: there is no rail {str(rail)[:40]!r}; the rails are {', '.join(FIELDS)}")
            sections[rail] = _section(rail, section)
        return cls(sections)

    @property
    def rails(self) -> tuple[str, ...]:
        """Rails with a section, in the order in which screens name them."""
        return tuple(rail for rail in FIELDS if rail in self.sections)

    def owner(self, rail: str) -> str:
        """The account's id on the rail."""
        return self.sections[rail][FIELDS[rail][0].name]

    def accounts(self) -> dict[str, str]:
        """What of it is kept with the client: column and value."""
        return {
            one.column: section[one.name]
            for rail, section in self.sections.items()
            for one in FIELDS[rail]
            if one.column and one.name in section
        }

    def secrets(self, rail: str) -> dict[str, dict[str, str]]:
        """Kind of connection → its secrets. Every rail gets a webhook path; Plaid signs with a key of its own."""
        section = self.sections[rail]
        kinds = {"reader": {ours: section[theirs] for ours, theirs in _READER[rail].items()}}
        if rail == "ramp" and "executor_client_id" in section:
            kinds["executor"] = {ours: section[theirs] for ours, theirs in _EXECUTOR.items()}
        if rail == "plaid" or "webhook_secret" in section:
            kinds["webhook"] = {"secret": section.get("webhook_secret", "")}
        return kinds


def _section(rail: str, section: Any) -> dict[str, str]:
    if not isinstance(section, Mapping):
        raise Invalid(f"credentials: {rail} is no object; give {', '.join(one.name for one in FIELDS[rail])}")
    names = [one.name for one in FIELDS[rail]]
    if unknown := sorted(str(name)[:40] for name in section if name not in names):
        raise Invalid(f"credentials: {rail} has no {', '.join(unknown)}; it takes {', '.join(names)}")
    kept: dict[str, str] = {}
    for one in FIELDS[rail]:
        value = section.get(one.name)
        if value in (None, ""):
            if one.is_needed:
                raise Invalid(f"credentials: {rail} lacks {one.name}; ask the client or the rail's dashboard for it")
            continue
        if not isinstance(value, str) or not value.isprintable() or not 1 <= len(value.strip()) <= 4000:
            raise Invalid(f"credentials: {rail} {one.name} must be one line of text, in quotes")
        kept[one.name] = value.strip()
    if rail == "ramp" and ("executor_client_id" in kept) != ("executor_client_secret" in kept):
        raise Invalid("credentials: ramp executor_client_id and executor_client_secret come together")
    return kept

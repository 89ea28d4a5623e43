"""Role × verb, in one table, deny by default. Money rules (preparer ≠ approver, bands) are the guards' work."""

from __future__ import annotations

from enum import StrEnum

from execution.errors import Forbidden


class Verb(StrEnum):
    """What can be asked of the control plane."""

    SEE = "see"
    SEE_AUDIT = "see_audit"
    PROPOSE = "propose"
    APPROVE = "approve"
    HOLD = "hold"
    REJECT = "reject"
    CANCEL = "cancel"
    RELEASE = "release"
    SCHEDULE = "schedule"
    PLAN = "plan"
    REISSUE = "reissue"
    CLOSE = "close"
    DECIDE_HYGIENE = "decide_hygiene"
    RULE = "rule"
    RULE_FOR_FIRM = "rule_for_firm"
    VERIFY_PAYEE = "verify_payee"
    UNFREEZE = "unfreeze"
    MANAGE_CLIENTS = "manage_clients"
    MANAGE_CONNECTIONS = "manage_connections"
    MANAGE_PEOPLE = "manage_people"
    EDIT_POLICY = "edit_policy"
    APPROVE_POLICY = "approve_policy"
    BREAK_GLASS = "break_glass"
    EXPORT_AUDIT = "export_audit"
    ISSUE_TOKEN = "issue_token"
    SIGN_OUT = "sign_out"
    SET_MODE = "set_mode"
    SET_TIER = "set_tier"


READS = frozenset({Verb.SEE, Verb.SEE_AUDIT})


ROLES = ("bookkeeper", "controller", "advisor", "firm_admin", "analyst", "auditor", "client_owner", "agent")
HUMAN_ROLES = ROLES[:-1]
"""The roles that a person can be given; `agent` is our own proposing process."""

_V = Verb
MAY: dict[str, frozenset[Verb]] = {
    "bookkeeper": frozenset(
        {
            _V.SEE,
            _V.PROPOSE,
            _V.SCHEDULE,
            _V.PLAN,
            _V.DECIDE_HYGIENE,
            _V.RULE,
            _V.ISSUE_TOKEN,
            _V.SIGN_OUT,
        }
    ),
    "controller": frozenset(
        {
            _V.SEE,
            _V.SEE_AUDIT,
            _V.PROPOSE,
            _V.APPROVE,
            _V.HOLD,
            _V.REJECT,
            _V.CANCEL,
            _V.RELEASE,
            _V.SCHEDULE,
            _V.PLAN,
            _V.REISSUE,
            _V.CLOSE,
            _V.DECIDE_HYGIENE,
            _V.RULE,
            _V.RULE_FOR_FIRM,
            _V.VERIFY_PAYEE,
            _V.UNFREEZE,
            _V.BREAK_GLASS,
            _V.ISSUE_TOKEN,
            _V.SIGN_OUT,
        }
    ),
    "advisor": frozenset(
        {
            _V.SEE,
            _V.SEE_AUDIT,
            _V.PROPOSE,
            _V.APPROVE,
            _V.HOLD,
            _V.REJECT,
            _V.CANCEL,
            _V.RELEASE,
            _V.SCHEDULE,
            _V.PLAN,
            _V.REISSUE,
            _V.CLOSE,
            _V.DECIDE_HYGIENE,
            _V.VERIFY_PAYEE,
            _V.UNFREEZE,
            _V.APPROVE_POLICY,
            _V.BREAK_GLASS,
            _V.ISSUE_TOKEN,
            _V.SIGN_OUT,
            _V.SET_MODE,
        }
    ),
    "firm_admin": frozenset(Verb) - {_V.PROPOSE, _V.SCHEDULE},
    "analyst": frozenset({_V.SEE, _V.SEE_AUDIT, _V.PLAN, _V.SIGN_OUT}),
    # Reads what the firm proves, takes it along, and changes nothing: not even a scenario.
    "auditor": frozenset({_V.SEE, _V.SEE_AUDIT, _V.EXPORT_AUDIT, _V.SIGN_OUT}),
    "client_owner": frozenset({_V.SEE, _V.SIGN_OUT}),
    "agent": frozenset({_V.SEE, _V.PROPOSE}),
}

WHO_MAY: dict[Verb, str] = {
    verb: ", ".join(role.replace("_", " ") for role in ROLES if verb in MAY[role]) for verb in Verb
}


def may(role: str, verb: Verb) -> bool:
    """Whether a role may use a verb; an unknown role may nothing."""
    return verb in MAY.get(role, frozenset())


def require(role: str, verb: Verb) -> None:
    """Raises Forbidden, naming who could, unless the role may use the verb."""
    if not may(role, verb):
        what = verb.value.replace("_", " ")
        article = "an" if role[:1] in "aeiou" else "a"
        raise Forbidden(f"{article} {role.replace('_', ' ')} may not {what}; ask a {WHO_MAY[verb]}")

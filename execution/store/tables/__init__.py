"""Every table of the control store. Tenant columns lead every key: a clash must not tell of another firm's row."""

from execution.store.tables.cash import account_cash, hold, hold_end, limit_use
from execution.store.tables.decisions import (
    approval_seen,
    batch,
    batch_line,
    joint_act,
    payload_version,
    recurring,
    recurring_run,
)
from execution.store.tables.evidence import audit, chain_head, checkpoint, executor_state, hygiene_decision
from execution.store.tables.halts import halt, rail_drift
from execution.store.tables.payees import payee, payee_change
from execution.store.tables.payouts import approval, custody_link, payout, rail_call
from execution.store.tables.people import action_nonce, admin_request, api_token, membership, person, session
from execution.store.tables.rules import permit, policy_draft
from execution.store.tables.rulings import ruling, ruling_end
from execution.store.tables.scenarios import scenario
from execution.store.tables.schedules import pay_terms
from execution.store.tables.tenants import advisor, client, client_freeze, connection, policy, tier_request

__all__ = [
    "account_cash",
    "action_nonce",
    "admin_request",
    "advisor",
    "api_token",
    "approval",
    "approval_seen",
    "audit",
    "batch",
    "batch_line",
    "chain_head",
    "checkpoint",
    "client",
    "client_freeze",
    "connection",
    "custody_link",
    "executor_state",
    "halt",
    "hold",
    "hold_end",
    "hygiene_decision",
    "joint_act",
    "limit_use",
    "membership",
    "pay_terms",
    "payee",
    "payee_change",
    "payload_version",
    "payout",
    "permit",
    "person",
    "policy",
    "policy_draft",
    "rail_call",
    "rail_drift",
    "recurring",
    "recurring_run",
    "ruling",
    "ruling_end",
    "scenario",
    "session",
    "tier_request",
]

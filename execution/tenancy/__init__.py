"""Tenants: the firm's clients, and the rules in force for each."""

from execution.tenancy.policies import POLICY_DEFAULTS, PolicyRow, current_policy, write_policy

__all__ = ["POLICY_DEFAULTS", "PolicyRow", "current_policy", "write_policy"]

"""Payouts in the control store: every command on one is a single transaction with its audit event last."""

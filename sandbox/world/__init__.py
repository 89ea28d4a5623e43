"""The hidden world: one true ledger per client and what each rail makes of it."""

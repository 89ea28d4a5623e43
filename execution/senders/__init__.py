"""Senders: the roads from the executor to a rail. `ramp` pays; `dry_run`, the default, only says what it would send."""

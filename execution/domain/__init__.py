"""What a payout is and what may happen to it. Frozen values and rules; the standard library only."""

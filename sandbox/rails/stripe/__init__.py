"""Stripe: lists newest first, the events feed, the balance; read only, as a restricted key allows."""

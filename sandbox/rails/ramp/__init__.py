"""Ramp: app tokens with scopes, keyset lists, and the write side: bills, drafts, payments that run their course."""

"""Plaid: accounts and balances, transactions by cursor, Items, webhook keys."""

"""QuickBooks Online: OAuth with rotating refresh tokens, the query language, change data capture, reads by id."""

"""How each rail proves that a delivery is its own. Every proof is taken on the raw bytes.

A proof is a function of (headers in lower case, raw body, secrets, received_at); it returns the events in
the delivery or raises NotProven.
"""

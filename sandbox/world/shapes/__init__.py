"""Bodies as the rails answer them: pure functions from plain values to JSON-ready dicts, one module per rail."""

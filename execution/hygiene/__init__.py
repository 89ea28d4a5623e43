"""Hygiene: what people decide about doubtful records; every decision can be undone, none is ever erased."""

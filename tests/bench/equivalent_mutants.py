"""Mutants that change nothing anybody could see, each with its reason. Kept few: a test is better than a reason."""

from __future__ import annotations

EQUIVALENT: dict[str, str] = {}

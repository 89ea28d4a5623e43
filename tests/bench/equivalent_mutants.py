"""Mutants that change nothing anybody could see, each with its reason. Kept few: a test is better than a reason."""

from __future__ import annotations

EQUIVALENT: dict[str, str] = {
    "execution/domain/custody.py::module: 'ACH' → 'ACHx'": "a method that has no pace of its own goes at ACH's pace",
    "execution/domain/invoice_number.py::normalize_invoice_number: '0' → '0x'": "the text is upper case: no x to strip",
    "execution/domain/rail_status.py::read_status: '' → 'x'": "neither the empty word nor x has a meaning",
    "execution/domain/rail_status.py::next_state: _ORDER.index(told) > _ORDER.index(current) → "
    "_ORDER.index(told) >= _ORDER.index(current)": "at the same place told is current",
    "execution/guards/rails_healthy.py::module: 1 → 2": "today the matrix asks the same of deciding and of paying",
}

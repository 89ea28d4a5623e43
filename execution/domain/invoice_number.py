"""Invoice numbers as people retype them: `INV-0044 11` and `inv 4411` are one invoice."""

from __future__ import annotations

import re
import unicodedata

_PREFIX = re.compile(r"^(?:INVOICE|INV|BILL|NO|NR)(?=\d)")


def normalize_invoice_number(text: str | None) -> str:
    """Letters and digits only, upper case, without a leading word for "invoice" and leading zeros.

    Empty when there is nothing to compare; callers then cannot use the number as evidence.
    """
    folded = unicodedata.normalize("NFKC", text or "").upper()
    bare = "".join(letter for letter in folded if letter.isalnum())
    return _PREFIX.sub("", bare).lstrip("0")

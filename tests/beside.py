"""What may stand beside a checkout: other people's public data and the rails' official specifications.

Tests and benchmarks alone look there; the product never does.
"""

from __future__ import annotations

from pathlib import Path

import pytest

_SHARED = Path(__file__).resolve().parents[2] / "shared"
DATA = _SHARED / "data"
SPEC = _SHARED / "rails" / "spec"


def needs(path: Path) -> pytest.MarkDecorator:
    """Skip a test where `path`, a file or folder that stands beside a checkout, is absent."""
    # Licences keep these out of the repository, so a bare clone cannot have them. Each bar that needs one is also
    # tested on made-up cases, and nothing that `make test` can install is skipped.
    return pytest.mark.skipif(not path.exists(), reason=f"{path.name} is not beside this checkout")

"""All planted faults by name."""

from __future__ import annotations

from tests.execution.planted.simulated import SIMULATED
from tests.execution.planted.walled import WALLED

FAULTS = {fault.name: fault for fault in (*SIMULATED, *WALLED)}

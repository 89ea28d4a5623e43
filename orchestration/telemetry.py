"""Phone-home of every dependency, switched off before any of them is imported.

The entry points (`rowcol`, the Dagster definitions) call `switch_off()` first; the Makefile and `.env.example`
set the same values for tools that are started by hand.
"""

import os

OFF = {
    "DO_NOT_TRACK": "1",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "RUNTIME__DLTHUB_TELEMETRY": "false",
    "DAGSTER_DISABLE_TELEMETRY": "yes",
    "GX_ANALYTICS_ENABLED": "false",
    "STREAMLIT_BROWSER_GATHER_USAGE_STATS": "false",
}


def switch_off() -> None:
    """Set every opt-out in this process's environment, so that child processes inherit it."""
    os.environ.update(OFF)

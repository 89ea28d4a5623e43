"""The demo's environment, written once by `rowcol up --demo` so that a second terminal needs no exports."""

from __future__ import annotations

import os
from pathlib import Path

from orchestration.paths import Paths

NAME = "demo.env"


def demo_environment(base_port: int, app_credentials: dict[str, str]) -> dict[str, str]:
    """What the product needs to know to work against the sandbox on `base_port`: addresses, clock, app keys."""

    def url(offset: int) -> str:
        return f"http://127.0.0.1:{base_port + offset}"

    return {
        "ROWCOL_MODE": "demo",
        "ROWCOL_CLOCK_URL": f"{url(0)}/clock",
        "ROWCOL_SANDBOX_URL": url(0),
        "ROWCOL_QBO_URL": url(1),
        "ROWCOL_QBO_TOKEN_URL": f"{url(1)}/oauth2/v1/tokens/bearer",
        "ROWCOL_RAMP_URL": url(2),
        "ROWCOL_PLAID_URL": url(3),
        "ROWCOL_STRIPE_URL": url(4),
        "ROWCOL_EXECUTION_SENDER": "ramp",
        **app_credentials,
    }


def write_demo_environment(values: dict[str, str]) -> Path:
    """Keep the values below the data folder (mode 0600: they hold the sandbox's app keys)."""
    target = Paths.from_env().data / NAME
    target.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.writelines(f"{name}={value}\n" for name, value in sorted(values.items()))
    return target


def read_demo_environment() -> None:
    """Take over the demo's values where the process has none of its own; nothing happens outside a demo."""
    source = Paths.from_env().data / NAME
    if not source.exists():
        return
    for line in source.read_text().splitlines():
        name, _, value = line.partition("=")
        os.environ.setdefault(name, value)

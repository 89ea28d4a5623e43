"""A control plane over a store of its own, with a firm and its people taken on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from execution.clock import FixedClock
from execution.service import ControlPlane, connect
from execution.settings import Settings

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
ROLES = ("bookkeeper", "controller", "advisor", "firm_admin", "analyst", "auditor", "client_owner")


def client(client_id: str, advisor_id: str = "firm", position: int = 0) -> dict[str, Any]:
    return {
        "client_key": client_id,
        "advisor_id": advisor_id,
        "position": position,
        "profile": {
            "client_name": f"Client {client_id}",
            "time_zone": "America/New_York",
            "buffer_minor": 250_000,
            "qbo": {"realm_id": f"realm-{client_id}", "refresh_token": f"refresh-{client_id}"},
            "ramp": {
                "business_id": f"biz-{client_id}",
                "reader_client_id": "reader",
                "reader_client_secret": "read-secret",
                "executor_client_id": "executor",
                "executor_client_secret": "write-secret",
            },
            "plaid": {"item_id": f"item-{client_id}", "access_token": "access"},
            "stripe": {"account_id": f"acct-{client_id}", "restricted_key": "rk"},
        },
        "webhooks": {"ramp": {"path_key": f"path-{client_id}", "secret": "hook-secret"}},
    }


def onboarding() -> dict[str, Any]:
    return {
        "firms": [{"advisor_id": "firm", "advisor_name": "Firm"}, {"advisor_id": "other", "advisor_name": "Other"}],
        "clients": [client("c1"), client("c2", position=1), client("x1", "other")],
        "people": [
            {"person_id": role, "name": role.title(), "role": role, "email": f"{role}@example.com"} for role in ROLES
        ]
        + [{"person_id": "stranger", "name": "Str", "role": "firm_admin", "email": "s@x.com", "advisor_id": "other"}],
    }


def demo_plane(
    folder: Path, url: str | None = None, world: dict[str, Any] | None = None, more: Mapping[str, str] | None = None
) -> ControlPlane:
    env = {"ROWCOL_DATA": str(folder), "ROWCOL_MODE": "demo"} | ({"ROWCOL_CONTROL_URL": url} if url else {})
    env |= more or {}
    plane = connect(Settings.from_env(env), clock=FixedClock(NOW), machine_clock=FixedClock(NOW))
    plane.bootstrap_demo(world or onboarding())
    return plane

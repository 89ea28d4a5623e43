"""The parts of the small plane that are the real service: people, policies, tiers, modes; made when first asked."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import execution.service.tiers as service_tiers
from execution.people import Principal
from execution.service import ControlPlane
from execution.tenancy.modes import AdvisorMode, mode_of
from tests.app.firm import ADVISOR
from tests.execution.plane import client, demo_plane

CLIENTS = [f"c{n:02d}" for n in range(1, 13)]


class Real:
    """A control plane over a store of its own with the same firm and people."""

    def __init__(self, world: Mapping[str, Any]) -> None:
        self._world, self.is_made = world, False

    @cached_property
    def plane(self) -> ControlPlane:
        """Made at the first look: most pages need none of it."""
        self.is_made = True
        people = [
            {"person_id": p.person_id, "name": p.name, "role": p.role, "email": f"{p.person_id}@harbor.test",
             "advisor_id": ADVISOR, "client_ids": sorted(p.client_ids) if p.client_ids else None}
            for p in self._world["people"]
        ]  # fmt: skip
        firms = [{"advisor_id": ADVISOR, "advisor_name": "Harbor Advisory"}]
        clients = [client(one, ADVISOR, position) for position, one in enumerate(CLIENTS)]
        # Long-lived enough for one test; the folder goes with the process.
        folder = Path(tempfile.mkdtemp(prefix="small_real_"))
        return demo_plane(folder, world={"firms": firms, "clients": clients, "people": people})

    def who(self, one: Any) -> Any:
        """The small plane's person as the service knows them."""
        if not hasattr(one, "person_id") or isinstance(one, Principal):
            return one
        return Principal(one.person_id, one.name, one.role, ADVISOR, one.client_ids, one.session_id, one.via)

    def part(self, part: str, name: str) -> Callable[..., Any]:
        """A function of the service that takes who asks first."""
        function = getattr(getattr(self.plane, part), name)
        return lambda *given, **named: function(*[self.who(one) for one in given], **named)

    def of(self, part: str) -> Any:
        """A whole part."""
        return Part(self, part)


class Part:
    """Every function of a part, asked as the small plane's people."""

    def __init__(self, real: Real, part: str) -> None:
        self._real, self._part = real, part

    def __getattr__(self, name: str) -> Any:
        return self._real.part(self._part, name)


class Tiers(Part):
    """What a page asks at every draw needs no store."""

    def __init__(self, real: Real) -> None:
        super().__init__(real, "tiers")

    def feature(self, tier: str, name: str) -> Any:
        return service_tiers._view(tier, service_tiers.Feature(name))


class Clients(Part):
    """Modes as the store has them once a test has made it, else managed."""

    def __init__(self, real: Real) -> None:
        super().__init__(real, "clients")

    def mode_of(self, principal: Any, client_id: str) -> AdvisorMode:
        return self.modes(principal).get(client_id, mode_of("managed"))

    def modes(self, principal: Any) -> Mapping[str, AdvisorMode]:
        if not self._real.is_made:
            return {one: mode_of("managed") for one in CLIENTS}
        return self._real.plane.clients.modes(self._real.who(principal))

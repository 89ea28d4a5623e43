"""Every public function of the control plane, by the name that a face calls it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

from execution.service import ControlPlane
from execution.service.declared import declaration


def parts(plane: ControlPlane) -> dict[str, Any]:
    """The parts of a plane by name, the payouts included; whatever else it holds is no face."""
    plane.payouts, plane.permits, plane.outlook  # noqa: B018  (loaded at first use)
    return {
        name: part
        for name, part in vars(plane).items()
        if type(part).__module__.startswith("execution.service") and not name.startswith("_")
    }


def functions(plane: ControlPlane) -> dict[str, Callable[..., Any]]:
    """`payouts.approve` and the like → the function, bound."""
    found = {f"plane.{name}": function for name, function in _public(plane)}
    for part_name, part in parts(plane).items():
        found |= {f"{part_name}.{name}": function for name, function in _public(part)}
    return found


def asked_by_people(plane: ControlPlane) -> dict[str, Callable[..., Any]]:
    """Those that a person's rights stand before."""
    return {name: one for name, one in functions(plane).items() if (says := declaration(one)) and says.verb is not None}


def _public(part: Any) -> Iterator[tuple[str, Callable[..., Any]]]:
    for name, value in inspect.getmembers(type(part)):
        if not name.startswith("_") and callable(value) and inspect.isroutine(value):
            yield name, getattr(part, name)

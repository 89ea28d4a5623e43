"""Every public function of the control plane declares who may call it; a test finds one that does not.

asks(verb)      a person's call: who asks comes first, the verb is checked inside the call's own transaction,
                what was typed is checked before it, and a refusal leaves an audit row; `gate` names the feature of a
                tier that the call belongs to, asked for after the verb
open_to(whom)   nobody signed in stands behind it: a sign-in, one of our own processes, the machine's operator
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar, cast

from execution.errors import Conflict, RowcolError
from execution.people.assignments import recheck
from execution.people.permissions import READS, Verb
from execution.people.principal import Manager, Principal
from execution.service.given import checked
from execution.service.refusals import HasStore, keep
from execution.tenancy.tiers import Gate, require

F = TypeVar("F", bound=Callable[..., Any])


class Inside(StrEnum):
    """Who calls what no person's rights stand before."""

    SIGN_IN = "sign_in"  # The call proves who somebody is.
    FACE = "face"  # The console and the API themselves, before anybody is known.
    PROCESS = "process"  # Our own processes: loader, builder, receiver, executor, signer.
    OPERATOR = "operator"  # Whoever works at the machine itself; the act is written under the account's name.


@dataclass(frozen=True, slots=True)
class Declared:
    """Who may call a function: a verb that the caller's role must have, or one of our own."""

    verb: Verb | None = None
    inside: Inside | None = None
    gate: Gate | None = None


def asks(verb: Verb, about: str, gate: Gate | None = None) -> Callable[[F], F]:
    """A person's call. `about` begins the action of a refusal's event: `payout` makes `payout.approve_refused`."""

    says = Declared(verb=verb, gate=gate)
    return lambda command: _declared(_door(command, about, says, is_read=verb in READS), says)


def open_to(whom: Inside, about: str = "") -> Callable[[F], F]:
    """A call that no person's rights stand before; with `about`, the operator's, whose refusals are events too."""

    def around(function: F) -> F:
        says = Declared(inside=whom)
        return _declared(_door(function, about, says) if about else function, says)

    return around


def _door(command: F, about: str, says: Declared, *, is_read: bool = False) -> F:
    takes = inspect.signature(command)

    @functools.wraps(command)
    def asked(self: HasStore, by: Manager, *args: Any, **kwargs: Any) -> Any:
        bound = takes.bind(self, by, *args, **kwargs)
        given = dict(list(bound.arguments.items())[2:])
        try:
            bound.arguments.update(checked(takes, given))
            _pass_gate(self, by, says, bound.arguments)
            return command(*bound.args, **bound.kwargs)
        except RowcolError as error:
            # A look at figures that are not there yet is no refusal; a wall that it ran into is one.
            is_refusal = not is_read or not isinstance(error, Conflict)
            if is_refusal and not error.is_recorded:
                keep(self, by, f"{about}.{command.__name__}", given, error)
            raise

    return cast(F, asked)


def _pass_gate(part: HasStore, by: Manager, says: Declared, given: Mapping[str, Any]) -> None:
    """Raises NotInTier for a feature that the firm does not have; who lacks the verb is told that first."""
    if says.gate is None or says.verb is None or not isinstance(by, Principal) or not says.gate.stands(given):
        return
    with part._store.read() as connection:
        require(recheck(connection, by, says.verb, part._clock.now()).tier, says.gate.feature)


def declaration(function: Any) -> Declared | None:
    """What a function declares; None when it says nothing."""
    return getattr(function, "__declared__", None)


def _declared(function: F, says: Declared) -> F:
    function.__declared__ = says  # type: ignore[attr-defined]
    return function

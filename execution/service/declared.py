"""Every public function of the control plane declares who may call it; a test finds one that does not.

asks(verb)      a person's call: who asks comes first, the verb is checked inside the call's own transaction,
                what was typed is checked before it, and a refusal leaves an audit row
open_to(whom)   nobody signed in stands behind it: a sign-in, one of our own processes, the machine's operator
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar, cast

from execution.errors import Conflict, RowcolError
from execution.people.permissions import Verb
from execution.people.principal import Manager
from execution.service.given import checked
from execution.service.refusals import HasStore, keep

READS = frozenset({Verb.SEE, Verb.SEE_AUDIT})
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


def asks(verb: Verb, about: str) -> Callable[[F], F]:
    """A person's call. `about` begins the action of a refusal's event: `payout` makes `payout.approve_refused`."""

    return lambda command: _declared(_door(command, about, is_read=verb in READS), Declared(verb=verb))


def open_to(whom: Inside, about: str = "") -> Callable[[F], F]:
    """A call that no person's rights stand before; with `about`, the operator's, whose refusals are events too."""

    def around(function: F) -> F:
        return _declared(_door(function, about) if about else function, Declared(inside=whom))

    return around


def _door(command: F, about: str, *, is_read: bool = False) -> F:
    takes = inspect.signature(command)

    @functools.wraps(command)
    def asked(self: HasStore, by: Manager, *args: Any, **kwargs: Any) -> Any:
        bound = takes.bind(self, by, *args, **kwargs)
        given = dict(list(bound.arguments.items())[2:])
        try:
            bound.arguments.update(checked(takes, given))
            return command(*bound.args, **bound.kwargs)
        except RowcolError as error:
            # A look at figures that are not there yet is no refusal; a wall that it ran into is one.
            is_refusal = not is_read or not isinstance(error, Conflict)
            if is_refusal and not error.is_recorded:
                keep(self, by, f"{about}.{command.__name__}", given, error)
            raise

    return cast(F, asked)


def declaration(function: Any) -> Declared | None:
    """What a function declares; None when it says nothing."""
    return getattr(function, "__declared__", None)


def _declared(function: F, says: Declared) -> F:
    function.__declared__ = says  # type: ignore[attr-defined]
    return function

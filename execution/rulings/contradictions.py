"""Whether a new ruling goes with those in force. Two that contradict never both stand: the newer is refused."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from execution.rulings.keys import Asked


@dataclass(frozen=True, slots=True)
class Standing:
    """A ruling in force, as far as a contradiction needs it."""

    ruling_id: str
    client_id: str | None
    subject: str
    verb: str
    left_key: str
    right_key: str

    @property
    def ends(self) -> frozenset[str]:
        """Both ends; who stands left makes no difference to joining and separating."""
        return frozenset((self.left_key, self.right_key))


Joins = dict[str, list[tuple[str, Standing]]]
"""Per key what it is joined to, and by which ruling."""


def same_as(asked: Asked, standing: Iterable[Standing]) -> Standing | None:
    """The ruling in force that says the very same for the same scope, or None."""
    wanted = frozenset((asked.left_key, asked.right_key))
    for one in _of(asked, standing):
        if one.verb == asked.verb and one.ends == wanted and one.client_id == asked.client_id:
            return one
    return None


def contradicted_by(asked: Asked, standing: Sequence[Standing]) -> Standing | None:
    """The ruling in force that says the opposite, or None.

    Joins carry on: with A = B and B = C in force, separating A from C contradicts, and so does joining A with C
    where B and C are separated. A category has one account per scope: a client's own may differ from its firm's.
    """
    about = _of(asked, standing)
    if asked.verb == "assign":
        same = (one for one in about if one.verb == "assign" and one.left_key == asked.left_key)
        assigned = next((one for one in same if one.client_id == asked.client_id), None)
        return assigned or _opposite(asked, about)
    if asked.subject in ("match", "category"):
        return _opposite(asked, about)
    clients = {one.client_id for one in about} if asked.client_id is None else {asked.client_id}
    for client_id in sorted(clients, key=str):
        if found := _by_carrying_on(asked, [one for one in about if one.client_id in (None, client_id)]):
            return found
    return None


def _of(asked: Asked, standing: Iterable[Standing]) -> list[Standing]:
    def meets(one: Standing) -> bool:
        return asked.client_id is None or one.client_id is None or one.client_id == asked.client_id

    return [one for one in standing if one.subject == asked.subject and meets(one)]


def _opposite(asked: Asked, about: Iterable[Standing]) -> Standing | None:
    wanted = frozenset((asked.left_key, asked.right_key))
    says = (one for one in about if (one.verb == "separate") != (asked.verb == "separate") and one.ends == wanted)
    return next(says, None)


def _by_carrying_on(asked: Asked, about: Sequence[Standing]) -> Standing | None:
    joins: Joins = defaultdict(list)
    for one in about:
        if one.verb == "join":
            joins[one.left_key].append((one.right_key, one))
            joins[one.right_key].append((one.left_key, one))
    if asked.verb == "separate":
        path = _path(joins, asked.left_key, asked.right_key)
        return path[-1] if path else None
    left, right = _reached(joins, asked.left_key), _reached(joins, asked.right_key)
    for one in about:
        if one.verb == "separate":
            across = one.left_key in left and one.right_key in right
            if across or (one.left_key in right and one.right_key in left):
                return one
    return None


def _reached(joins: Joins, start: str) -> set[str]:
    seen, waiting = {start}, deque([start])
    while waiting:
        for key, _ in joins.get(waiting.popleft(), ()):
            if key not in seen:
                seen.add(key)
                waiting.append(key)
    return seen


def _path(joins: Joins, start: str, end: str) -> list[Standing]:
    """The joins that lead from one key to another, the shortest way; empty when none does."""
    came: dict[str, tuple[str, Standing]] = {}
    waiting = deque([start])
    while waiting:
        at = waiting.popleft()
        for key, join in joins.get(at, ()):
            if key not in came and key != start:
                came[key] = (at, join)
                waiting.append(key)
    path: list[Standing] = []
    while end in came:
        end, join = came[end]
        path.append(join)
    return path

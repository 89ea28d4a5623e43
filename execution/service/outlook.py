"""Thirteen weeks ahead: the forecast, what-if scenarios that people keep, and what changed since the last one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from execution.audit import Actor, append
from execution.errors import Conflict, Invalid, NotFound, StaleData
from execution.facts.snapshot import NoSnapshot, kept_ids, open_snapshot
from execution.outlook.applying import apply
from execution.outlook.bridging import Bridge, Part, bridge, common_weeks, surprises
from execution.outlook.forecasts import Forecast
from execution.outlook.moves import read_moves
from execution.outlook.reading import forecast_of
from execution.payouts.rows import Row
from execution.people.permissions import Verb
from execution.people.principal import Principal
from execution.service import nonces
from execution.service.declared import asks
from execution.service.desk import Desk
from execution.store import tables as t
from execution.tenancy.tiers import Feature, Gate, flagged

NAME_MAX = 100
COMPARED_MAX = 6
_SCENARIOS, _REVISIONS = Gate(Feature.SCENARIOS), Gate(Feature.REVISIONS)


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The forecast as it stands beside the forecast as it would be."""

    base: Forecast
    scenario: Forecast

    @property
    def lowest_delta_minor(self) -> int:
        """How much higher the lowest week would close."""
        return self.scenario.headline.lowest_minor - self.base.headline.lowest_minor


@dataclass(frozen=True, slots=True)
class Scenario:
    """A kept scenario: its moves as plain values, who made it and when."""

    client_id: str
    scenario_id: str
    name: str
    moves: Sequence[Mapping[str, Any]]
    made_by: str
    made_by_name: str
    made_at: datetime
    changed_at: datetime
    deleted_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class Compared:
    """A kept scenario with what it comes to on the current forecast."""

    scenario: Scenario
    what_if: WhatIf


@dataclass(frozen=True, slots=True)
class Revision:
    """From an earlier forecast to the current one: a bridge for a week, and what surprised most."""

    earlier: Forecast
    later: Forecast
    bridge: Bridge
    surprises: Sequence[Part]
    weeks: Sequence[date]


class Outlook(Desk):
    """Reads are for whoever sees the client; keeping a scenario takes the verb `plan`."""

    @asks(Verb.SEE, "outlook")
    def forecast(self, principal: Principal, client_id: str) -> Forecast:
        """The current forecast. Raises StaleData when none is published."""
        return self._forecast(principal, client_id)

    @asks(Verb.SEE, "outlook", Gate(Feature.SCENARIOS, flagged("moves")))
    def what_if(self, principal: Principal, client_id: str, moves: Sequence[Mapping[str, Any]]) -> WhatIf:
        """The forecast under some moves; nothing is kept. Raises Invalid, naming the move and the field."""
        base = self._forecast(principal, client_id)
        return WhatIf(base, apply(base, read_moves(moves)))

    @asks(Verb.SEE, "outlook", _SCENARIOS)
    def scenarios(self, principal: Principal, client_id: str) -> Sequence[Scenario]:
        """The client's kept scenarios by name; those that were deleted are not among them."""
        with self._store.read() as cx:
            client = self._client(cx, principal, client_id, Verb.SEE, self._clock.now())
            s = t.scenario.c
            mine = (s.advisor_id == client["advisor_id"], s.client_id == client_id, s.deleted_at.is_(None))
            rows = cx.execute(sa.select(t.scenario).where(*mine).order_by(s.name)).mappings()
            return [_view(dict(row)) for row in rows]

    @asks(Verb.SEE, "outlook", _SCENARIOS)
    def compare(self, principal: Principal, client_id: str, scenario_ids: Sequence[str]) -> Sequence[Compared]:
        """Kept scenarios on the current forecast, in the order asked for. Raises NotFound; Invalid for too many."""
        if len(scenario_ids) > COMPARED_MAX:
            raise Invalid(f"scenario_ids: {len(scenario_ids)} are too many; compare at most {COMPARED_MAX}")
        with self._store.read() as cx:
            client = self._client(cx, principal, client_id, Verb.SEE, self._clock.now())
            found = [_view(self._kept(cx, client, one)) for one in dict.fromkeys(scenario_ids)]
        base = self._forecast(principal, client_id)
        return [Compared(one, WhatIf(base, apply(base, read_moves(one.moves)))) for one in found]

    @asks(Verb.PLAN, "scenario", _SCENARIOS)
    def save_scenario(
        self, principal: Principal, client_id: str, name: str, moves: Sequence[Mapping[str, Any]], *,
        once: str | None = None,
    ) -> Scenario:  # fmt: skip
        """Keep moves under a name; one of that name is changed. Raises Invalid, naming the field."""
        now = self._clock.now()
        with self._store.begin() as cx:
            client = self._client(cx, principal, client_id, Verb.PLAN, now)
            name = name.strip()
            if not 1 <= len(name) <= NAME_MAX:
                raise Invalid(f"name: give the scenario a name of at most {NAME_MAX} characters, like Without Globex")
            told = [move.told() for move in read_moves(moves)]
            if not told:
                raise Invalid("moves: a scenario changes at least one thing")
            again = self._repeats(cx, principal, once, "save_scenario", client=client_id, name=name, moves=told)
            same = self._named(cx, client, name)
            if same is not None and again:
                return _view(same)
            if same is not None:
                return self._change(cx, principal, same, now, "scenario.changed", moves=told)
            row = {
                "advisor_id": client["advisor_id"], "client_id": client_id,
                "scenario_id": nonces.id_under(principal, once), "name": name, "moves": told,
                "made_by": principal.person_id, "made_by_name": principal.name, "made_at": now, "changed_at": now,
                "deleted_at": None, "version": 1,
            }  # fmt: skip
            try:
                with cx.begin_nested():
                    cx.execute(sa.insert(t.scenario).values(**row))
            except sa.exc.IntegrityError as error:
                raise Conflict(f"A scenario {name!r} was saved by a colleague this moment; look at it again") from error
            _note(cx, principal, row, now, "scenario.saved")
            return _view(row)

    @asks(Verb.PLAN, "scenario")
    def delete_scenario(self, principal: Principal, client_id: str, scenario_id: str) -> Scenario:
        """Take a scenario off the list; `restore_scenario` brings it back."""
        now = self._clock.now()
        with self._store.begin() as cx:
            client = self._client(cx, principal, client_id, Verb.PLAN, now)
            row = self._kept(cx, client, scenario_id)
            if row["deleted_at"] is not None:
                return _view(row)
            return self._change(cx, principal, row, now, "scenario.deleted", deleted_at=now)

    @asks(Verb.PLAN, "scenario", _SCENARIOS)
    def restore_scenario(self, principal: Principal, client_id: str, scenario_id: str) -> Scenario:
        """Bring a deleted scenario back. Raises Conflict when its name was given to another meanwhile."""
        now = self._clock.now()
        with self._store.begin() as cx:
            client = self._client(cx, principal, client_id, Verb.PLAN, now)
            row = self._kept(cx, client, scenario_id)
            if row["deleted_at"] is None:
                return _view(row)
            if self._named(cx, client, row["name"]) is not None:
                raise Conflict(f"Another scenario is called {row['name']!r} by now; delete that one first")
            return self._change(cx, principal, row, now, "scenario.restored", deleted_at=None)

    @asks(Verb.SEE, "outlook", _REVISIONS)
    def earlier_forecasts(self, principal: Principal, client_id: str) -> Sequence[str]:
        """Snapshots that are kept beside the current one, newest first: each holds a forecast to compare with."""
        return self._earlier(principal, client_id)

    @asks(Verb.SEE, "outlook", _REVISIONS)
    def revision(
        self, principal: Principal, client_id: str, earlier_snapshot: str | None = None, week_start: date | None = None
    ) -> Revision:
        """What changed since an earlier forecast, the one before without a name, by the end of a week.

        Without a week: the last that both forecasts project. Raises StaleData when there is no earlier forecast.
        """
        before = earlier_snapshot or next(iter(self._earlier(principal, client_id)), None)
        if before is None:
            raise StaleData("There is no earlier forecast yet; the next published one can be compared with this")
        later = self._forecast(principal, client_id)
        earlier = self._forecast(principal, client_id, before)
        weeks = common_weeks(earlier, later)
        if not weeks:
            raise StaleData("The two forecasts have no week in common; choose a later one")
        chosen = week_start or weeks[-1]
        if chosen not in weeks:
            raise Invalid(f"week_start: {chosen} is not a Monday that both forecasts project; the first is {weeks[0]}")
        return Revision(earlier, later, bridge(earlier, later, chosen), surprises(earlier, later), weeks)

    def _earlier(self, principal: Principal, client_id: str) -> list[str]:
        with self._store.read() as cx:
            client = self._client(cx, principal, client_id, Verb.SEE, self._clock.now())
        try:
            return kept_ids(self._settings.data, client["advisor_id"])[1:]
        except NoSnapshot:
            return []

    def _forecast(self, principal: Principal, client_id: str, snapshot_id: str | None = None) -> Forecast:
        with self._store.read() as cx:
            client = self._client(cx, principal, client_id, Verb.SEE, self._clock.now())
        try:
            with open_snapshot(self._settings.data, client["advisor_id"], snapshot_id) as snapshot:
                return forecast_of(snapshot, client_id)
        except NoSnapshot as error:
            raise StaleData(f"{error}; choose one of those that are kept") from error

    def _kept(self, cx: sa.Connection, client: Row, scenario_id: str) -> Row:
        s = t.scenario.c
        mine = (s.advisor_id == client["advisor_id"], s.client_id == client["client_id"], s.scenario_id == scenario_id)
        found = cx.execute(sa.select(t.scenario).where(*mine).with_for_update()).mappings().first()
        if found is None:
            raise NotFound(f"There is no scenario {scenario_id[:8]} of client {client['client_id']}; see the list")
        return dict(found)

    def _named(self, cx: sa.Connection, client: Row, name: str) -> Row | None:
        s = t.scenario.c
        mine = (s.advisor_id == client["advisor_id"], s.client_id == client["client_id"], s.name == name)
        query = sa.select(t.scenario).where(*mine, s.deleted_at.is_(None)).with_for_update()
        found = cx.execute(query).mappings().first()
        return dict(found) if found else None

    def _change(
        self, cx: sa.Connection, principal: Principal, row: Row, now: datetime, action: str, **values: Any
    ) -> Scenario:
        key = [t.scenario.c[name] == row[name] for name in ("advisor_id", "client_id", "scenario_id", "version")]
        values |= {"version": row["version"] + 1, "changed_at": now}
        if cx.execute(sa.update(t.scenario).where(*key).values(**values)).rowcount != 1:
            raise Conflict(f"The scenario {row['name']!r} was changed by a colleague this moment; look at it again")
        after = {**row, **values}
        _note(cx, principal, after, now, action)
        return _view(after)


def _note(cx: sa.Connection, principal: Principal, row: Row, now: datetime, action: str) -> None:
    append(
        cx, advisor_id=row["advisor_id"], client_id=row["client_id"], at=now,
        actor=Actor.of(principal, principal.via), action=action, subject_kind="scenario",
        subject_id=row["scenario_id"], inputs={"name": row["name"], "moves": row["moves"]},
    )  # fmt: skip


def _view(row: Row) -> Scenario:
    return Scenario(**{name: row[name] for name in Scenario.__slots__})

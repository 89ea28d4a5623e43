"""The small plane's outlook: the product's own arithmetic over the published firm, scenarios in memory."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from execution.errors import StaleData
from execution.facts.snapshot import kept_ids, open_snapshot
from execution.outlook.applying import apply
from execution.outlook.bridging import bridge, common_weeks, surprises
from execution.outlook.forecasts import Forecast
from execution.outlook.moves import read_moves
from execution.outlook.reading import forecast_of
from execution.service.outlook import Compared, Revision, Scenario, WhatIf
from tests.app.firm import ADVISOR, AS_OF


class Outlook:
    """As `execution.service.outlook.Outlook`, without a store."""

    def __init__(self) -> None:
        self.kept: dict[str, Scenario] = {}

    @staticmethod
    def _data() -> Path:
        return Path(os.environ["ROWCOL_DATA"])

    def forecast(self, principal: Any, client_id: str, snapshot_id: str | None = None) -> Forecast:
        with open_snapshot(self._data(), ADVISOR, snapshot_id) as snapshot:
            return forecast_of(snapshot, client_id)

    def what_if(self, principal: Any, client_id: str, moves: Any) -> WhatIf:
        base = self.forecast(principal, client_id)
        return WhatIf(base, apply(base, read_moves(moves)))

    def scenarios(self, principal: Any, client_id: str) -> list[Scenario]:
        return [one for one in self.kept.values() if one.client_id == client_id and one.deleted_at is None]

    def compare(self, principal: Any, client_id: str, scenario_ids: Any) -> list[Compared]:
        found = [self.kept[one] for one in scenario_ids]
        return [Compared(one, self.what_if(principal, client_id, one.moves)) for one in found]

    def save_scenario(self, principal: Any, client_id: str, name: str, moves: Any, *, once: str) -> Scenario:
        told = [move.told() for move in read_moves(moves)]
        made = Scenario(client_id, f"s{len(self.kept)}", name.strip(), told, principal.person_id, principal.name, AS_OF,
                        AS_OF, None, 1)  # fmt: skip
        return self.kept.setdefault(made.scenario_id, made)

    def delete_scenario(self, principal: Any, client_id: str, scenario_id: str) -> Scenario:
        self.kept[scenario_id] = replace(self.kept[scenario_id], deleted_at=AS_OF)
        return self.kept[scenario_id]

    def restore_scenario(self, principal: Any, client_id: str, scenario_id: str) -> Scenario:
        self.kept[scenario_id] = replace(self.kept[scenario_id], deleted_at=None)
        return self.kept[scenario_id]

    def earlier_forecasts(self, principal: Any, client_id: str) -> list[str]:
        return kept_ids(self._data(), ADVISOR)[1:]

    def revision(self, principal: Any, client_id: str, since: str | None = None, week: date | None = None) -> Revision:
        since = since or next(iter(self.earlier_forecasts(principal, client_id)), None)
        if since is None:
            raise StaleData("There is no earlier forecast yet")
        later, earlier = self.forecast(principal, client_id), self.forecast(principal, client_id, since)
        weeks = common_weeks(earlier, later)
        if not weeks:
            raise StaleData("The two forecasts have no week in common")
        return Revision(earlier, later, bridge(earlier, later, week or weeks[-1]), surprises(earlier, later), weeks)

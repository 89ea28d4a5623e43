"""What an agent can do. Each call asks anew whose agent it is, so a token that was ended opens nothing from then on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from app.agent.quoted import answer
from app.queries import bills, cash, portfolio, rails, variances, verification
from app.queries.snapshot import NoSnapshot, Scope, current
from execution.errors import Forbidden, Invalid, RowcolError, StaleData

ROWS_MAX = 200


class Tools:
    """The tools over one control plane and one agent's token."""

    def __init__(self, plane: Any, token: str) -> None:
        self._plane, self._token = plane, token

    def all(self) -> tuple[Callable[..., dict[str, Any]], ...]:
        """Every tool; there is no other way in."""
        return (
            self.portfolio, self.client_figures, self.bills, self.payouts, self.payout, self.audit_of_payout,
            self.verdict_preview, self.drift, self.propose,
        )  # fmt: skip

    def who(self) -> Any:
        """Whose agent this is, now. Raises Unauthenticated, or Forbidden for a person's own token."""
        found = self._plane.people.principal_for_api_token(self._token)
        if found.via != "agent":
            raise Forbidden(
                "this token is a person's own, and here it would lend an agent all that the person may; issue one with "
                "`rowcol people token issue WHO --agent`"
            )
        return found

    def record(self, tool: str, error: RowcolError, given: Mapping[str, Any]) -> None:
        """Leaves a row for a call that no function of the service has refused already."""
        try:
            who = self.who()
        except RowcolError:
            who = None
        told = {**given, "code": error.code}
        self._plane.audit.record_refusal(who, f"agent.{tool}_refused", tool, str(error), told)

    def portfolio(self) -> dict[str, Any]:
        """The clients that you serve, with runway, buffer, readiness and data quality. Amounts are minor units."""
        return answer(list(portfolio.portfolio(self._scope())[:ROWS_MAX]))

    def client_figures(self, client_id: str) -> dict[str, Any]:
        """One client's week: top variances, cash by week, health of each rail."""
        scope = self._scope(client_id)
        return answer(
            {
                "variances": list(variances.variances(scope, client_id)),
                "cash_weeks": list(cash.cash_weeks(scope, client_id)),
                "rails": list(rails.rail_health(scope, client_id)),
            }
        )

    def bills(self, client_id: str) -> dict[str, Any]:
        """A client's open bills. `source_bill_id` is what verdict_preview and propose take."""
        return answer(list(bills.open_bills(self._scope(client_id), client_id)[:ROWS_MAX]))

    def payouts(self, client_id: str | None = None, states: list[str] | None = None) -> dict[str, Any]:
        """Payouts that you may see, newest first; of one client, or in some states."""
        return answer(list(self._plane.payouts.list(self.who(), client_id, states)[:ROWS_MAX]))

    def payout(self, payout_id: str) -> dict[str, Any]:
        """One payout: what each guard says, who signed, what the rail answered, its chain of custody."""
        return answer(self._plane.payouts.get(self.who(), payout_id))

    def audit_of_payout(self, payout_id: str) -> dict[str, Any]:
        """Who did what with a payout, oldest first, as the audit log keeps it."""
        return answer(self._plane.payouts.get(self.who(), payout_id).timeline)

    def verdict_preview(self, client_id: str, source_bill_ids: list[str]) -> dict[str, Any]:
        """What every guard would say if these bills were proposed now. Nothing is written."""
        return answer(self._plane.payouts.preview(self.who(), client_id, source_bill_ids))

    def drift(self, client_id: str) -> dict[str, Any]:
        """Planned against actual cash of a client by week, in parts that sum, and the payments that each is made of."""
        scope = self._scope(client_id)
        lines = verification.drift_lines(scope, client_id)[:ROWS_MAX]
        return answer({"weeks": list(verification.drift(scope, client_id)), "lines": list(lines)})

    def propose(
        self, client_id: str, source_bill_id: str, note: str = "", arrival_date: str | None = None
    ) -> dict[str, Any]:
        """Put an open bill up for payment in your person's name. People approve and release; you cannot.

        The amount, the payee and the account come from the books, never from here. `arrival_date`: YYYY-MM-DD.
        """
        made = self._plane.payouts.propose(
            self.who(), client_id, source_bill_id, arrival_date=_day(arrival_date), note=note
        )
        return answer(made)

    def _scope(self, client_id: str | None = None) -> Scope:
        who = self.who()
        if client_id is not None:
            self._plane.clients.get(who, client_id)
        try:
            return current(self._plane.settings.published, who.advisor_id).scope(who.client_ids)
        except NoSnapshot as error:
            raise StaleData(f"{error}; load and publish first with `rowcol run`") from error


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid(f"arrival_date: {text[:40]!r} is no day; write for instance 2026-11-24") from None

"""The small plane's lists, schedules and two-person acts: enough for the pages to draw and to say what they asked."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from execution.errors import RowcolError
from tests.app.firm import AS_OF, TODAY


class Lists:
    """Beside the single acts of `small_plane.Payouts`. `told` keeps what a page asked of the rest."""

    def open_form(self, principal: Any) -> str:
        return f"form_{len(self.done)}_{len(self.told)}"

    def waiting(self, principal: Any, client_id: str) -> list[Any]:
        may = principal.role in ("controller", "advisor", "firm_admin")
        mine = [p for p in self.list(principal, client_id) if may and p.preparer_id != principal.person_id]
        return [
            SimpleNamespace(payout=p, act=p.next_step.act, what=p.next_step.what, due_at=p.next_step.due_at)
            for p in mine
            if p.state in ("proposed", "approved")
        ]

    def sheet(self, principal: Any, client_id: str, payout_ids: list[str]) -> Any:
        payouts = [self.rows[one] for one in payout_ids]
        digest = hashlib.sha256("\n".join(sorted(p.payload_sha256 for p in payouts)).encode()).hexdigest()
        total = sum(p.amount_minor for p in payouts)
        return SimpleNamespace(payouts=payouts, list_sha256=digest, total_minor=total, currency_code="USD")

    def _list(self, verb: str, done: str, ids: Any, key: str, act: Callable[[str], Any], on_line: Any) -> Any:
        if key not in self.done:
            lines = []
            for number, one in enumerate(ids, 1):
                line = SimpleNamespace(
                    subject_id=one, source_bill_id=one, payout_id=None, reason="", outcome=done, verdicts=()
                )
                try:
                    act(one)
                except RowcolError as error:
                    line.outcome, line.reason = "refused", str(error)
                    line.verdicts = getattr(error, "verdicts", ())
                lines.append(line)
                on_line(number, len(ids), line)
            self.done[key] = SimpleNamespace(
                batch_id=hashlib.sha256(key.encode()).hexdigest()[:32], verb=verb, lines=lines,
                line_count=len(lines), created_at=AS_OF, finished_at=AS_OF,
            )  # fmt: skip
        return self.done[key]

    def propose_all(self, who: Any, client_id: str, ids: Any, *, idempotency_key: str, on_line: Any) -> Any:
        act = lambda one: self.propose(who, client_id, one)  # noqa: E731
        return self._list("propose", "proposed", ids, idempotency_key, act, on_line)

    def approve_all(
        self, who: Any, client_id: str, payloads: Any, *, list_sha256: str, idempotency_key: str, on_line: Any,
        reason: str = "",
    ) -> Any:  # fmt: skip
        assert list_sha256 == self.sheet(who, client_id, list(payloads)).list_sha256
        act = lambda one: self.approve(who, one, payload_sha256=payloads[one], reason=reason)  # noqa: E731
        return self._list("approve", "approved", payloads, idempotency_key, act, on_line)

    def release_all(
        self, who: Any, client_id: str, payloads: Any, *, list_sha256: str, idempotency_key: str, on_line: Any
    ) -> Any:
        assert list_sha256 == self.sheet(who, client_id, list(payloads)).list_sha256
        return self._list("release", "released", payloads, idempotency_key, lambda one: self.release(who, one), on_line)

    def hold_all(self, who: Any, client_id: str, ids: Any, *, idempotency_key: str, reason: str, on_line: Any) -> Any:
        return self._list("hold", "held", ids, idempotency_key, lambda one: self.hold(who, one, reason), on_line)

    def reject_all(self, who: Any, client_id: str, ids: Any, *, idempotency_key: str, reason: str, on_line: Any) -> Any:
        return self._list(
            "reject", "rejected", ids, idempotency_key, lambda one: self.reject(who, one, reason), on_line
        )

    def cancel_all(self, who: Any, client_id: str, ids: Any, *, idempotency_key: str, reason: str, on_line: Any) -> Any:
        act = lambda one: self.cancel(who, one, reason)  # noqa: E731
        return self._list("cancel", "cancelled", ids, idempotency_key, act, on_line)

    def batches(self, principal: Any, client_id: str, limit: int) -> list[Any]:
        return list(reversed(self.done.values()))[:limit]

    def freezes(self, principal: Any, client_id: str) -> Any:
        return self.frozen

    def recurring(self, principal: Any, client_id: str) -> Any:
        return self.templates

    def schedule_proposals(self, principal: Any, client_id: str) -> Any:
        """One bill moves a week ahead; one is left out."""
        measures = SimpleNamespace(breach_chance=0.38, volatility_minor=4_000_00, cost_minor=20_00, late_count=0,
                                   lowest_minor=90_000_00, lowest_week=TODAY)  # fmt: skip
        date = SimpleNamespace(
            bill_id="qbo:200", vendor_name="Home Depot Pro", amount_minor=118_42, due_date=TODAY + timedelta(days=24),
            old_date=TODAY + timedelta(days=24), new_date=TODAY + timedelta(days=17), is_moved=True, cost_minor=0,
            why="7 days earlier: takes $118.42 out of the week of 2026-12-14", lowest_effect_minor=118_42,
        )  # fmt: skip
        after = SimpleNamespace(**vars(measures) | {"breach_chance": 0.05, "volatility_minor": 3_000_00})
        moved = [] if any(act[0] == "propose_schedule" for act in self.told) else [date]
        return SimpleNamespace(dates=moved, before=measures, after=after, gap=0.0021, left_out={"qbo:209": "A copy"})

    def propose_schedule(self, who: Any, client_id: str, dates: Any, *, idempotency_key: str, reason: str,
                         on_line: Any) -> Any:  # fmt: skip
        self._tell("propose_schedule", who, client_id, dates)
        act = lambda one: self.propose(who, client_id, one)  # noqa: E731
        return self._list("propose", "proposed", dates, idempotency_key, act, on_line)

    def pay_terms(self, principal: Any, client_id: str) -> Any:
        return []

    def _tell(self, act: str, *what: Any, **more: Any) -> Any:
        self.told = [*self.told, (act, *what[1:], {k: v for k, v in more.items() if k != "once"})]
        return SimpleNamespace()

    def __getattr__(self, name: str) -> Any:
        if name in ("roll_back", "plan_release", "unplan_release", "record_call_back", "agree_to_resend", "reissue",
                    "close_mismatched", "unfreeze", "add_recurring", "pause_recurring", "resume_recurring",
                    "end_recurring", "set_pay_terms"):  # fmt: skip
            return lambda *what, **more: self._tell(name, *what, **more)
        raise AttributeError(name)

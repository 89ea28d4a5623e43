"""The mixed-integer program behind a schedule: columns, rows, and what HiGHS answers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from execution.scheduling.bills import CashWeek, OpenBill
from execution.scheduling.measuring import SIGMAS_SAFE
from execution.scheduling.windows import Option

Vector = NDArray[np.float64]
SECONDS_MAX = 5.0
# Amounts are told so that the largest week is about this: HiGHS keeps a millionth, far below what a person would see.
LARGEST = 10.0
# Tangents on each side of the average with which every week begins; further ones are added where a solution lies.
TANGENTS = 8


class Program:
    """One column per bill and week that it may be paid in, then a week's squared distance from the average week, then
    the sigmas by which the weakest week lies above the buffer.

    A square is kept from below by its tangents, so what HiGHS proves is a true bound, and the gap is told by it.
    """

    def __init__(
        self, weeks: list[CashWeek], bills: list[OpenBill], ways: list[list[Option]], opening: int, buffer: int
    ) -> None:
        from scipy import sparse

        self._sparse, self._ways = sparse, ways
        pairs = [(n, option) for n, found in enumerate(ways) for option in found]
        self._bill = np.array([n for n, _ in pairs])
        self._week = np.array([option.week for _, option in pairs])
        self.options = [option for _, option in pairs]
        self.columns, self.weeks = len(pairs), len(weeks)
        owed = np.array([float(bill.amount_minor) for bill in bills])
        net = np.array([float(week.net_minor) for week in weeks])
        self._far = net - (net.sum() - owed.sum()) / self.weeks
        unit = max(float(np.abs(self._far).max()), float(owed.sum())) / LARGEST or 1.0
        self._far /= unit
        self._flow = sparse.csr_matrix(
            (owed[self._bill] / unit, (self._week, np.arange(self.columns))), shape=(self.weeks, self.columns)
        )
        each, none = sparse.identity(self.columns, format="csr"), sparse.csr_matrix((self.weeks, self.weeks))
        one_each = sparse.csr_matrix((np.ones(self.columns), (self._bill, np.arange(self.columns))), dtype=float)
        room = (opening + np.cumsum(net) - buffer) / unit
        spread = np.array([max(week.spread_minor, 1) / unit for week in weeks])
        paid = sparse.csr_matrix(np.tril(np.ones((self.weeks, self.weeks)))) @ self._flow @ each
        whole = sparse.hstack([one_each, sparse.csr_matrix((len(bills), self.weeks + 1))])
        self._above = (sparse.hstack([paid, none, spread[:, None]]), np.full(self.weeks, -np.inf), room)
        self._rows: list[tuple[Any, Vector, Vector]] = [(whole, np.ones(len(bills)), np.ones(len(bills))), self._above]
        for share in np.linspace(-1.0, 1.0, 2 * TANGENTS + 1):
            self.touch(np.full(self.weeks, share * LARGEST))

    def aim(self, options: Vector | None = None, *, squares: float = 0.0, sigmas: float = 0.0) -> Vector:
        """A line of coefficients over every column."""
        return np.concatenate(
            [np.zeros(self.columns) if options is None else options, np.full(self.weeks, squares), [sigmas]]
        )

    def touch(self, at: Vector) -> None:
        """A tangent of each week's square at the given distances: square + 2·at·paid ≥ 2·at·(net − average) − at²."""
        slope = self._sparse.diags(2 * at) @ self._flow
        rows = self._sparse.hstack([slope, self._sparse.identity(self.weeks), self._sparse.csr_matrix((self.weeks, 1))])
        self._rows.append((rows, 2 * at * self._far - at**2, np.full(self.weeks, np.inf)))

    def distances(self, answer: Vector) -> Vector:
        """How far each week of an answer truly lies from the average."""
        return np.asarray(self._far - self._flow @ np.round(answer[: self.columns]), dtype=float)

    def hold(self, line: Vector, at_most: float) -> None:
        """What an aim reached becomes a constraint of the next."""
        self._rows.append((self._sparse.csr_matrix(line[None, :]), np.array([-np.inf]), np.array([at_most])))

    def forget_the_buffer(self) -> None:
        """No choice of days comes near the buffer, so its rows would only cost time."""
        self._rows = [rows for rows in self._rows if rows is not self._above]

    def best(self, line: Vector, gap: float) -> Any:
        """HiGHS's answer to one aim."""
        from scipy.optimize import Bounds, LinearConstraint, milp

        low, high = np.zeros(self.columns + self.weeks + 1), np.ones(self.columns + self.weeks + 1)
        high[self.columns :], low[-1], high[-1] = np.inf, -np.inf, SIGMAS_SAFE
        whole = np.concatenate([np.ones(self.columns), np.zeros(self.weeks + 1)])
        rows = self._sparse.vstack([rows for rows, _, _ in self._rows], format="csr")
        least, most = (np.concatenate([told[side] for told in self._rows]) for side in (1, 2))
        return milp(
            line,
            integrality=whole,
            bounds=Bounds(low, high),
            constraints=LinearConstraint(rows, least, most),
            options={"mip_rel_gap": gap, "time_limit": SECONDS_MAX},
        )

    def chosen(self, answer: Vector) -> list[Option]:
        """The option that the answer takes for each bill."""
        taken = {int(self._bill[k]): self.options[k] for k in np.flatnonzero(answer[: self.columns] > 0.5)}
        return [taken[n] for n in range(len(self._ways))]

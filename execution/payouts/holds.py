"""Earmarked cash. Taking it is one conditional statement on the account; ending it is one more row, once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import sqlalchemy as sa

from execution.domain.facts import BalanceFacts
from execution.errors import Conflict
from execution.payouts.rows import Row, today_of
from execution.store import insert_if_absent
from execution.store import tables as t

_A = t.account_cash.c


def refresh_account(
    cx: sa.Connection, row: Row, balance: BalanceFacts, *, buffer_minor: int, foreign_minor: int
) -> None:
    """Keep what the bank said. Holds stay as they are: a lower balance stops new ones, it voids none."""
    if balance.available_minor is None or balance.currency_code is None:
        return
    values = {
        "available_minor": balance.available_minor,
        "buffer_minor": buffer_minor,
        "foreign_minor": foreign_minor,
        "currency_code": balance.currency_code,
        "as_of_at": balance.as_of,
    }
    # An answer that was overtaken by a younger one is dropped.
    mine = _account_is(row)
    refresh = sa.update(t.account_cash).where(mine, _A.as_of_at <= balance.as_of).values(**values)
    if cx.execute(refresh).rowcount == 0:
        key = {name: row[name] for name in ("advisor_id", "client_id", "account_id_plaid")}
        # Several may be the account's first at once: one row stands, and the youngest answer in it.
        if not insert_if_absent(cx, t.account_cash, **key, held_minor=0, **values):
            cx.execute(refresh)


def _account_is(row: Row) -> sa.ColumnElement[bool]:
    return sa.and_(
        _A.advisor_id == row["advisor_id"],
        _A.client_id == row["client_id"],
        _A.account_id_plaid == row["account_id_plaid"],
    )


def take(cx: sa.Connection, row: Row, *, now: datetime, cutoff: datetime) -> bool:
    """Earmark the payout's amount: one statement, whose row count is the answer. False: the cash is not there."""
    amount = row["amount_minor"]
    done = cx.execute(
        sa.update(t.account_cash)
        .where(
            _account_is(row),
            _A.currency_code == row["currency_code"],
            _A.available_minor - _A.buffer_minor - _A.foreign_minor - _A.held_minor - amount >= 0,
            _A.as_of_at >= cutoff,
        )
        .values(held_minor=_A.held_minor + amount)
    )
    if done.rowcount != 1:
        return False
    _insert_hold(cx, row, now)
    return True


def cover(cx: sa.Connection, row: Row, balance: BalanceFacts, now: datetime) -> None:
    """Earmark for a bill that stands at the rail already, whether or not the cash is there: it will be debited."""
    if cx.execute(sa.select(_A.held_minor).where(_account_is(row))).first() is None:
        known = replace(balance, available_minor=balance.available_minor or 0,
                        currency_code=balance.currency_code or row["currency_code"])  # fmt: skip
        refresh_account(cx, row, known, buffer_minor=0, foreign_minor=0)
    cx.execute(sa.update(t.account_cash).where(_account_is(row)).values(held_minor=_A.held_minor + row["amount_minor"]))
    _insert_hold(cx, row, now)


def _insert_hold(cx: sa.Connection, row: Row, now: datetime) -> None:
    h = t.hold
    last: int = cx.execute(
        sa.select(sa.func.coalesce(sa.func.max(h.c.attempt), 0)).where(
            h.c.advisor_id == row["advisor_id"], h.c.client_id == row["client_id"], h.c.payout_id == row["payout_id"]
        )
    ).scalar_one()
    cx.execute(
        sa.insert(h).values(
            advisor_id=row["advisor_id"],
            client_id=row["client_id"],
            payout_id=row["payout_id"],
            attempt=last + 1,
            account_id_plaid=row["account_id_plaid"],
            amount_minor=row["amount_minor"],
            held_at=now,
        )  # fmt: skip
    )


_H, _E, _U = t.hold, t.hold_end, t.limit_use.c
_KEY = ("advisor_id", "client_id", "payout_id")
_ENDED = sa.and_(*[_H.c[name] == _E.c[name] for name in (*_KEY, "attempt")])
_LIVE = (
    sa.select(_H)
    .select_from(_H.outerjoin(_E, _ENDED))
    .where(*[_H.c[name] == sa.bindparam(name) for name in _KEY], _E.c.attempt.is_(None))
)
_LIMIT = ("advisor_id", "client_id", "scope", "key", "window_start")
# A window's counter goes up only as far as its limit: the row count is the answer.
_USE = (
    sa.update(t.limit_use)
    .where(
        *[_U[name] == sa.bindparam(f"of_{name}") for name in _LIMIT],
        _U.used_minor + sa.bindparam("amount", type_=sa.BigInteger) <= sa.bindparam("most", type_=sa.BigInteger),
    )
    .values(used_minor=_U.used_minor + sa.bindparam("amount", type_=sa.BigInteger))
)


def live_hold(cx: sa.Connection, row: Row) -> Row | None:
    """The hold of a payout that has not ended."""
    found = cx.execute(_LIVE, {name: row[name] for name in _KEY}).mappings().first()
    return dict(found) if found else None


def end(cx: sa.Connection, row: Row, *, kind: str, now: datetime, posting_id: str | None = None) -> bool:
    """End the payout's hold as `consumed` or `voided`; False when it has none. A second end fails on its key."""
    hold = live_hold(cx, row)
    if hold is None:
        return False
    account = {**row, "account_id_plaid": hold["account_id_plaid"]}
    done = cx.execute(
        sa.update(t.account_cash)
        .where(_account_is(account), _A.held_minor >= hold["amount_minor"])
        .values(held_minor=_A.held_minor - hold["amount_minor"])
    )
    if done.rowcount != 1:
        raise Conflict(f"Earmarked cash of account {hold['account_id_plaid']} does not add up; stop and look at it")
    cx.execute(
        sa.insert(t.hold_end).values(
            advisor_id=row["advisor_id"],
            client_id=row["client_id"],
            payout_id=row["payout_id"],
            attempt=hold["attempt"],
            kind=kind,
            posting_id_plaid=posting_id,
            ended_at=now,
        )  # fmt: skip
    )
    if kind == "voided":
        _give_back_limits(cx, row, hold)
    return True


def debits_proven(cx: sa.Connection, row: Row) -> int:
    """How many of the client's holds have ended on a debit at the bank; it only ever grows."""
    e = t.hold_end.c
    query = sa.select(sa.func.count()).where(
        e.advisor_id == row["advisor_id"], e.client_id == row["client_id"], e.kind == "consumed"
    )
    return int(cx.execute(query).scalar_one())


def _give_back_limits(cx: sa.Connection, row: Row, hold: Row) -> None:
    """What was never paid uses up no limit: the counters of the day on which the hold was taken go down again."""
    zone = sa.select(t.client.c.time_zone).where(
        t.client.c.advisor_id == row["advisor_id"], t.client.c.client_id == row["client_id"]
    )
    day = today_of({"time_zone": cx.execute(zone).scalar_one()}, hold["held_at"])
    u = t.limit_use.c
    for scope, key in limit_keys(row):
        cx.execute(
            sa.update(t.limit_use)
            .where(
                u.advisor_id == row["advisor_id"], u.client_id == row["client_id"], u.scope == scope, u.key == key,
                u.window_start == day, u.used_minor >= hold["amount_minor"],
            )
            .values(used_minor=u.used_minor - hold["amount_minor"])
        )  # fmt: skip


def limit_keys(row: Row) -> list[tuple[str, str]]:
    """(scope, key) of the daily counters that a payout uses up."""
    return [("client_day", row["client_id"]), ("vendor_day", row["vendor_id_ramp"])]


def held_minor(cx: sa.Connection, advisor_id: str, client_id: str, account_id: str) -> int:
    """Sum of live holds on an account, counted from the holds themselves."""
    h, e = t.hold, t.hold_end
    joined = sa.and_(
        h.c.advisor_id == e.c.advisor_id, h.c.client_id == e.c.client_id,
        h.c.payout_id == e.c.payout_id, h.c.attempt == e.c.attempt,
    )  # fmt: skip
    query = (
        sa.select(sa.func.coalesce(sa.func.sum(h.c.amount_minor), 0))
        .select_from(h.outerjoin(e, joined))
        .where(
            h.c.advisor_id == advisor_id,
            h.c.client_id == client_id,
            h.c.account_id_plaid == account_id,
            e.c.attempt.is_(None),
        )  # fmt: skip
    )
    return int(cx.execute(query).scalar_one())


def use_limit(cx: sa.Connection, row: Row, *, scope: str, key: str, day: date, limit_minor: int) -> bool:
    """Count the amount against a window's limit; False when it would go above."""
    mine = {"advisor_id": row["advisor_id"], "client_id": row["client_id"], "scope": scope, "key": key,
            "window_start": day}  # fmt: skip
    values = {f"of_{name}": value for name, value in mine.items()}
    values |= {"amount": row["amount_minor"], "most": limit_minor}
    if cx.execute(_USE, values).rowcount == 1:
        return True
    # Over the limit, or the day's first: two who come first at once agree on one row.
    insert_if_absent(cx, t.limit_use, **mine, used_minor=0)
    return cx.execute(_USE, values).rowcount == 1

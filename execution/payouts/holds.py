"""Earmarked cash. Taking it is one conditional statement on the account; ending it is one more row, once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import sqlalchemy as sa

from execution.domain.facts import BalanceFacts
from execution.errors import Conflict
from execution.payouts.rows import Row, today_of
from execution.store import insert_if_absent, key_of, keyed
from execution.store import tables as t

_A, _H, _E, _U = t.account_cash.c, t.hold, t.hold_end, t.limit_use.c
_KEY = ("advisor_id", "client_id", "payout_id")
_ACCOUNT = ("advisor_id", "client_id", "account_id_plaid")
_AMOUNT: sa.BindParameter[int] = sa.bindparam("amount", type_=sa.BigInteger)

# An answer that was overtaken by a younger one is dropped.
_REFRESH = sa.update(t.account_cash).where(
    *keyed(t.account_cash, *_ACCOUNT), _A.as_of_at <= sa.bindparam("answered_at")
)
_HELD = sa.select(_A.held_minor).where(*keyed(t.account_cash, *_ACCOUNT))
_COVER = sa.update(t.account_cash).where(*keyed(t.account_cash, *_ACCOUNT)).values(held_minor=_A.held_minor + _AMOUNT)
_TAKE = _COVER.where(
    _A.currency_code == sa.bindparam("currency"),
    _A.available_minor - _A.buffer_minor - _A.foreign_minor - _A.held_minor - _AMOUNT >= 0,
    _A.as_of_at >= sa.bindparam("cutoff"),
)
_GIVE_BACK = (
    sa.update(t.account_cash)
    .where(*keyed(t.account_cash, *_ACCOUNT), _A.held_minor >= _AMOUNT)
    .values(held_minor=_A.held_minor - _AMOUNT)
)
_HELD_AS = ("advisor_id", "client_id", "payout_id", "account_id_plaid", "amount_minor", "held_at")
# A hold is the payout's next: numbered in the statement that writes it.
_INSERT_HOLD = sa.insert(_H).from_select(
    ["attempt", *_HELD_AS],
    sa.select(
        sa.func.coalesce(sa.func.max(_H.c.attempt), 0) + 1,
        *[sa.bindparam(f"of_{name}", type_=_H.c[name].type) for name in _HELD_AS],
    ).where(*keyed(_H, *_KEY)),
)
_INSERT_END = sa.insert(_E)
_PROVEN = (
    sa.select(sa.func.count()).select_from(_E).where(*keyed(_E, "advisor_id", "client_id"), _E.c.kind == "consumed")
)
_ENDED = sa.and_(*[_H.c[name] == _E.c[name] for name in (*_KEY, "attempt")])
_LIVE = sa.select(_H).select_from(_H.outerjoin(_E, _ENDED)).where(*keyed(_H, *_KEY), _E.c.attempt.is_(None))
_LIMIT = ("advisor_id", "client_id", "scope", "key", "window_start")
# A window's counter goes up only as far as its limit: the row count is the answer.
_USE = (
    sa.update(t.limit_use)
    .where(*keyed(t.limit_use, *_LIMIT), _U.used_minor + _AMOUNT <= sa.bindparam("most", type_=sa.BigInteger))
    .values(used_minor=_U.used_minor + _AMOUNT)
)


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
    refresh = {**key_of(row, *_ACCOUNT), "answered_at": balance.as_of, **values}
    if cx.execute(_REFRESH, refresh).rowcount == 0:
        key = {name: row[name] for name in _ACCOUNT}
        # Several may be the account's first at once: one row stands, and the youngest answer in it.
        if not insert_if_absent(cx, t.account_cash, **key, held_minor=0, **values):
            cx.execute(_REFRESH, refresh)


def take(cx: sa.Connection, row: Row, *, now: datetime, cutoff: datetime) -> bool:
    """Earmark the payout's amount: one statement, whose row count is the answer. False: the cash is not there."""
    asked = {"amount": row["amount_minor"], "currency": row["currency_code"], "cutoff": cutoff}
    if cx.execute(_TAKE, {**key_of(row, *_ACCOUNT), **asked}).rowcount != 1:
        return False
    _insert_hold(cx, row, now)
    return True


def cover(cx: sa.Connection, row: Row, balance: BalanceFacts, now: datetime) -> None:
    """Earmark for a bill that stands at the rail already, whether or not the cash is there: it will be debited."""
    account = key_of(row, *_ACCOUNT)
    if cx.execute(_HELD, account).first() is None:
        known = replace(balance, available_minor=balance.available_minor or 0,
                        currency_code=balance.currency_code or row["currency_code"])  # fmt: skip
        refresh_account(cx, row, known, buffer_minor=0, foreign_minor=0)
    cx.execute(_COVER, {**account, "amount": row["amount_minor"]})
    _insert_hold(cx, row, now)


def _insert_hold(cx: sa.Connection, row: Row, now: datetime) -> None:
    kept = key_of(row, *_KEY, "account_id_plaid", "amount_minor")
    cx.execute(_INSERT_HOLD, {**kept, "of_held_at": now})


def live_hold(cx: sa.Connection, row: Row) -> Row | None:
    """The hold of a payout that has not ended."""
    found = cx.execute(_LIVE, key_of(row, *_KEY)).mappings().first()
    return dict(found) if found else None


def end(cx: sa.Connection, row: Row, *, kind: str, now: datetime, posting_id: str | None = None) -> bool:
    """End the payout's hold as `consumed` or `voided`; False when it has none. A second end fails on its key."""
    hold = live_hold(cx, row)
    if hold is None:
        return False
    if cx.execute(_GIVE_BACK, {**key_of(hold, *_ACCOUNT), "amount": hold["amount_minor"]}).rowcount != 1:
        raise Conflict(f"Earmarked cash of account {hold['account_id_plaid']} does not add up; stop and look at it")
    ended = {name: hold[name] for name in (*_KEY, "attempt")}
    cx.execute(_INSERT_END, {**ended, "kind": kind, "posting_id_plaid": posting_id, "ended_at": now})
    if kind == "voided":
        _give_back_limits(cx, row, hold)
    return True


def debits_proven(cx: sa.Connection, row: Row) -> int:
    """How many of the client's holds have ended on a debit at the bank; it only ever grows."""
    return int(cx.execute(_PROVEN, key_of(row, "advisor_id", "client_id")).scalar_one())


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
    query = (
        sa.select(sa.func.coalesce(sa.func.sum(_H.c.amount_minor), 0))
        .select_from(_H.outerjoin(_E, _ENDED))
        .where(
            _H.c.advisor_id == advisor_id,
            _H.c.client_id == client_id,
            _H.c.account_id_plaid == account_id,
            _E.c.attempt.is_(None),
        )  # fmt: skip
    )
    return int(cx.execute(query).scalar_one())


def use_limit(cx: sa.Connection, row: Row, *, scope: str, key: str, day: date, limit_minor: int) -> bool:
    """Count the amount against a window's limit; False when it would go above."""
    mine = {"advisor_id": row["advisor_id"], "client_id": row["client_id"], "scope": scope, "key": key,
            "window_start": day}  # fmt: skip
    values = {**key_of(mine, *_LIMIT), "amount": row["amount_minor"], "most": limit_minor}
    if cx.execute(_USE, values).rowcount == 1:
        return True
    # Over the limit, or the day's first: two who come first at once agree on one row.
    insert_if_absent(cx, t.limit_use, **mine, used_minor=0)
    return cx.execute(_USE, values).rowcount == 1

"""What others would match of the same bank lines and records: pairs of line and record keys, decided per rail."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby

import duckdb
from rapidfuzz import fuzz

Pair = tuple[str, str, str]
Rule = Callable[[duckdb.DuckDBPyConnection], set[Pair]]

KEY = "concat_ws('|', d.rail, d.kind, d.document_id)"
# Equal amount within ten days, in the order in which lines and records come.
NEAR = f"""
select p.client_id, p.posting_id_plaid, {KEY} as document_key, d.rail,
    abs(date_diff('day', d.document_date, p.posted_date)) as days, p.description,
    coalesce(c.counterparty_name, '') as name
from intermediate.int_reconciliation__postings as p
inner join intermediate.int_reconciliation__documents as d using (client_id, amount_minor, currency_code)
left join intermediate.int_counterparties__counterparties as c
    on d.client_id = c.client_id and d.counterparty_id = c.counterparty_id
where days <= 10
order by p.client_id, p.posted_date, p.posting_id_plaid, d.rail, d.document_date, d.document_id
"""
Candidate = tuple[str, str, str, str, int, str, str]


def _candidates(database: duckdb.DuckDBPyConnection) -> list[Candidate]:
    return database.execute(NEAR).fetchall()  # type: ignore[return-value]


def _best(rows: list[Candidate], order: Callable[[Candidate], tuple[float, ...]]) -> set[Pair]:
    found = set()
    for (client, line, _), some in groupby(
        sorted(rows, key=lambda r: (r[0], r[1], r[3])), lambda r: (r[0], r[1], r[3])
    ):
        found.add((client, line, min(some, key=order)[2]))
    return found


def naive(database: duckdb.DuckDBPyConnection) -> set[Pair]:
    """Equal amount, nearest day within ten, any account."""
    return _best(_candidates(database), lambda row: (row[4],))


def library(database: duckdb.DuckDBPyConnection) -> set[Pair]:
    """rapidfuzz: of the records of equal amount the one whose party's name the text holds best."""
    return _best(_candidates(database), lambda row: (-fuzz.token_set_ratio(row[5].upper(), row[6].upper()), row[4]))


def lerian(database: duckdb.DuckDBPyConnection) -> set[Pair]:
    """Amount 40, currency 30, date 20, reference 10; confirmed at 90, first in sort order, each record once."""
    used, found = set[tuple[str, str]](), set[Pair]()
    lines = set[tuple[str, str, str]]()
    for client, line, key, rail, days, _, _ in _candidates(database):
        if days == 0 and (client, key) not in used and (client, line, rail) not in lines:
            used.add((client, key))
            lines.add((client, line, rail))
            found.add((client, line, key))
    return found


def blnk(database: duckdb.DuckDBPyConnection) -> set[Pair]:
    """The first record of equal amount that is named in the text or of the same day; it may be taken again."""
    found: dict[tuple[str, str, str], str] = {}
    for client, line, key, rail, days, text, name in _candidates(database):
        if (name and name.upper() in text.upper()) or days == 0:
            found.setdefault((client, line, rail), key)
    return {(client, line, key) for (client, line, _), key in found.items()}


def formance(database: duckdb.DuckDBPyConnection) -> set[Pair]:
    """Balances only: pairs nothing."""
    return set()


RIVALS: dict[str, Rule] = {
    "naive: equal amount, nearest day": naive,
    "library: rapidfuzz token set, equal amount": library,
    "rival: Lerian, greedy weights": lerian,
    "rival: Blnk, first hit, contains": blnk,
    "rival: Formance, balances only": formance,
}

"""Keeping the chain of custody: the links of a payout are written in the transaction that changes them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from execution.domain.custody import BOTH, Finding, Kept, Link, Sight, ends_chain, on_move
from execution.domain.custody_review import review
from execution.domain.states import ENDED, RETURN_WATCH, State
from execution.payouts.journal import note
from execution.payouts.rows import EXECUTOR, Row
from execution.store import key_of, keyed
from execution.store import tables as t
from execution.store.apart import apart, legible

_C = t.custody_link.c
_KEY = ("advisor_id", "client_id", "payout_id")
_MINE = keyed(t.custody_link, *_KEY)
_LINKS = sa.select(t.custody_link).where(*_MINE)
_DROP = sa.delete(t.custody_link).where(*_MINE, *keyed(t.custody_link, "link"))
_CLOSE_ALL = sa.update(t.custody_link).where(*_MINE, _C.closed_at.is_(None))
_WITH_ANOTHER = (
    *_MINE, _C.link == str(Link.BANK_POSTING), _C.closed_at.is_(None), _C.finding.is_(None),
    _C.owner != sa.bindparam("to_owner"),
)  # fmt: skip
_HAND_ON = sa.update(t.custody_link).where(*_WITH_ANOTHER)
_IS_WITH_ANOTHER = sa.select(_C.owner).where(*_WITH_ANOTHER)
# States whose chain the syncs still have something to say about.
_REVIEWED = [str(state) for state in State if state not in ENDED or state in (State.RETURNED, State.CANCELLED)]


def keep(cx: sa.Connection, row: Row, to: State, now: datetime, inputs: Mapping[str, Any]) -> None:
    """Open, hand on and close the links that a step of the payout touches."""
    if links := [_values(row, kept, now) for kept in on_move(row, to, now, inputs)]:
        cx.execute(_UPSERTS[cx.dialect.name], links)
    if to is State.BLOCKED:
        # It goes back to people before anything was sent: Ramp owes nothing.
        cx.execute(_DROP, {**key_of(row, *_KEY), "of_link": str(Link.RAMP_BILL)})
    if ends_chain(row, to):
        over = {"what": f"the payout is {to}", "reason": row["state_reason"]}
        closed = {"closed_at": now, "evidence_id": f"{to}:{row['payout_id']}", "evidence": over}
        cx.execute(_CLOSE_ALL, {**key_of(row, *_KEY), **closed, **_NOTHING_WRONG})


def is_to_hand_on(cx: sa.Connection, row: Row, owner: str) -> bool:
    """Whether `hand_on` would change anything."""
    return cx.execute(_IS_WITH_ANOTHER, {**key_of(row, *_KEY), "to_owner": owner}).first() is not None


def hand_on(cx: sa.Connection, row: Row, owner: str) -> None:
    """Who moves the payment on by Ramp's word; a finding of a sync keeps its own owner."""
    cx.execute(_HAND_ON, {**key_of(row, *_KEY), "to_owner": owner, "owner": owner})


_NOTHING_WRONG: dict[str, Any] = {"finding": None, "finding_text": "", "next_action": "", "found_at": None}


def links_of(cx: sa.Connection, row: Row) -> dict[Link, Row]:
    """The links that a payout has, in the chain's order."""
    rows = {Link(r["link"]): dict(r) for r in cx.execute(_LINKS, key_of(row, *_KEY)).mappings()}
    return {link: rows[link] for link in Link if link in rows}


def chains_to_review(cx: sa.Connection, advisor_id: str, now: datetime) -> list[tuple[Row, dict[Link, Row]]]:
    """Payouts that a sync may say something new about, with their links: sent, and watched for a return."""
    p, still_open = t.payout.c, t.custody_link.alias("still_open")
    open_chains = sa.select(still_open.c.payout_id).where(
        still_open.c.advisor_id == advisor_id, still_open.c.closed_at.is_(None)
    )
    # An open link is watched for as long as it stays open; a closed chain for the time a return may take.
    watched = sa.and_(
        p.advisor_id == advisor_id,
        p.sent_at.is_not(None),
        p.state.in_(_REVIEWED),
        sa.or_(p.updated_at > now - RETURN_WATCH, p.payout_id.in_(open_chains)),
    )
    # A row that cannot be read is named by the executor's pass, and judged once it was restored.
    rows, _ = apart(cx, sa.select(t.payout).where(watched).order_by(p.payout_id))
    of_payout: dict[str, dict[Link, Row]] = defaultdict(dict)
    on = sa.and_(_C.advisor_id == p.advisor_id, _C.client_id == p.client_id, _C.payout_id == p.payout_id)
    for link in cx.execute(sa.select(t.custody_link).join(t.payout, on).where(watched)).mappings():
        of_payout[link["payout_id"]][Link(link["link"])] = dict(link)
    return [(row, of_payout[row["payout_id"]]) for row in rows]


def changed(row: Row, links: Mapping[Link, Row], sight: Sight, now: datetime) -> list[Kept]:
    """The links that stand otherwise after this sync than they are kept."""
    return [kept for kept in review(row, links, sight, now) if not _is_same(kept, links[kept.link])]


def take_over(cx: sa.Connection, row: Row, sight: Sight, snapshot_id: str, now: datetime) -> list[Kept]:
    """Write down what a sync shows of a locked payout: links closed, broken and mended, each with its audit event."""
    links = links_of(cx, row)
    found = changed(row, links, sight, now)
    for kept in found:
        stored = links[kept.link]
        cx.execute(_UPSERTS[cx.dialect.name], _values(row, kept, now, snapshot_id, stored))
        if told := _told(kept, stored):
            inputs = {"link": str(kept.link), "owner": kept.owner, "snapshot_id": snapshot_id,
                      "evidence_id": kept.evidence_id, "evidence": plain(kept.evidence),
                      "finding": str(kept.finding) if kept.finding else None, "text": kept.text,
                      "next_action": kept.next_action}  # fmt: skip
            note(cx, row, actor=EXECUTOR, now=now, action=told, from_state=row["state"], to_state=row["state"],
                 inputs=inputs)  # fmt: skip
    return found


def name_unreadable(cx: sa.Connection, row: Row, text: str, now: datetime) -> bool:
    """Write onto the chain's last open link that the payout's row cannot be read; False when it says so already."""
    row, links = legible(cx, row), links_of(cx, row)
    still_open = [link for link, stored in links.items() if stored["closed_at"] is None] or [*links]
    if not still_open or links[still_open[-1]]["finding_text"] == text:
        return False
    link = still_open[-1]
    found = {"finding": str(Finding.CONTRADICTS), "finding_text": text, "owner": BOTH, "found_at": now,
             "next_action": "Run `rowcol audit verify`, then restore the row from a backup"}  # fmt: skip
    mine = [_C[name] == row[name] for name in _KEY]
    cx.execute(sa.update(t.custody_link).where(*mine, _C.link == str(link)).values(**found))
    # No step of the payout's story: its state and payload may have been edited as well, and the log stays for good.
    note(cx, row, actor=EXECUTOR, now=now, action="custody.broken", from_state=None, to_state=None,
         inputs={"link": str(link), "owner": BOTH, "finding": found["finding"], "text": text,
                 "next_action": found["next_action"]})  # fmt: skip
    return True


def plain(evidence: Mapping[str, Any]) -> dict[str, Any]:
    """Evidence as the audit log can hold it: a score as text, because its canonical form has no fractions."""
    return {name: f"{value:.3f}" if isinstance(value, float) else value for name, value in evidence.items()}


def _told(kept: Kept, stored: Row) -> str | None:
    """The audit event of a changed link; a new due date alone is none."""
    if kept.finding is not None and (str(kept.finding), kept.text) != (stored["finding"], stored["finding_text"]):
        return "custody.broken"
    if kept.evidence_id is not None and stored["closed_at"] is None:
        return "custody.closed"
    return "custody.mended" if kept.finding is None and stored["finding"] else None


def _is_same(kept: Kept, stored: Row) -> bool:
    now = (kept.owner, kept.due_at, kept.evidence_id, str(kept.finding or ""), kept.text, kept.next_action)
    was = (stored["owner"], stored["due_at"], stored["evidence_id"], stored["finding"] or "", stored["finding_text"],
           stored["next_action"])  # fmt: skip
    return now == was


def _values(row: Row, kept: Kept, now: datetime, snapshot_id: str = "", stored: Row | None = None) -> dict[str, Any]:
    is_closed = kept.evidence_id is not None
    was_closed_at = stored["closed_at"] if stored and stored["evidence_id"] == kept.evidence_id else None
    is_known = stored is not None and stored["finding"] == kept.finding
    return {
        **{name: row[name] for name in _KEY}, "link": str(kept.link), "opened_at": now,
        "owner": kept.owner, "due_at": kept.due_at, "closed_at": (was_closed_at or now) if is_closed else None,
        "evidence_id": kept.evidence_id, "evidence": json.loads(json.dumps(dict(kept.evidence), default=str)),
        "finding": str(kept.finding) if kept.finding else None, "finding_text": kept.text,
        "next_action": kept.next_action,
        "found_at": None if kept.finding is None else (stored["found_at"] if stored and is_known else now),
        "snapshot_id": snapshot_id,
    }  # fmt: skip


def _upsert(insert: Any) -> Any:
    """Insert a link or write over it; when it was opened stays. Built once: every step of a payout writes links."""
    new = insert(t.custody_link)
    kept = {column.name: new.excluded[column.name] for column in t.custody_link.c if column.name not in _AS_OPENED}
    return new.on_conflict_do_update(index_elements=[*_KEY, "link"], set_=kept)


_AS_OPENED = frozenset({*_KEY, "link", "opened_at"})
_UPSERTS = {"postgresql": _upsert(postgresql.insert), "sqlite": _upsert(sqlite.insert)}


def as_shown(links: Sequence[Row]) -> list[dict[str, Any]]:
    """Links as people are shown them: plain values in the chain's order."""
    places = [str(link) for link in Link]
    return [dict(link) for link in sorted(links, key=lambda link: places.index(link["link"]))]

"""Acts that two people complete: to pay again what came back, and to say how a payout that does not match ended.

The first asks, a second and different one agrees to the very same; one of the two is an advisor or a firm admin, and
neither prepared the payout. A request that nobody agrees to lapses.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from execution.audit import Actor
from execution.domain.bands import SECOND_SIGNERS
from execution.domain.rail import is_rehearsal
from execution.domain.states import ENDED, State
from execution.errors import Conflict, Invalid, Refused
from execution.payouts.rows import Row
from execution.payouts.transitions import amend, move
from execution.people.principal import Principal
from execution.store import tables as t

REISSUE, CLOSE = "reissue", "close"
ASKED_FOR = timedelta(hours=72)
CLOSES_AS = (State.SETTLED, State.RETURNED, State.CANCELLED)
_SAID = {REISSUE: "pay it again", CLOSE: "close it"}


def stood_at_rail(row: Row) -> bool:
    """Whether Ramp ever held a bill or draft of ours for this payout, or money of it came back."""
    has_draft = bool(row["rail_draft_id"]) and not is_rehearsal(row["rail_draft_id"])
    return row["state"] == State.RETURNED or bool(row["rail_bill_id"]) or has_draft


def may_be_paid_again(cx: sa.Connection, row: Row) -> bool:
    """Whether an ended payout's bill may be proposed anew: nothing ever stood at Ramp, or two people agreed."""
    last = last_act(cx, row, REISSUE)
    return not stood_at_rail(row) or (last is not None and last["agreed_by"] is not None)


def last_act(cx: sa.Connection, row: Row, kind: str) -> Row | None:
    """The newest act of a kind on a payout."""
    j = t.joint_act
    mine = [j.c[name] == row[name] for name in ("advisor_id", "client_id", "payout_id")]
    query = sa.select(j).where(*mine, j.c.kind == kind).order_by(j.c.position.desc()).limit(1)
    found = cx.execute(query).mappings().first()
    return dict(found) if found else None


def acts_of(cx: sa.Connection, row: Row) -> list[dict[str, Any]]:
    """Every act of two people on a payout, oldest first."""
    j = t.joint_act
    mine = [j.c[name] == row[name] for name in ("advisor_id", "client_id", "payout_id")]
    names = [c for c in j.c if c.name not in ("advisor_id", "client_id", "payout_id", "position")]
    return [dict(r) for r in cx.execute(sa.select(*names).where(*mine).order_by(j.c.asked_at)).mappings()]


def is_waiting(act: Row | None, now: datetime) -> bool:
    """Whether an act was asked for and still waits for a second person."""
    return act is not None and act["agreed_by"] is None and now - act["asked_at"] <= ASKED_FOR


def reissue(cx: sa.Connection, row: Row, person: Principal, *, reason: str, now: datetime, actor: Actor) -> Row:
    """Ask, or agree, that the bill of a payout that came back is paid again. Its next proposal is a new generation."""
    name = row["payout_id"][:8]
    if State(row["state"]) not in ENDED:
        raise Conflict(f"Payout {name} is {row['state']}; only one that came back or was declined can be paid again")
    if not stood_at_rail(row):
        raise Conflict(f"Payout {name} never stood at Ramp; propose bill {row['source_bill_id']} again, alone")
    last = last_act(cx, row, REISSUE)
    if last is not None and last["agreed_by"] is not None:
        return row
    agreed = _ask_or_agree(cx, row, person, last, REISSUE, "", "", reason, now)
    return amend(cx, row, actor=actor, now=now, action=f"payout.reissue_{'agreed' if agreed else 'asked'}",
                 inputs={"reason": reason.strip(), "asked_by": last["asked_by"] if agreed and last else
                         person.person_id})  # fmt: skip


def close(
    cx: sa.Connection, row: Row, person: Principal, *, outcome: str, evidence: str, reason: str, now: datetime,
    actor: Actor,
) -> Row:  # fmt: skip
    """Ask, or agree, that a mismatched payout ended as settled, returned or cancelled, on evidence.

    The evidence of `settled` is the bank line's posting id, which proves no other payout. The hold ends as the
    outcome says, in the transaction in which the second person agrees.
    """
    name = row["payout_id"][:8]
    if outcome not in CLOSES_AS:
        raise Invalid(f"outcome: {outcome[:40]!r} is none; give settled, returned or cancelled")
    if not evidence.strip():
        raise Invalid("evidence: name what shows it, for settled the posting id of the bank line")
    if row["state"] != State.MISMATCHED:
        raise Conflict(f"Payout {name} is {row['state']}; only a mismatched one is closed by two people")
    if outcome == State.SETTLED and (other := _proved_by(cx, row, evidence.strip())):
        raise Refused(f"Bank line {evidence.strip()[:60]} proves payout {other[:8]} already; name another one")
    last = last_act(cx, row, CLOSE)
    agreed = _ask_or_agree(cx, row, person, last, CLOSE, outcome, evidence.strip(), reason, now)
    told = {"outcome": outcome, "evidence": evidence.strip(), "reason": reason.strip()}
    if not agreed or last is None:
        return amend(cx, row, actor=actor, now=now, action="payout.close_asked", inputs=told)
    posting = {"posting_id_plaid": evidence.strip(), "settled_at": now} if outcome == State.SETTLED else {}
    return move(cx, row, State(outcome), actor=actor, now=now, action="payout.closed",
                reason=f"Closed as {outcome} by {last['asked_name']} and {person.name}: {reason.strip()}",
                inputs={**told, "asked_by": last["asked_by"], "agreed_by": person.person_id}, **posting)  # fmt: skip


def _ask_or_agree(
    cx: sa.Connection, row: Row, person: Principal, last: Row | None, kind: str, outcome: str, evidence: str,
    reason: str, now: datetime,
) -> bool:  # fmt: skip
    """True when this person is the second and the act is done; False when it was asked for, or asked for anew."""
    name, act = row["payout_id"][:8], _SAID[kind]
    if not reason.strip():
        raise Invalid(f"reason: write why you want to {act} (payout {name}); it is kept with it")
    if person.person_id == row["preparer_id"]:
        raise Refused(f"Whoever prepared payout {name} does not decide to {act}. Ask two colleagues")
    j = t.joint_act
    key = {n: row[n] for n in ("advisor_id", "client_id", "payout_id")} | {"kind": kind}
    if last is not None and is_waiting(last, now) and last["asked_by"] != person.person_id:
        if (last["outcome"], last["evidence"]) != (outcome, evidence):
            raise Conflict(
                f"{last['asked_name']} asked to close payout {name} as {last['outcome']} on {last['evidence'][:60]}; "
                "agree to that, or agree with them on something else"
            )
        if not {last["asked_role"], person.role} & SECOND_SIGNERS:
            raise Refused(f"One of the two who {act} (payout {name}) must be an advisor or a firm admin")
        mine = [j.c[n] == value for n, value in key.items()]
        cx.execute(
            sa.update(j)
            .where(*mine, j.c.position == last["position"])
            .values(agreed_by=person.person_id, agreed_role=person.role, agreed_at=now)
        )
        return True
    cx.execute(sa.insert(j).values(
        **key, position=last["position"] + 1 if last else 1, outcome=outcome, evidence=evidence,
        reason=reason.strip(), asked_by=person.person_id, asked_name=person.name, asked_role=person.role,
        asked_at=now,
    ))  # fmt: skip
    return False


def _proved_by(cx: sa.Connection, row: Row, posting_id: str) -> str | None:
    """The other payout that a bank line proves already."""
    p = t.payout.c
    query = sa.select(p.payout_id).where(
        p.advisor_id == row["advisor_id"], p.client_id == row["client_id"], p.posting_id_plaid == posting_id,
        p.payout_id != row["payout_id"],
    )  # fmt: skip
    found: str | None = cx.execute(query).scalars().first()
    return found

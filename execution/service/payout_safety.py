"""What people record when something is not as usual: a call-back, silence, money that came back, a mismatch, a freeze.

Most of it takes two people. Every act takes `once`, the key of the form or request under which it is done once.
"""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from execution.audit import Actor, append
from execution.domain.bands import SECOND_SIGNERS
from execution.domain.states import State
from execution.errors import Conflict, Invalid, Refused
from execution.payouts import joint_acts, views
from execution.payouts.payees import last_seen
from execution.payouts.rows import Row, today_of
from execution.payouts.transitions import amend
from execution.people.permissions import Verb
from execution.people.principal import Principal
from execution.service.declared import asks
from execution.service.desk import Desk
from execution.store import tables as t
from execution.store.metadata import Instant


class Safety(Desk):
    """What people record when something is not as usual."""

    @asks(Verb.VERIFY_PAYEE, "payout")
    def record_call_back(
        self, principal: Principal, client_id: str, vendor_id_ramp: str, *, number_source: str,
        number_known_since: date | None = None, once: str | None = None,
    ) -> None:  # fmt: skip
        """Keep that this person called the vendor on a number known before the request.

        Where the account changed, `number_known_since` must lie before the day on which the change was seen: a number
        that came with the request proves nothing. Raises Invalid or Refused.
        """
        if not number_source.strip():
            raise Invalid(f"Vendor {vendor_id_ramp[:40]}: write where the number came from that you called")
        now = self._clock.now()
        with self._store.begin() as cx:
            client = self._client(cx, principal, client_id, Verb.VERIFY_PAYEE, now)
            told = {"client": client_id, "vendor": vendor_id_ramp, "source": number_source}
            if self._repeats(cx, principal, once, "call_back", **told):
                return
            seen = last_seen(cx, client, vendor_id_ramp)
            if seen is None:
                raise Conflict(f"The executor has not read vendor {vendor_id_ramp} at Ramp yet; try again in a minute")
            _require_known_before(cx, client, seen, number_known_since)
            p, c = t.payee.c, t.payee_change.c
            cx.execute(
                sa.update(t.payee)
                .where(p.advisor_id == client["advisor_id"], p.client_id == client_id,
                       p.vendor_id_ramp == vendor_id_ramp, p.vendor_account_id == seen["vendor_account_id"])
                .values(verified_at=now, verified_by=principal.person_id)
            )  # fmt: skip
            cx.execute(
                sa.update(t.payee_change)
                .where(c.advisor_id == client["advisor_id"], c.client_id == client_id,
                       c.vendor_id_ramp == vendor_id_ramp, c.new_fingerprint == seen["fingerprint"])
                .values(call_back_number_source=number_source.strip(), called_by=principal.person_id,
                        confirmed_by=principal.person_id, released_at=now)
            )  # fmt: skip
            append(cx, advisor_id=client["advisor_id"], client_id=client_id, at=now,
                   actor=Actor.of(principal, principal.via), action="payee.called_back", subject_kind="vendor",
                   subject_id=vendor_id_ramp,
                   inputs={"number_source": number_source.strip(),
                           "number_known_since": number_known_since.isoformat() if number_known_since else None}
                   )  # fmt: skip

    @asks(Verb.UNFREEZE, "payout")
    def unfreeze(self, principal: Principal, client_id: str, reason: str, *, once: str | None = None) -> bool:
        """Let a frozen client send again: the first person asks, a second confirms; True once it is released.

        One of the two is an advisor or a firm admin. Raises Conflict when nothing is frozen, or while a payout of
        the client still is mismatched.
        """
        why = _written(reason, "release the client")
        now = self._clock.now()
        with self._store.begin() as cx:
            client = self._client(cx, principal, client_id, Verb.UNFREEZE, now)
            f = t.client_freeze.c
            live = sa.and_(f.advisor_id == client["advisor_id"], f.client_id == client_id, f.released_at.is_(None))
            frozen = cx.execute(sa.select(t.client_freeze).where(live).with_for_update()).mappings().all()
            if self._repeats(cx, principal, once, "unfreeze", client=client_id, reason=reason):
                return not frozen
            if not frozen:
                raise Conflict(f"Sending for {client['client_name']} is not frozen; there is nothing to release")
            if mismatched := _mismatched(cx, client):
                raise Conflict(
                    f"Payout {mismatched[:8]} does not match what was signed; two people close it, then "
                    f"{client['client_name']} can be released"
                )
            asked = next((row for row in frozen if row["asked_by"] is not None), None)
            is_done = asked is not None and asked["asked_by"] != principal.person_id
            if asked is not None and is_done:
                if not {asked["asked_role"], principal.role} & SECOND_SIGNERS:
                    raise Refused(
                        "One of the two who release a client is an advisor or a firm admin. Ask one of them to agree"
                    )
                cx.execute(
                    sa.update(t.client_freeze).where(live).values(released_by=principal.person_id, released_at=now)
                )
            else:
                cx.execute(
                    sa.update(t.client_freeze)
                    .where(live)
                    .values(asked_by=principal.person_id, asked_role=principal.role, asked_at=now)
                )
            append(cx, advisor_id=client["advisor_id"], client_id=client_id, at=now,
                   actor=Actor.of(principal, principal.via), subject_kind="client", subject_id=client_id,
                   action="client.unfrozen" if is_done else "client.unfreeze_asked", from_state="frozen",
                   to_state="active" if is_done else "frozen",
                   inputs={"reason": why, "frozen_for": [row["reason"] for row in frozen],
                           "asked_by": asked["asked_by"] if asked else principal.person_id})  # fmt: skip
            return is_done

    @asks(Verb.RELEASE, "payout")
    def agree_to_resend(
        self, principal: Principal, payout_id: str, reason: str, *, once: str | None = None
    ) -> views.Payout:
        """Keep that a person looked in Ramp and found no bill of an unconfirmed payout: it may go back to reserved.

        The executor still asks for its own clean looks and the quiet time before anything is sent again.
        """
        why = _written(reason, "agree that Ramp does not hold this payment")
        now = self._clock.now()
        with self._store.begin() as cx:
            row, person = self._payout(cx, principal, payout_id, Verb.RELEASE, now)
            if self._repeats(cx, person, once, "agree_to_resend", payout=payout_id, reason=reason):
                return self._shown(cx, [row])[0]
            if row["state"] != State.UNCONFIRMED:
                raise Conflict(
                    f"Payout {payout_id[:8]} is {row['state']}; only an unconfirmed one needs this, see its next step"
                )
            if person.person_id == row["preparer_id"]:
                raise Refused(f"Payout {payout_id[:8]}: its preparer may not agree to send it again. Ask a colleague")
            after = amend(cx, row, actor=Actor.of(person, person.via), now=now, action="payout.resend_agreed",
                          inputs={"reason": why}, resend_agreed_by=person.person_id, resend_agreed_at=now)  # fmt: skip
            return self._shown(cx, [after])[0]

    @asks(Verb.REISSUE, "payout")
    def reissue(self, principal: Principal, payout_id: str, reason: str, *, once: str | None = None) -> views.Payout:
        """Ask, or as the second person agree, that the bill of a payout that came back is paid again.

        Nothing is sent by this: the bill may then be proposed, approved and released like any other.
        """
        now = self._clock.now()
        with self._store.begin() as cx:
            row, person = self._payout(cx, principal, payout_id, Verb.REISSUE, now)
            if not self._repeats(cx, person, once, "reissue", payout=payout_id, reason=reason):
                row = joint_acts.reissue(cx, row, person, reason=reason, now=now, actor=Actor.of(person, person.via))
            return self._shown(cx, [row])[0]

    @asks(Verb.CLOSE, "payout")
    def close_mismatched(
        self, principal: Principal, payout_id: str, *, outcome: str, evidence: str, reason: str,
        once: str | None = None,
    ) -> views.Payout:  # fmt: skip
        """Ask, or as the second person agree, how a mismatched payout ended: settled, returned or cancelled."""
        now = self._clock.now()
        with self._store.begin() as cx:
            row, person = self._payout(cx, principal, payout_id, Verb.CLOSE, now)
            told = {"outcome": outcome, "evidence": evidence, "reason": reason}
            if not self._repeats(cx, person, once, "close", payout=payout_id, **told):
                row = joint_acts.close(cx, row, person, now=now, actor=Actor.of(person, person.via), **told)
            return self._shown(cx, [row])[0]


def _mismatched(cx: sa.Connection, client: Row) -> str | None:
    p = t.payout.c
    query = sa.select(p.payout_id).where(
        p.advisor_id == client["advisor_id"], p.client_id == client["client_id"], p.state == str(State.MISMATCHED)
    )
    found: str | None = cx.execute(query.limit(1)).scalars().first()
    return found


def _written(reason: str, act: str) -> str:
    if not reason.strip():
        raise Invalid(f"Write why you {act}; the reason is kept")
    return reason.strip()


def _require_known_before(cx: sa.Connection, client: Row, seen: Row, known_since: date | None) -> None:
    """Raises unless the number was known before the account changed; without a change nothing is asked."""
    c = t.payee_change.c
    changed_at = cx.execute(
        sa.select(sa.func.max(c.seen_at, type_=Instant())).where(
            c.advisor_id == client["advisor_id"], c.client_id == client["client_id"],
            c.vendor_id_ramp == seen["vendor_id_ramp"], c.new_fingerprint == seen["fingerprint"],
        )
    ).scalar()  # fmt: skip
    if changed_at is None:
        return
    day = today_of(client, changed_at)
    if known_since is None:
        raise Invalid(f"number_known_since: the account changed on {day}; say since when you know this number")
    if known_since >= day:
        raise Refused(
            f"The account changed on {day} and the number is known since {known_since}: it may have come with the "
            "request. Call on a number from a contract or invoice of before"
        )

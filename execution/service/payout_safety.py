"""Acts that only two people together may complete: a call-back, thawing a client, paying again what went silent."""

from __future__ import annotations

import sqlalchemy as sa

from execution.audit import Actor, append
from execution.domain.bands import SECOND_SIGNERS
from execution.domain.states import State
from execution.errors import Conflict, Invalid, Refused
from execution.payouts import views
from execution.payouts.payees import last_seen
from execution.payouts.transitions import amend
from execution.people.permissions import Verb
from execution.people.principal import Principal
from execution.service.declared import asks
from execution.service.desk import Desk, shown
from execution.store import tables as t


class Safety(Desk):
    """What people record when something is not as usual."""

    @asks(Verb.VERIFY_PAYEE, "payout")
    def record_call_back(
        self, principal: Principal, client_id: str, vendor_id_ramp: str, *, number_source: str
    ) -> None:
        """Keep that this person called the vendor on a number known before the request."""
        if not number_source.strip():
            raise Invalid("Write where the number came from that you called")
        now = self._clock.now()
        with self._store.begin() as cx:
            client = self._client(cx, principal, client_id, Verb.VERIFY_PAYEE, now)
            seen = last_seen(cx, client, vendor_id_ramp)
            if seen is None:
                raise Conflict(f"The executor has not read vendor {vendor_id_ramp} at Ramp yet; try again in a minute")
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
                   subject_id=vendor_id_ramp, inputs={"number_source": number_source.strip()})  # fmt: skip

    @asks(Verb.UNFREEZE, "payout")
    def unfreeze(self, principal: Principal, client_id: str, reason: str) -> bool:
        """Let a frozen client send again: the first person asks, a second confirms; True once it is released.

        One of the two is an advisor or a firm admin. Raises Conflict when nothing is frozen.
        """
        why = _written(reason, "release the client")
        now = self._clock.now()
        with self._store.begin() as cx:
            client = self._client(cx, principal, client_id, Verb.UNFREEZE, now)
            f = t.client_freeze.c
            live = sa.and_(f.advisor_id == client["advisor_id"], f.client_id == client_id, f.released_at.is_(None))
            frozen = cx.execute(sa.select(t.client_freeze).where(live).with_for_update()).mappings().all()
            if not frozen:
                raise Conflict(f"Sending for {client['client_name']} is not frozen")
            asked = next((row for row in frozen if row["asked_by"] is not None), None)
            is_done = asked is not None and asked["asked_by"] != principal.person_id
            if asked is not None and is_done:
                if not {asked["asked_role"], principal.role} & SECOND_SIGNERS:
                    raise Refused("One of the two who release a client must be an advisor or a firm admin")
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
    def agree_to_resend(self, principal: Principal, payout_id: str, reason: str) -> views.Payout:
        """Keep that a person looked in Ramp and found no bill of an unconfirmed payout: it may go back to reserved.

        The executor still asks for its own clean looks and the quiet time before anything is sent again.
        """
        why = _written(reason, "agree that Ramp does not hold this payment")
        now = self._clock.now()
        with self._store.begin() as cx:
            row, person = self._payout(cx, principal, payout_id, Verb.RELEASE, now)
            if row["state"] != State.UNCONFIRMED:
                raise Conflict(f"Payout {payout_id[:8]} is {row['state']}; only an unconfirmed payout needs this")
            if person.person_id == row["preparer_id"]:
                raise Refused("The preparer may not agree to send their own payout again. Ask a colleague")
            after = amend(cx, row, actor=Actor.of(person, person.via), now=now, action="payout.resend_agreed",
                          inputs={"reason": why}, resend_agreed_by=person.person_id, resend_agreed_at=now)  # fmt: skip
            return shown(cx, [after])[0]


def _written(reason: str, act: str) -> str:
    if not reason.strip():
        raise Invalid(f"Write why you {act}; the reason is kept")
    return reason.strip()

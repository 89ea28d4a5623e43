"""The firm's feature tier: what it has, and how it becomes another: one firm admin asks, another confirms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from execution.audit import Actor, append
from execution.clock import Clock
from execution.errors import Conflict, Forbidden, Invalid
from execution.people.memberships import ADMINS_WANTED, lasting_admins, take_turn
from execution.people.permissions import Verb
from execution.people.principal import AtMachine, Manager, Principal
from execution.service.declared import Inside, asks, open_to
from execution.service.staff_rules import asking
from execution.store import Store
from execution.tenancy import tier_requests, tiers
from execution.tenancy.tier_requests import TierRequest
from execution.tenancy.tiers import FEATURES, HOW, TIERS, Feature

REASON_MAX = 500


@dataclass(frozen=True, slots=True)
class FeatureView:
    """A feature as a page tells it: what it is, whether the firm has it, and how to get it."""

    name: str
    title: str
    what: str
    how: str
    is_there: bool


@dataclass(frozen=True, slots=True)
class TierView:
    """What the firm has, and the request that waits for a second person."""

    tier: str
    features: tuple[FeatureView, ...]
    waiting: TierRequest | None


class Tiers:
    """Reads are for whoever works here; another tier takes two firm admins, up or down."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock

    @open_to(Inside.FACE)
    def feature(self, tier: str, name: str) -> FeatureView:
        """A feature as a page of a firm with that tier shows it; the calls behind it ask the store themselves."""
        return _view(tier, Feature(name))

    @asks(Verb.SEE, "tier")
    def in_force(self, by: Manager) -> TierView:
        """The firm's tier with every feature. Raises Forbidden."""
        with self._store.read() as connection:
            who = asking(connection, by, Verb.SEE, self._clock.now())
            tier = tier_requests.tier_of(connection, who.advisor_id)
            views = tuple(_view(tier, one) for one in Feature)
            return TierView(tier, views, tier_requests.waiting(connection, who.advisor_id))

    @asks(Verb.SET_TIER, "tier")
    def ask(self, by: Manager, tier: str, reason: str) -> TierView:
        """Puts another tier up for a second firm admin. The operator acts alone while the firm has fewer than two.

        Raises Forbidden, Invalid, Conflict when it is the tier already or a request waits.
        """
        if tier not in TIERS:
            raise Invalid(f"tier: {tier[:80]!r} is none; choose one of {', '.join(TIERS)}")
        if not 1 <= len(reason.strip()) <= REASON_MAX:
            raise Invalid(f"reason: say why in 1 to {REASON_MAX} characters; it is kept in the audit log")
        at = self._clock.now()
        with self._store.begin() as connection:
            take_turn(connection, by.advisor_id)
            who = asking(connection, by, Verb.SET_TIER, at)
            if (now := tier_requests.tier_of(connection, who.advisor_id)) == tier:
                raise Conflict(f"your firm has the tier {tier} already")
            if isinstance(by, AtMachine) and len(lasting_admins(connection, who.advisor_id, at)) < ADMINS_WANTED:
                tier_requests.set_tier(connection, who.advisor_id, tier)
                _write_down(connection, who, at, "firm.tier_changed", now, tier, reason=reason.strip())
            else:
                made = tier_requests.ask(connection, who, tier, reason.strip(), at)
                _write_down(connection, who, at, "firm.tier_requested", now, now, request=made.request_id, tier=tier,
                            reason=made.reason)  # fmt: skip
        return self.in_force(by)

    @asks(Verb.SET_TIER, "tier")
    def confirm(self, by: Manager, tier_request_id: str) -> TierView:
        """The second person's yes: the firm has the tier at once. Raises Forbidden, NotFound, Conflict."""
        at = self._clock.now()
        with self._store.begin() as connection:
            take_turn(connection, by.advisor_id)
            who = asking(connection, by, Verb.SET_TIER, at)
            asked = tier_requests.find(connection, who.advisor_id, tier_request_id)
            if asked.asked_by == who.person_id:
                raise Forbidden("you asked for this tier yourself; another firm admin confirms it")
            admins = lasting_admins(connection, who.advisor_id, at)
            if isinstance(by, AtMachine) and len(admins) >= ADMINS_WANTED:
                raise Forbidden("the firm has two admins or more, so one of them confirms it, not the operator")
            now = tier_requests.tier_of(connection, who.advisor_id)
            tier_requests.end(connection, who.advisor_id, asked, who.person_id, "confirmed", at)
            tier_requests.set_tier(connection, who.advisor_id, asked.tier)
            _write_down(connection, who, at, "firm.tier_changed", now, asked.tier, request=asked.request_id,
                        asked_by=asked.asked_by, reason=asked.reason)  # fmt: skip
        return self.in_force(by)

    @asks(Verb.SET_TIER, "tier")
    def withdraw(self, by: Manager, tier_request_id: str) -> TierView:
        """Drops a request. Raises Forbidden, NotFound."""
        at = self._clock.now()
        with self._store.begin() as connection:
            who = asking(connection, by, Verb.SET_TIER, at)
            asked = tier_requests.find(connection, who.advisor_id, tier_request_id)
            now = tier_requests.tier_of(connection, who.advisor_id)
            tier_requests.end(connection, who.advisor_id, asked, who.person_id, "withdrawn", at)
            _write_down(connection, who, at, "firm.tier_withdrawn", now, now, request=asked.request_id)
        return self.in_force(by)


def _view(tier: str, feature: Feature) -> FeatureView:
    told = FEATURES[feature]
    return FeatureView(feature.value, told.title, told.what, HOW, tiers.has(tier, feature))


def _write_down(
    connection: Connection, who: Principal, at: datetime, action: str, before: str, after: str, **inputs: Any
) -> None:
    append(
        connection, advisor_id=who.advisor_id, at=at, actor=Actor.of(who, who.via), action=action, subject_kind="firm",
        subject_id=who.advisor_id, from_state=before, to_state=after, inputs=inputs,
    )  # fmt: skip

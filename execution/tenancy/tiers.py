"""Feature tiers, in one place: what a firm has beyond the ritual, and what it may ask for.

`basic` is the ritual with every check in it: Hygiene, Decisions, Digest, Portfolio, Outlook, rails, reconciliation,
verification, policies, audit. `smart` adds what is listed here. A tier gates what makes work easier. Guards, holds,
stops, walls, freshness and evidence are in no feature, so no tier can take them away; whatever was begun can always
be stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from execution.errors import NotInTier

BASIC, SMART = "basic", "smart"
TIERS = (BASIC, SMART)


class Feature(StrEnum):
    """What only the smart tier has."""

    SCENARIOS = "scenarios"
    REVISIONS = "revisions"
    BILL_SCHEDULE = "bill_schedule"
    TEMPLATES = "templates"
    BULK = "bulk"
    AGENT = "agent"


@dataclass(frozen=True, slots=True)
class Told:
    """A feature as people read it."""

    title: str
    what: str


FEATURES: Mapping[Feature, Told] = {
    Feature.SCENARIOS: Told(
        "What-if scenarios",
        "Delay a bill, change payroll, lose a customer: named scenarios of the outlook, side by side.",
    ),
    Feature.REVISIONS: Told(
        "Comparisons with an earlier forecast", "What changed in the outlook since, line by line and to the cent."
    ),
    Feature.BILL_SCHEDULE: Told(
        "Days for open bills", "When to pay each bill so that cash stays steadiest, weighed over all of them."
    ),
    Feature.TEMPLATES: Told("Templates", "Bills of a vendor that propose themselves in time for their day."),
    Feature.BULK: Told("Lists", "Proposing, approving and releasing more than one payout in one act."),
    Feature.AGENT: Told("Agents", "Programs that read and propose in a person's name."),
}
HOW = "A firm admin asks for the smart tier on the People page, and a second one confirms it"


def has(tier: str, feature: Feature | None) -> bool:
    """Whether a firm of this tier has a feature; what is in no feature is everybody's. An unknown tier has none."""
    return feature is None or tier == SMART


def require(tier: str, feature: Feature) -> None:
    """Raises NotInTier, saying what the feature is and how to get it."""
    if not has(tier, feature):
        told = FEATURES[feature]
        raise NotInTier(f"{told.title} belong to the smart tier, and your firm has {tier}. {told.what} {HOW}")


@dataclass(frozen=True, slots=True)
class Gate:
    """A feature in front of a call; `when` looks at the call's arguments, None means always."""

    feature: Feature
    when: Callable[[Mapping[str, Any]], bool] | None = None

    def stands(self, given: Mapping[str, Any]) -> bool:
        """Whether this call is one of the feature."""
        return self.when is None or self.when(given)


def several(name: str) -> Callable[[Mapping[str, Any]], bool]:
    """A call whose list under that name has more than one line: one payout at a time is the ritual."""
    return lambda given: len(given.get(name) or ()) > 1


def flagged(name: str) -> Callable[[Mapping[str, Any]], bool]:
    """A call that sets the flag, or gives anything in the list."""
    return lambda given: bool(given.get(name))

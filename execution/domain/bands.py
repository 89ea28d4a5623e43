"""How many people, and which, must sign a payment of a given size."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

SECOND_SIGNERS = frozenset({"advisor", "firm_admin"})
APPROVERS = frozenset({"controller", "advisor", "firm_admin"})


class Band(StrEnum):
    """Size of the week's payments to one vendor, as the rules see it."""

    AUTOMATIC = "automatic"
    ONE_CONTROLLER = "one_controller"
    REVIEW = "review"
    TWO_PEOPLE = "two_people"


@dataclass(frozen=True, slots=True)
class BandLimits:
    """Edges in minor units: automatic up to and with the first; the others begin at their edge."""

    automatic_up_to_minor: int = 100_000
    review_from_minor: int = 500_000
    two_people_from_minor: int = 1_000_000

    def band_of(self, sum_minor: int) -> Band:
        """The band of the sum paid to a vendor within seven days, this payment included."""
        if sum_minor >= self.two_people_from_minor:
            return Band.TWO_PEOPLE
        if sum_minor >= self.review_from_minor:
            return Band.REVIEW
        if sum_minor > self.automatic_up_to_minor:
            return Band.ONE_CONTROLLER
        return Band.AUTOMATIC


def signers_needed(band: Band, *, automatic_allowed: bool) -> int:
    """How many different people must sign."""
    if band is Band.TWO_PEOPLE:
        return 2
    if band is Band.AUTOMATIC and automatic_allowed:
        return 0
    return 1

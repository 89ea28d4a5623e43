"""How many people must sign a payment, and why: the band's rule, and what asks for more than the band."""

from __future__ import annotations

from dataclasses import dataclass

from execution.domain.bands import Band, signers_needed
from execution.domain.facts import Facts
from execution.domain.usual_amount import usual


@dataclass(frozen=True, slots=True)
class Needed:
    """The week's sum to the vendor with this payment (minor units), its band, and how many different people sign."""

    week_minor: int
    band: Band
    people: int
    why_more: str = ""


def is_payee_changed(facts: Facts) -> bool:
    """Whether the vendor's account is another one than the known one."""
    payee = facts.payee
    if payee is None or payee.known_fingerprint is None:
        return False
    return payee.fingerprint != payee.known_fingerprint


def is_payee_known(facts: Facts) -> bool:
    """Whether the vendor was paid before, to the very account that Ramp would pay now."""
    payee = facts.payee
    if payee is None or payee.is_new or payee.fingerprint is None:
        return False
    return payee.fingerprint == payee.known_fingerprint


def is_unusual(facts: Facts) -> bool:
    """Whether the amount lies far above what the vendor was paid before."""
    if facts.payload is None or facts.pace is None:
        return False
    norm = usual(facts.pace.paid_before_minor)
    return norm is not None and facts.payload.amount_minor > norm.ceiling_minor(facts.policy.unusual_amount_times)


def people_needed(facts: Facts) -> Needed | None:
    """None where the week's payments or the payee are not known.

    Nobody's signature is left out for a new or changed payee, the client's first payout, or a silent client; and
    what an agent prepared has only one person's hand on it, so the first payout it prepares takes two.
    """
    if facts.payload is None or facts.limits is None or facts.payee is None:
        return None
    week = facts.limits.vendor_week_minor + facts.payload.amount_minor
    band = facts.policy.bands.band_of(week)
    is_watched = facts.client is not None and facts.client.advisor_mode != "silent"
    is_usual = is_payee_known(facts) and is_watched and not facts.is_first_payout
    least = signers_needed(band, automatic_allowed=facts.policy.automatic_payouts and is_usual)
    if least < 2 and facts.is_first_payout and facts.is_prepared_by_agent:
        return Needed(week, band, 2, "an agent prepared the client's first payout")
    if least < 2 and facts.policy.unusual_amount_two_people and is_unusual(facts):
        return Needed(week, band, 2, "the amount is unusual for this vendor")
    return Needed(week, band, least)

"""A proof of the identity provider: fresh, verified, and good for one session."""

from __future__ import annotations

from typing import Any

import pytest

from app.identity import session
from app.identity.proofs import FRESH_SECONDS, Proof, Proofs

NOW = 1_800_000_000.0


def proof(**claims: Any) -> Proof:
    return Proof.of({"iss": "https://idp.test", "sub": "s", "nonce": "n1", "iat": NOW - 5} | claims)


def test_a_proof_is_taken_once() -> None:
    proofs = Proofs(started_at=NOW - 60)
    assert proofs.take(proof(), NOW)
    assert not proofs.take(proof(), NOW + 1)
    assert not proofs.take(proof(), NOW + FRESH_SECONDS - 6)
    assert proofs.take(proof(nonce="n2"), NOW + 2), "the same person signs in again"
    assert proofs.take(proof(sub="other"), NOW + 2)


@pytest.mark.parametrize("issued_at", [NOW - FRESH_SECONDS - 1, NOW - 61, 0, None])
def test_an_old_proof_or_one_from_before_the_start_is_not_taken(issued_at: float | None) -> None:
    assert not Proofs(started_at=NOW - 60).take(proof(iat=issued_at), NOW)


def test_a_proof_from_a_clock_that_is_ahead_is_not_forgotten_while_it_is_fresh() -> None:
    proofs, ahead = Proofs(started_at=NOW - 60), proof(iat=NOW + 100)
    assert proofs.take(ahead, NOW)
    assert not proofs.take(ahead, NOW + 100 + FRESH_SECONDS)
    assert not proofs.take(ahead, NOW + 100 + FRESH_SECONDS + 2)


def test_why_a_proof_was_refused_is_kept_for_a_reload() -> None:
    proofs = Proofs(started_at=NOW - 60)
    proofs.take(proof(), NOW)
    assert proofs.reason(proof()) is None
    proofs.refuse(proof(), "ask the firm admin")
    assert proofs.reason(proof()) == "ask the firm admin"
    assert proofs.reason(proof(nonce="n2")) is None


@pytest.mark.parametrize(
    ("claim", "verified"),
    [(True, True), ("true", True), (False, False), ("false", False), (None, False), (1, True), ("yes", False)],
)
def test_only_a_clear_yes_verifies_an_address(claim: object, verified: bool) -> None:
    assert proof(email="a@b.example", email_verified=claim).is_email_verified is verified


def test_claims_that_are_missing_prove_nothing() -> None:
    empty = Proof.of({})
    assert (empty.issuer, empty.subject, empty.email, empty.is_email_verified) == ("", "", None, False)
    assert not Proofs(started_at=NOW).take(empty, NOW)


def test_when_the_person_was_asked_counts_over_when_the_token_was_written() -> None:
    assert proof(auth_time=NOW - 9000).proven_at == NOW - 9000
    assert proof().proven_at == NOW - 5


@pytest.mark.parametrize(
    ("secrets", "is_open"),
    [
        ({}, False),
        ({"auth": {}}, False),
        ({"auth": {"cookie_secret": "openssl rand -hex 32"}}, False),
        ({"auth": {"cookie_secret": "9" * 31}}, False),
        ({"auth": {"cookie_secret": "9" * 32}}, True),
    ],
)
def test_a_secret_that_can_be_guessed_keeps_the_sign_in_closed(
    monkeypatch: pytest.MonkeyPatch, secrets: dict[str, Any], is_open: bool
) -> None:
    monkeypatch.setattr(session.st, "secrets", secrets)
    assert session.oidc_is_configured() is is_open

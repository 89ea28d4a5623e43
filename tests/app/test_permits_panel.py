"""The permit panel: asked where a liftable guard refuses, confirmed by another person, and shown to everybody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from html import unescape
from typing import Any

import pytest

from tests.app.conftest import words
from tests.app.small_plane import SmallPlane

Visit = Callable[..., Any]


@pytest.fixture
def blocked(visit: Visit, plane: SmallPlane, monkeypatch: pytest.MonkeyPatch) -> str:
    """A payout that the limits stop."""
    from execution.domain.verdict import refuses

    at = visit("bea", "decisions", client="c03")
    at.multiselect(key="bills_chosen").set_value(["qbo:200"]).run()
    at.button(key="do_propose").click().run()
    [(payout_id, payout)] = plane.payouts.rows.items()
    plane.payouts.rows[payout_id] = replace(payout, state="blocked")
    inner = plane.payouts.get

    def get(principal: Any, wanted: str) -> Any:
        detail = inner(principal, wanted)
        detail.verdicts = [refuses("limits", "Too much today", "Wait")]
        return detail

    monkeypatch.setattr(plane.payouts, "get", get)
    return str(payout_id)


def test_two_people_give_a_permit_and_everybody_sees_it(visit: Visit, plane: SmallPlane, blocked: str) -> None:
    at = visit("carl", "decisions", client="c03")
    at.text_input(key="permit_reason").set_value("The yearly rent is due in one sum").run()
    at.button(key="do_ask_permit").click().run()
    assert plane.permits.asked == [("carl", blocked, "limits", "The yearly rent is due in one sum")]
    assert not [b for b in at.button if b.key == "confirm_pm1"], "nobody confirms their own request"
    at = visit("ada", "decisions", client="c03")
    assert "Carl Osei asks for a permit: Within the client's limits" in unescape(words(at))
    at.button(key="confirm_pm1").click().run()
    seen = unescape(words(visit("bea", "decisions", client="c03")))
    assert "A permit is in force: Within the client's limits" in seen and "Carl Osei and Ada Lindqvist" in seen


def test_who_gives_no_permits_is_offered_none(visit: Visit, blocked: str) -> None:
    at = visit("bea", "decisions", client="c03")
    assert not [b for b in at.button if b.key == "do_ask_permit"]

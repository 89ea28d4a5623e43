"""The tray's keys: what each does, in how many, and what it leaves alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from execution import errors
from tests.app.conftest import words
from tests.app.small_plane import PEOPLE, SmallPlane

Visit = Callable[..., Any]


def test_hygiene_decisions_are_made_and_undone(visit: Visit, plane: SmallPlane) -> None:
    at = visit("bea", "hygiene", client="c03")
    assert "What the other rails say" in words(at) or "The bank line" in words(at)
    at.button(key="hygiene_dismiss_h20").click().run()
    assert "A reason is needed" in words(at)
    at.text_input(key="hygiene_reason_h20").set_value("Bank fee, booked monthly")
    at.button(key="hygiene_dismiss_h20").click().run()
    assert [d.action for d in plane.hygiene.rows] == ["dismiss"]
    at.segmented_control(key="hygiene_show").set_value("Decided").run()
    at.button(key="hygiene_undo_d0").click().run()
    assert plane.hygiene.rows == []


@pytest.mark.parametrize(
    ("keys", "action"), [(["Y"], "confirm"), (["D", "2"], "dismiss"), (["S", "1"], "snooze")], ids=lambda x: str(x)
)
def test_an_item_is_done_in_two_keys_moves_on_and_one_key_undoes_it(
    visit: Visit, plane: SmallPlane, keys: list[str], action: str
) -> None:
    at = visit("bea", "hygiene", client="c03")

    def press(letter: str) -> None:
        [button] = [b for b in at.button if b.proto.shortcut.lower() == letter.lower() and not b.disabled]
        button.click().run()

    first, second, *_ = at.selectbox(key="item_of_c03").options
    for letter in keys:
        press(letter)
    [made] = plane.hygiene.rows
    assert made.action == action and len(keys) <= 3
    chosen = at.selectbox(key="item_of_c03")
    assert chosen.options[0] == second and first not in chosen.options and chosen.value == "h21"
    press("U")
    assert plane.hygiene.rows == []
    press("K")
    assert at.selectbox(key="item_of_c03").value == made.hygiene_item_id
    press("J")
    assert at.selectbox(key="item_of_c03").value == "h21"


def test_a_key_struck_twice_decides_once_and_a_typed_reason_stays_with_its_item(
    visit: Visit, plane: SmallPlane
) -> None:
    at = visit("bea", "hygiene", client="c03")
    at.text_input(key="hygiene_reason_h20").set_value("Bank fee").run()
    at.button(key="hygiene_next").click().run()
    at.button(key="hygiene_dismiss_h21").click().run()
    assert plane.hygiene.rows == [] and "A reason is needed" in words(at)
    at.button(key="hygiene_previous").click().run()
    # Somebody else decides while the item stands here: the key changes nothing, and the page says so.
    plane.hygiene.decide(PEOPLE["carl"], "c03", "h20", "confirm", "")
    at.button(key="hygiene_dismiss_h20").click().run()
    assert [d.action for d in plane.hygiene.rows] == ["confirm"] and "Decided already" in words(at)


def test_a_refused_decision_leaves_its_item_on_screen(
    visit: Visit, plane: SmallPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise errors.Forbidden("the session has ended")

    at = visit("bea", "hygiene", client="c03")
    monkeypatch.setattr(plane.hygiene, "decide", refuse)
    at.button(key="hygiene_confirm_h20").click().run()
    assert at.selectbox(key="item_of_c03").value == "h20" and "the session has ended" in words(at)
    assert not [b for b in at.button if b.label == "Undo the last"]

"""Days for open bills on the Decisions page: weighed when asked, proposed by those who may, terms set with a reason."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.app.conftest import words
from tests.app.firm import TODAY
from tests.app.firm_clients import Client
from tests.app.small_plane import SmallPlane

Visit = Callable[..., Any]
NEW_DAY = TODAY + timedelta(days=17)


def weighed(visit: Visit, who: str) -> Any:
    return visit(who, "decisions", client="c03").toggle(key="bill_days_asked").set_value(True).run()


def test_it_says_what_would_change_and_why(visit: Visit) -> None:
    at = visit("carl", "decisions", client="c03")
    assert "Days for open bills" in words(at) and "Swing of a usual week" not in words(at)
    said = words(weighed(visit, "carl"))
    assert "Moving 1 bill would make the chance of falling below the buffer 5% instead of 38%" in said
    assert "weeks 25 % steadier, none late" in said and "At most 0.2 % from the best there is." in said
    assert (
        "7 days earlier" in said
        and "Mon 14 Dec" in said
        and "1 bill left as they are" in [one.label for one in weighed(visit, "carl").expander]
    )


def test_the_dates_become_proposals(visit: Visit, plane: SmallPlane) -> None:
    at = weighed(visit, "bea")
    at.button(key="do_propose_days").click().run()
    assert plane.payouts.told[-1][:3] == ("propose_schedule", "c03", {"qbo:200": NEW_DAY.isoformat()})
    assert [payout.source_bill_id for payout in plane.payouts.rows.values()] == ["qbo:200"]
    assert "1 payout proposed for their days; another person approves" in words(at)
    assert "Every bill is on its best day" in words(at)


@pytest.mark.parametrize("who", ["farid"])
def test_who_may_not_propose_sees_it_without_a_button(visit: Visit, who: str) -> None:
    at = weighed(visit, who)
    assert "Moving 1 bill" in words(at)
    assert "do_propose_days" not in [button.key for button in at.button]


def test_terms_of_a_vendor_are_set(visit: Visit, plane: SmallPlane) -> None:
    at = visit("carl", "decisions", client="c03")
    vendor = at.selectbox(key="terms_vendor").value
    at.number_input(key=f"terms_late_{vendor}").set_value(5)
    at.text_input(key=f"terms_reason_{vendor}").set_value("agreed by telephone")
    at.button(key="do_set_terms").click().run()
    act, client_id, told_vendor, more = plane.payouts.told[-1]
    assert (act, client_id, told_vendor) == ("set_pay_terms", "c03", vendor)
    assert (more["days_late"], more["reason"], more["priority"]) == (5, "agreed by telephone", 2)


def test_each_bill_says_what_it_leaves_above_the_buffer(visit: Visit) -> None:
    at = visit("carl", "decisions", client="c03")
    table = at.dataframe[0].value
    one = Client(2, 0)
    left = [(one.cash - round(100 * amount) - one.buffer) / 100 for amount in table["Amount"]]
    assert list(table["Above buffer"]) == pytest.approx(left)

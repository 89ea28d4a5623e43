"""Scenarios and revisions as people read them: moves in words, before beside after, the bridge, the surprises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.components.cards import kpi, kpi_row
from app.components.tables import html_table
from app.components.words import FLOWS, calm, capital, count, day, money, money_short, plain, signed, text

CAUSES = {
    "opening": "Balance in the bank",
    "actual": "Happened since",
    "new": "New",
    "gone": "No longer expected",
    "moved": "Moved in time",
    "amount": "Amount changed",
}
BUCKETS = {
    "receivables": "Customer receipts not invoiced yet",
    "stripe_payouts": "Stripe payouts to come",
    "other_in": "Other money in",
}
RUNWAY_SHOWN_MAX = 26


def weeks_words(weeks: int) -> str:
    """A delay as people say it: 2 weeks later, 1 week earlier, as expected."""
    if weeks == 0:
        return "As expected"
    return f"{count(abs(weeks), 'week')} {'later' if weeks > 0 else 'earlier'}"


def move_words(move: Mapping[str, Any], names: Mapping[str, str], code: str) -> str:
    """One move of a scenario in words; `names` are the items' by their source id."""
    kind = move["kind"]
    since = f" from week {move['from_week']}" if move.get("from_week", 1) > 1 else ""
    if kind == "delay":
        return f"{names.get(move['source_id'], 'An item that is gone')}: {weeks_words(move['weeks']).lower()}"
    if kind == "drop":
        return f"Without {names.get(move['source_id'], 'an item that is gone')}"
    if kind == "payroll":
        return f"Payroll {move['percent']:+d} %{since}"
    if kind == "price":
        return f"{BUCKETS[move['bucket']]} {move['percent']:+d} %{since}"
    if kind == "lose_customer":
        return f"Without {move['customer']}, and {move['usual_percent']} % of usual receipts{since}"
    if kind == "loan":
        repaid = f", {money_short(move['repayment_minor'], code)} back every {move['every_weeks']} weeks"
        return f"Loan of {money_short(move['draw_minor'], code)} in week {move['draw_week']}" + (
            repaid if move["repayment_minor"] else ""
        )
    return "Bills that the books lack"


def runway_words(weeks: float | None) -> str:
    """How long cash lasts at a forecast's pace."""
    if weeks is None:
        return "Cash grows"
    return f"Over {RUNWAY_SHOWN_MAX} wk" if weeks > RUNWAY_SHOWN_MAX else f"{weeks:.1f} wk"


def delta_cards(base: Any, scenario: Any, code: str) -> str:
    """What a scenario does to the three things read first, each with what it is now."""
    change = scenario.lowest_minor - base.lowest_minor
    was = f"{signed(change, code)} against {money_short(base.lowest_minor, code)}" if change else "no change"
    breach = f"week of {day(scenario.breach_week)}" if scenario.breach_week else "no week"
    breach_was = f"now: week of {day(base.breach_week)}" if base.breach_week else "now: no week"
    better = _date_rank(scenario) - _date_rank(base)
    return kpi_row(
        [
            kpi("Lowest cash", money_short(scenario.lowest_minor, code), was, _tone(change)),
            kpi("Below the buffer", capital(breach), breach_was, _tone(better)),
            kpi("Runway at this pace", runway_words(scenario.runway_weeks), f"now: {runway_words(base.runway_weeks)}"),
            kpi("Cash after week 13", money_short(scenario.closing_minor, code),
                f"{signed(scenario.closing_minor - base.closing_minor, code)} against now",
                _tone(scenario.closing_minor - base.closing_minor)),
        ]
    )  # fmt: skip


def _date_rank(headline: Any) -> int:
    return 10**7 if headline.breach_week is None else headline.breach_week.toordinal()


def _tone(change: int) -> str:
    return "ok" if change > 0 else "bad" if change < 0 else "idle"


def compare_rows(base: Any, compared: Sequence[Any], code: str) -> str:
    """Scenarios side by side, the forecast as it stands first."""
    rows = [("As it stands", base, 0)]
    rows += [(one.scenario.name, one.what_if.scenario.headline, one.what_if.lowest_delta_minor) for one in compared]
    body = [
        (name, money(head.lowest_minor, code), signed(delta, code) if delta else "", day(head.lowest_week),
         day(head.breach_week) if head.breach_week else "None", runway_words(head.runway_weeks),
         money(head.closing_minor, code))
        for name, head, delta in rows
    ]  # fmt: skip
    head = ("Scenario", "Lowest cash", "Against now", "In the week of", "Below the buffer", "Runway", "After week 13")
    return html_table(head, body, numeric=(1, 2, 6), whole=(3, 4, 5), caption="Scenarios side by side")


def bridge_rows(bridge: Any, code: str) -> str:
    """From the earlier closing balance to the later one, by cause; the lines add up to the cent."""
    body = [("Expected before", money(bridge.earlier_minor, code, cents=True))]
    body += [(CAUSES[cause], money(minor, code, cents=True)) for cause, minor in bridge.by_cause.items() if minor]
    body.append(("Expected now", money(bridge.later_minor, code, cents=True)))
    caption = f"Closing balance of the week of {day(bridge.week_start)}"
    return html_table(("What", "Amount"), body, numeric=(1,), caption=caption, total=True)


def part_rows(parts: Sequence[Any], code: str) -> str:
    """Every source line of a bridge, the largest first."""
    body = [
        (calm(part.label), plain(part.flow, FLOWS) if part.flow else "Bank", CAUSES[part.cause],
         signed(part.amount_minor, code))
        for part in sorted(parts, key=lambda one: -abs(one.amount_minor))
    ]  # fmt: skip
    return html_table(("What", "Flow", "Why", "Effect"), body, numeric=(3,), caption="Line by line")


def surprise_cards(parts: Sequence[Any], code: str) -> str:
    """The three lines that changed the outlook most."""
    if not parts:
        return '<p class="empty">Nothing came otherwise than it was expected.</p>'
    cards = "".join(
        f'<div class="var"><div><span>{text(calm(part.label))}</span>'
        f'<b class="{"ok" if part.amount_minor > 0 else "bad"}">{text(signed(part.amount_minor, code))}</b>'
        f'<small class="muted">{text(CAUSES[part.cause] if part.cause != "opening" else "Against the forecast")}'
        "</small></div></div>"
        for part in parts
    )
    return f'<div class="vars">{cards}</div>'

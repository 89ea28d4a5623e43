"""Components as text: what they escape, what they say to a screen reader, where their bands change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest

from app.components import bars, cards, chips, collections, flowband, mount, payouts, tables, words

HOSTILE = "<script>alert(1)</script>\"'&"
NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


def payout(**changes: object) -> SimpleNamespace:
    base = dict(
        payout_id="ab" * 16,
        vendor_name=HOSTILE,
        invoice_number=HOSTILE,
        amount_minor=123_456,
        currency_code="USD",
        state="settled",
        state_reason="",
        mode="direct",
        vendor_id_ramp=HOSTILE,
        source_bill_id=HOSTILE,
        due_date=date(2026, 12, 1),
        arrival_date=None,
        preparer_name=HOSTILE,
        approvals_have=1,
        approvals_needed=2,
        payload_sha256="f" * 64,
        rail_bill_id=None,
        rail_draft_id=None,
    )
    return SimpleNamespace(**(base | changes))


def invoice_row(**changes: object) -> dict[str, object]:
    base = dict(
        customer_name="Globex",
        invoice_number="S-1",
        open_minor=5_000_00,
        currency_code="USD",
        due_date=date(2026, 12, 11),
        days_overdue=0,
        expected_paid_date=date(2026, 12, 22),
        earliest_paid_date=date(2026, 12, 18),
        latest_paid_date=date(2026, 12, 26),
        late_probability=0.83,
        late_30_days_probability=0.1,
        payment_basis="This customer has paid 26 invoices like it before, half of them within 42 days",
    )
    return base | changes


@pytest.mark.parametrize(
    ("minor", "whole", "cents", "short"),
    [
        (0, "$0", "$0.00", "$0"),
        (49, "$0", "$0.49", "$0"),
        (50, "$1", "$0.50", "$0"),
        (-1_234_567, "−$12,346", "−$12,345.67", "−$12K"),
        (8_490_000_000, "$84,900,000", "$84,900,000.00", "$84.9M"),
        (None, "no figure", "no figure", "no figure"),
    ],
)
def test_money(minor: int | None, whole: str, cents: str, short: str) -> None:
    assert words.money(minor) == whole
    assert words.money(minor, cents=True) == cents
    assert words.money_short(minor) == short


def test_money_names_a_currency_without_a_symbol() -> None:
    assert words.money(100_00, "CHF") == "CHF 100"


def test_days_weeks_and_ages() -> None:
    assert words.day(date(2026, 11, 24)) == "Tue 24 Nov"
    assert words.weeks(19.6) == "2.8 wk"
    assert words.weeks(None, "unknown") == "Unknown"
    assert words.age(None) == "never"
    assert words.age(0.4) == "just now"
    assert words.age(47.9) == "47 h ago"
    assert words.age(48) == "2 days ago"
    assert words.sentence("why") == "why."
    assert words.sentence("why.") == "why."


def test_every_component_escapes_what_it_is_given() -> None:
    row = {
        "client_name": HOSTILE,
        "industry": HOSTILE,
        "runway_status": "watch",
        "runway_days": 9.0,
        "cash_available_minor": 1,
        "currency_code": "USD",
        "quality_score": 1,
    }
    variance = {
        "driver": HOSTILE,
        "direction": "hurts",
        "amount_minor": -5,
        "usual_minor": 5,
        "currency_code": "USD",
        "share_pct": 1.0,
        "explanation": HOSTILE,
    }
    invoice = invoice_row(customer_name=HOSTILE, invoice_number=HOSTILE, payment_basis=HOSTILE)
    verdict = SimpleNamespace(guard_id=HOSTILE, passed=False, reason=HOSTILE, remedy=HOSTILE, effect="blocked")
    event = SimpleNamespace(at=NOW, actor_name=HOSTILE, action=HOSTILE, to_state=HOSTILE)
    proof = {"ramp_status_summary": HOSTILE, "posting_description": HOSTILE, "posted_date": date(2026, 12, 1)}
    drawn = [
        chips.chip(HOSTILE, "ok", HOSTILE, title=HOSTILE),
        chips.freshness_badge(HOSTILE, "fresh", NOW, NOW),
        chips.confidence_chip(HOSTILE, HOSTILE),
        cards.banner("warn", HOSTILE, HOSTILE),
        cards.empty_state(HOSTILE, HOSTILE),
        cards.kpi(HOSTILE, HOSTILE, HOSTILE),
        cards.verdict_card("watch", HOSTILE, HOSTILE),
        cards.variance_chips([variance]),
        cards.client_cards([row]),
        cards.verdict_list([verdict]),
        collections.collection_list([invoice], empty=HOSTILE),
        cards.evidence_pair(HOSTILE, [(HOSTILE, HOSTILE)], HOSTILE, [(HOSTILE, HOSTILE)]),
        tables.html_table((HOSTILE,), [(HOSTILE,)], caption=HOSTILE),
        tables.figures([(HOSTILE, HOSTILE, HOSTILE)]),
        tables.www_line(HOSTILE, HOSTILE, None, "open", HOSTILE),
        payouts.execution_rows([payout()]),
        payouts.payload_figures(payout(), HOSTILE),
        payouts.proof_line(payout(), proof),
        payouts.timeline([event]),
    ]
    for html in drawn:
        assert "<script" not in html
        assert 'title="<' not in html
        # Every attribute that was opened with a quote still ends at that quote.
        assert "\"'&" not in html


@pytest.mark.parametrize(
    ("changes", "says", "tone"),
    [
        ({"days_overdue": 1, "late_probability": 1.0}, "1 day late", "warn"),
        ({"days_overdue": 40, "late_probability": 1.0, "late_30_days_probability": 1.0}, "40 days late", "bad"),
        ({"late_probability": 0.999}, "Likely late, over 99%", "warn"),
        ({"late_probability": 0.5}, "Likely late, 50%", "warn"),
        ({"late_probability": 0.2}, "May be late, 20%", "info"),
        ({"late_probability": 0.19}, "Likely on time, chance of late 19%", "ok"),
        ({"late_probability": None, "late_30_days_probability": None}, "Too little history", "idle"),
    ],
)
def test_lateness_is_a_word_with_its_chance(changes: dict[str, object], says: str, tone: str) -> None:
    html = collections.lateness_chip(invoice_row(**changes))
    assert says in html and f"chip {tone}" in html and 'aria-hidden="true"' in html


def test_an_invoice_to_call_about_says_when_and_on_what_history() -> None:
    said = collections.collection_list([invoice_row()], empty="")
    for part in (
        "Globex S-1, $5,000",
        "Due Fri 11 Dec, likely paid Tue 22 Dec (Fri 18 Dec to Sat 26 Dec).",
        "26 invoices",
    ):
        assert part in said
    bare = collections.collection_list(
        [invoice_row(due_date=None, expected_paid_date=None, invoice_number=None)], empty=""
    )
    assert "No due date." in bare and "likely paid" not in bare
    assert "Nothing owed" in collections.collection_list([], empty="Nothing owed")


@pytest.mark.parametrize(
    ("weeks", "target", "status", "says"),
    [
        (2.8, 4.0, "watch", "2.8 weeks covered, buffer 4.0 weeks, short by 1.2"),
        (4.0, 4.0, "on_track", "4.0 weeks covered, buffer 4.0 weeks, ahead by 0.0"),
        (40.0, 4.0, "on_track", "over half a year covered, buffer 4.0 weeks, ahead by 36.0"),
        (None, None, "on_track", "not burning cash"),
        (None, None, "unknown", "Runway unknown"),
    ],
)
def test_coverage_bar_says_what_it_draws(weeks: float | None, target: float | None, status: str, says: str) -> None:
    html = bars.coverage_bar(weeks, target, status)
    assert 'role="img"' in html
    assert says in html
    assert ('class="short"' in html) == (weeks is not None and target is not None and weeks < target)


def test_coverage_bar_stays_on_its_track() -> None:
    assert "width:100.0%" in bars.coverage_bar(90.0, 200.0, "watch")
    assert "width:0.0%" in bars.coverage_bar(-3.0, 4.0, "at_risk")


def test_portfolio_band_names_every_status_and_skips_an_empty_unknown() -> None:
    html = bars.portfolio_band({"at_risk": 1, "watch": 0, "on_track": 3})
    assert 'aria-label="Clients by runway: 1 at risk, 0 watch, 3 on track"' in html
    assert "Unknown" not in html


def test_aging_bar_has_its_table_and_an_empty_state() -> None:
    rows = [
        {"bucket": "current", "open_minor": 300_00, "document_count": 2, "currency_code": "USD"},
        {"bucket": "over_90", "open_minor": 100_00, "document_count": 1, "currency_code": "USD"},
    ]
    html = bars.aging_bar(rows, empty="Nothing owed.")
    assert "75%" in html and "Over 90 days" in html and "$400" in html
    assert "Nothing owed." in bars.aging_bar([], empty="Nothing owed.")


@pytest.mark.parametrize(
    ("hours", "status", "state"),
    [
        (23.9, "fresh", "fresh"),
        (24.0, "fresh", "ageing"),
        (48.0, "fresh", "stale"),
        (1.0, "failed", "failed"),
        (None, "fresh", "stale"),
        (1.0, "stale", "stale"),
    ],
)
def test_a_rail_is_as_old_as_the_worse_of_build_and_clock(hours: float | None, status: str, state: str) -> None:
    assert chips.rail_state(status, hours) == state


def test_freshness_never_speaks_by_colour_alone() -> None:
    old = NOW - timedelta(days=3)
    assert "stale" in chips.freshness_badge("qbo", "fresh", old, NOW)
    assert "failed" in chips.freshness_badge("stripe", "failed", old, NOW)


def test_guards_are_listed_heaviest_first_with_their_remedy() -> None:
    fine = SimpleNamespace(guard_id="bill_open", passed=True, reason="open", remedy="", effect="pass")
    bad = SimpleNamespace(
        guard_id="duplicate", passed=False, reason="paid before", remedy="Void one.", effect="blocked"
    )
    html = cards.verdict_list([fine, bad])
    assert html.index("paid before") < html.index("The bill is open")
    assert "<b>Remedy:</b> Void one." in html and "Blocked" in html


def test_a_settled_payout_reads_as_verified() -> None:
    assert "Verified against the bank" in payouts.execution_rows([payout()])
    assert payouts.state_word("settled") == "Verified against the bank"


def test_flowband_keeps_forecast_dashed_and_joined_to_the_actual_line() -> None:
    def week(n: int, ahead: bool) -> dict[str, object]:
        return {
            "week_start_date": date(2026, 11, 2) + timedelta(days=7 * n),
            "is_forecast": ahead,
            "inflow_minor": 100,
            "outflow_minor": -50,
            "closing_balance_minor": 1000,
            "closing_balance_minor_low": 900,
            "closing_balance_minor_high": 1100,
            "buffer_minor": 500,
        }

    spec = flowband.flowband_spec([week(0, False), week(1, False), week(2, True), week(3, True)])
    solid, dashed = spec["layer"][4], spec["layer"][5]
    assert "strokeDash" not in solid["mark"] and dashed["mark"]["strokeDash"]
    assert solid["data"]["values"][-1]["week"] == dashed["data"]["values"][0]["week"]


def test_a_ticket_that_is_not_a_ticket_is_not_mounted() -> None:
    with pytest.raises(ValueError, match="letters and digits"):
        mount.keep_session("'});alert(1)//")


def test_payouts_show_what_needs_a_person_first_and_proposals_after_proof() -> None:
    from dataclasses import dataclass

    from app.components.payouts import by_urgency

    @dataclass
    class Paid:
        state: str
        updated_at: int

    states = ["proposed", "settled", "expired", "at_rail", "mismatched", "approved"]
    payouts = [Paid(state, when) for when, state in enumerate(states)] + [Paid("settled", 99)]
    ordered = by_urgency(payouts)
    assert [p.state for p in ordered] == [
        "mismatched", "at_rail", "approved", "settled", "settled", "proposed", "expired",
    ]  # fmt: skip
    assert ordered[3].updated_at == 99, "the newest of two proofs comes first"


def test_amounts_of_one_dollar_client_read_as_dollars_and_mixed_ones_bare() -> None:
    assert words.amount_format({"USD"}) == "dollar"
    assert words.amount_format(["USD", "CAD"]) == "%,.2f"


def test_the_digest_has_a_verb_for_every_kind_of_hygiene_item() -> None:
    from app.components.words import HYGIENE_KINDS
    from app.views.digest import TO_DO

    assert set(TO_DO) == set(HYGIENE_KINDS)

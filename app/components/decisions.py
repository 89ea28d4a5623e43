"""Decisions as people read them: what waits for whom, what became of each line, templates, acts of two people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from app.components.chips import chip, icon
from app.components.words import GUARDS, capital, dated, day, moment, money, plain, process, text

ACT_WORDS = {
    "propose": "Propose again", "approve": "Approve", "release": "Release", "agree_to_resend": "Look in Ramp",
    "close": "Close", "reissue": "Pay again?",
}  # fmt: skip
OUTCOMES: dict[str, tuple[str, str]] = {
    "proposed": ("Proposed", "ok"),
    "approved": ("Approved", "ok"),
    "needs_second": ("Second approver", "info"),
    "released": ("Released", "ok"),
    "held": ("On hold", "ok"),
    "rejected": ("Rejected", "ok"),
    "cancelled": ("Cancelled", "ok"),
    "blocked": ("Blocked", "bad"),
    "refused": ("Refused", "bad"),
}
RUNS: dict[str, tuple[str, str]] = {
    "proposed": ("Proposed", "ok"),
    "blocked": ("Blocked", "bad"),
    "no_bill": ("No bill", "warn"),
    "over_cap": ("Above the cap", "warn"),
    "missed": ("Missed", "bad"),
    "paused": ("Paused", "idle"),
}


def _bill_name(payout: Any) -> str:
    amount = money(payout.amount_minor, payout.currency_code, cents=True)
    return " ".join(part for part in (payout.vendor_name, payout.invoice_number) if part) + f", {amount}"


def due_chip(due_at: datetime | None, now: datetime) -> str:
    """By when somebody acts; overdue in words as well."""
    if due_at is None:
        return chip("No date", "idle", "event")
    return chip(f"Overdue since {moment(due_at)}", "warn", "error") if due_at < now else chip(
        f"By {moment(due_at)}", "idle", "event"
    )  # fmt: skip


def step_line(payout: Any, now: datetime) -> str:
    """WWWLine of a payout: what is next, who does it, by when."""
    step = payout.next_step
    who = capital(step.who)
    return (
        f'<ul class="wwws" aria-label="Next step"><li class="www acts">'
        f'<span class="mark idle">{icon("arrow_forward")}</span>'
        f'<span class="what">{text(step.what)}<small>{text(who)}</small></span>'
        f"{due_chip(step.due_at, now)}</li></ul>"
    )


def waiting_rows(waiting: Sequence[Any], now: datetime) -> str:
    """What waits for the reader: each payout with the act it asks for and by when."""
    rows = []
    for one in waiting:
        signed = f"{one.payout.approvals_have} of {one.payout.approvals_needed} approvals"
        about = f"{one.what}. Prepared by {process(one.payout.preparer_name)}, {signed}"
        rows.append(
            f'<li class="www acts"><span class="mark warn">{icon("pending_actions")}</span>'
            f'<span class="what">{text(_bill_name(one.payout))}<small>{text(about)}</small></span>'
            f"{chip(ACT_WORDS.get(one.act, one.act), 'info')}{due_chip(one.due_at, now)}</li>"
        )
    return f'<ul class="wwws" aria-label="Waits for you">{"".join(rows)}</ul>'


def outcome_rows(lines: Sequence[Any], names: Mapping[str, str]) -> str:
    """What became of each line of a batch; a refusal with its words, and every guard that refused with its remedy."""
    rows = []
    for line in lines:
        word, tone = OUTCOMES.get(line.outcome, (plain(line.outcome), "idle"))
        name = names.get(line.source_bill_id) or names.get(line.subject_id) or line.subject_id[:12]
        said = "".join(
            f"<small><b>{text(plain(v.guard_id, GUARDS))}:</b> {text(dated(v.reason))}. {text(v.remedy)}</small>"
            for v in line.verdicts
            if not v.passed
        )
        rows.append(
            f'<li class="www"><span class="what">{text(name)}<small>{text(dated(line.reason))}</small>{said}</span>'
            f"{chip(word, tone)}</li>"
        )
    return f'<ul class="wwws" aria-label="Outcome of each line">{"".join(rows)}</ul>'


def day_rule(template: Any) -> str:
    """A template's day in words: 'On day 14 of each month, the next banking day if banks are closed'."""
    weekdays = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    on = f"Every {weekdays[template.day - 1]}" if template.every == "week" else f"On day {template.day} of each month"
    return f"{on}, the {'next' if template.roll == 'after' else 'last'} banking day if banks are closed"


def template_rows(templates: Sequence[Any]) -> str:
    """Templates that propose: what, whose, which day is next, and what became of the last one."""
    if not templates:
        return '<p class="empty">No template yet. One proposes a vendor\'s bill in time for its day.</p>'
    rows = []
    for one in templates:
        state = chip("Active", "ok") if one.state == "active" else chip(plain(one.state), "idle")
        last = ""
        if one.runs:
            word, tone = RUNS.get(one.runs[0].outcome, (plain(one.runs[0].outcome), "idle"))
            last = f"<small>{day(one.runs[0].arrival_date)}: {text(one.runs[0].reason)}</small>{chip(word, tone)}"
        cap = money(one.cap_minor, one.currency_code, cents=True)
        upcoming = f"Next on {day(one.next_arrival_date)}" if one.next_arrival_date else "No day to come"
        rows.append(
            f'<li class="www"><span class="mark idle">{icon("event_repeat")}</span><span class="what">'
            f"{text(one.name)}: {text(one.vendor_name)}, up to {text(cap)}"
            f"<small>{text(day_rule(one))}. {text(upcoming)}. Owner {text(one.owner_name)}, who approves none of "
            f"them. {text(one.state_reason)}</small>{last}</span>{state}</li>"
        )
    return f'<ul class="wwws" aria-label="Templates">{"".join(rows)}</ul>'


def joint_rows(acts: Sequence[Mapping[str, Any]]) -> str:
    """Acts of two people on a payout: who asked for what on which evidence, who agreed."""
    rows = []
    for act in acts:
        what = "Pay it again" if act["kind"] == "reissue" else f"Close it as {act['outcome']} on {act['evidence']}"
        word, tone = ("Agreed", "ok") if act["agreed_by"] else ("Waits for a second person", "info")
        rows.append(
            f'<li class="www"><span class="what">{text(what)}<small>Asked by {text(act["asked_name"])}, '
            f"{text(moment(act['asked_at']))}: {text(act['reason'])}</small></span>{chip(word, tone)}</li>"
        )
    return f'<ul class="wwws" aria-label="Acts of two people">{"".join(rows)}</ul>' if rows else ""

"""Payouts as people follow them: state in words, the way so far, the proof."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from app.components.chips import chip, icon
from app.components.tables import figures
from app.components.words import dated, day, moment, money, plain, process, text

# State of a payout: (word on the chip, tone, what it means for the reader).
STATES: dict[str, tuple[str, str, str]] = {
    "proposed": ("Proposed", "info", "waits for another person to approve"),
    "blocked": ("Blocked", "bad", "a guard stopped it"),
    "held": ("On hold", "warn", "held by a person"),
    "approved": ("Approved", "info", "waits for release to Ramp"),
    "released": ("Released", "info", "waits for the executor to send it"),
    "reserved": ("Cash reserved", "info", "cash is set aside; the executor sends it next"),
    "sending": ("Sending", "info", "on its way to Ramp"),
    "unconfirmed": ("Unconfirmed", "warn", "Ramp went silent; it is looked up, never sent twice"),
    "handed_off": ("Draft in Ramp", "info", "Ramp's own approvers finish it"),
    "at_rail": ("At Ramp", "info", "Ramp holds the bill"),
    "in_flight": ("In flight", "info", "Ramp started the payment"),
    "rail_paid": ("Paid by Ramp", "info", "Ramp says paid; the bank has not shown it yet"),
    "settled": ("Verified against the bank", "ok", "a bank line matches account, amount and day"),
    "returned": ("Returned", "bad", "the money came back"),
    "mismatched": ("Mismatch", "bad", "the bank shows something else; sending is frozen for this client"),
    "declined": ("Declined by Ramp", "bad", "nothing moved"),
    "rejected": ("Rejected", "idle", "an approver said no"),
    "cancelled": ("Cancelled", "idle", "withdrawn before it was sent"),
    "expired": ("Expired", "idle", "nobody released it in time"),
}
# These no longer stand for their bill, which may be proposed anew; a settled payout goes on standing for it.
ENDED = frozenset({"returned", "declined", "rejected", "cancelled", "expired"})
DONE = ENDED | {"settled"}
# What needs a person first, then what moves, then what is proved; proposals wait in the bills table above as well.
URGENCY = (
    ("mismatched", "unconfirmed", "returned"),
    ("reserved", "sending", "handed_off", "at_rail", "in_flight", "rail_paid"),
    ("approved", "released"),
    ("settled",),
    ("blocked", "held", "proposed"),
    ("declined", "rejected", "cancelled", "expired"),
)
PASS_WORDS = {
    "pass": ("Ready", "ok"),
    "warning": ("Warning", "warn"),
    "needs_second": ("Second approver", "info"),
    "blocked": ("Blocked", "bad"),
}


def by_urgency(payouts: Sequence[Any]) -> list[Any]:
    """Payouts in the order in which people look for them; newest first where equally urgent."""
    rank = {state: place for place, states in enumerate(URGENCY) for state in states}
    newest_first = sorted(payouts, key=lambda payout: payout.updated_at, reverse=True)
    return sorted(newest_first, key=lambda payout: rank.get(payout.state, 0))


ACTIONS = {
    "payout.payee_bound": "Payee checked with Ramp",
    "payout.release_scheduled": "Release planned",
    "payout.release_unplanned": "Planned release taken back",
    "payout.release_dropped": "Planned release dropped",
    "payout.reissue_asked": "Asked to pay it again",
    "payout.reissue_agreed": "Agreed to pay it again",
    "payout.close_asked": "Asked to close it",
    "payout.closed": "Closed by two people",
    "payout.resend_agreed": "Agreed that Ramp does not hold it",
    "batch.begun": "List begun",
    "batch.finished": "List finished",
    "payout.signed": "Signed",
    "payout.at_rail": "Ramp took the bill",
    "payout.found_at_rail": "Found at Ramp",
    "payout.absent_at_rail": "Not found at Ramp",
    "payout.looked_for": "Looked for at Ramp",
    "payout.rail_status": "Ramp's status read",
    "payout.sending": "Handed to Ramp",
    "payout.sent": "Sent to Ramp",
    "payout.settled": "Verified against the bank",
    "payout.reserved": "Cash reserved",
    "payout.proof_open": "Waits for proof at the bank",
    "payout.waits": "Waits",
    "payout.approval_refused": "Approval refused",
    "bill.approval_refused": "Approval refused",
    "session.started": "Signed in",
    "session.ended": "Signed out",
    "audit.exported": "Audit log exported",
    "firm.bootstrapped": "Firm set up",
}


def action_word(action: Any) -> str:
    """What was done, in words: 'payout.approved' reads 'Approved'."""
    code = str(action or "noted")
    return ACTIONS.get(code) or plain(code.removeprefix("payout.").replace(".", " "))


def state_word(state: str) -> str:
    """A payout's state in words."""
    return STATES[state][0] if state in STATES else plain(state)


def state_chip(state: str) -> str:
    """A payout's state as a chip."""
    word, tone, _ = STATES.get(state, (plain(state), "idle", ""))
    return chip(word, tone)


def execution_rows(payouts: Sequence[Any]) -> str:
    """ExecutionRow: each payout with its id, amount, state and what happens next."""
    if not payouts:
        return '<p class="empty">No payouts yet. Choose a bill and propose it.</p>'
    rows = []
    for p in payouts:
        _, tone, meaning = STATES.get(p.state, ("", "idle", ""))
        mark = {"ok": "check_circle", "bad": "error", "warn": "error"}.get(tone, "schedule")
        rows.append(
            f'<li class="www"><span class="mark {tone}">{icon(mark)}</span><span class="what">'
            f"{text(p.vendor_name)} {text(p.invoice_number or '')}, "
            f"{text(money(p.amount_minor, p.currency_code, cents=True))}"
            f"<small>Payout {text(p.payout_id[:8])}, {text(dated(p.state_reason) or meaning)}</small></span>"
            f"{state_chip(p.state)}</li>"
        )
    return f'<ul class="wwws" aria-label="Payouts">{"".join(rows)}</ul>'


def payload_figures(payout: Any, account: str, reserved_after: str = "") -> str:
    """What an approver signs: amount, payee, account, arrival, mode, and the payload's hash."""
    mode = (
        "A draft in Ramp; Ramp's own approvers finish it"
        if payout.mode == "draft"
        else "A payment in Ramp; creating it pays"
    )
    pairs = [
        ("Pay", money(payout.amount_minor, payout.currency_code, cents=True), payout.currency_code),
        ("To", payout.vendor_name, f"Ramp vendor {payout.vendor_id_ramp or 'unknown'}"),
        ("For invoice", payout.invoice_number or "no number", payout.source_bill_id),
        ("From", account, ""),
        ("Due", day(payout.due_date), ""),
        ("Arrives", day(payout.arrival_date), ""),
        ("Becomes", mode, ""),
        ("Prepared by", process(payout.preparer_name), ""),
        ("Approvals", f"{payout.approvals_have} of {payout.approvals_needed}", ""),
    ]
    if reserved_after:
        pairs.append(("Cash after", reserved_after, ""))
    return (
        figures(pairs) + f'<p class="hash"><small>Payload SHA-256</small><code>{text(payout.payload_sha256)}</code></p>'
    )


def proof_line(payout: Any, proof: Mapping[str, Any] | None, zone: str = "UTC") -> str:
    """The custody line's end: what Ramp, the bank and the books show for a payout."""
    paid = (proof or {}).get("ramp_status_summary")
    lines = [("Ramp", plain(paid) if paid else "no bill seen yet", payout.rail_bill_id or payout.rail_draft_id or "")]
    posted = (proof or {}).get("posted_date")
    posting = (proof or {}).get("posting_description") or ""
    candidates = (proof or {}).get("candidate_count") or 0
    bank = (
        f"posted {day(posted)}"
        if posted
        else ("no bank line yet" if not candidates else f"{candidates} bank lines could be it")
    )
    lines.append(("Bank", bank, posting))
    booked = (proof or {}).get("bill_payment_date")
    lines.append(("Books", f"bill payment {day(booked)}" if booked else "not in the books yet", ""))
    return figures(lines)


def _of(entry: Any, *names: str) -> Any:
    for name in names:
        found = entry.get(name) if isinstance(entry, Mapping) else getattr(entry, name, None)
        if found is not None:
            return found
    return None


# The links of custody: (name, what closes it).
LINKS = {
    "decision": ("Decision", "signed and released"),
    "ramp_bill": ("Ramp bill", "Ramp holds it"),
    "bank_posting": ("Bank line", "the bank posted it"),
    "book_payment": ("QBO payment", "the books show it"),
}


def link_state(link: Mapping[str, Any], now: datetime | None = None) -> tuple[str, str]:
    """(word, tone) of a link: closed by evidence, broken, late by its clock, or open."""
    if link["finding"]:
        return ("Not read yet", "warn") if link["finding"] == "unread" else (plain(link["finding"]), "bad")
    if link["closed_at"]:
        return "Closed", "ok"
    is_late = now is not None and link["due_at"] is not None and link["due_at"] < now
    return ("Past due", "warn") if is_late else ("Open", "info")


def custody_line(links: Sequence[Mapping[str, Any]], now: datetime | None = None) -> str:
    """The four links of a payout: what closed each, or who has it in hand, until when, and what to do."""
    rows = []
    for link in links:
        name, closes = LINKS.get(link["link"], (plain(link["link"]), ""))
        word, tone = link_state(link, now)
        mark = {"ok": "check_circle", "bad": "error", "warn": "error"}.get(tone, "schedule")
        if link["closed_at"] and not link["finding"]:
            said = f"{closes}: {link['evidence_id']}, {moment(link['closed_at'])}"
        else:
            due = f", to act by {moment(link['due_at'])}" if link["due_at"] else ""
            told = [dated(link["finding_text"]), link["next_action"]]
            said = ". ".join(part for part in (f"With {link['owner']}{due}", *told) if part)
        rows.append(
            f'<li class="www"><span class="mark {tone}">{icon(mark)}</span><span class="what">{text(name)}'
            f"<small>{text(said)}</small></span>{chip(word, tone)}</li>"
        )
    return f'<ul class="wwws" aria-label="Custody">{"".join(rows)}</ul>' if rows else ""


def timeline(entries: Sequence[Any], zone: str = "UTC") -> str:
    """Who did what when to a payout, in the order given."""
    rows = []
    for e in entries:
        at = _of(e, "at")
        at = datetime.fromisoformat(at) if isinstance(at, str) else at
        who, what, to_state = (
            process(_of(e, "actor_name", "who", "actor") or "executor"),
            _of(e, "action", "what"),
            _of(e, "to_state", "to"),
        )
        moved = to_state and to_state != _of(e, "from_state", "from")
        # "Payout approved, now approved" would say one thing twice.
        said, reached_word = action_word(what), state_word(str(to_state))
        told = str(to_state) in said.lower() or reached_word == said
        reached = f", now {reached_word[:1].lower()}{reached_word[1:]}" if moved and not told else ""
        rows.append(
            f'<li class="www"><span class="mark idle">{icon("radio_button_checked")}</span><span class="what">'
            f"{text(action_word(what))}{text(reached)}<small>{text(who)}</small></span>"
            f"{chip(moment(at, zone), 'idle', 'event')}</li>"
        )
    if not rows:
        return '<p class="empty">Nothing yet.</p>'
    return f'<ul class="wwws" aria-label="What happened">{"".join(rows)}</ul>'

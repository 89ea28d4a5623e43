"""Two records side by side, and a person's word on whether they are one: confirm, reject, undo."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from app.components import mount
from app.components.cards import evidence_pair
from app.components.chips import chip
from app.components.words import RAIL_NAMES, calm, day, money, plain, share, text
from app.queries.reconciliation import certificates
from app.queries.snapshot import Row, Scope
from app.views import frame

RULES = frozenset({"bookkeeper", "controller", "firm_admin"})
REASON_MAX = 500


@dataclass(frozen=True)
class Question:
    """Are these two one? The keys are those of the control plane."""

    subject: str
    left_key: str
    right_key: str
    label: str


def of_line(line: Row, found: Iterable[Row]) -> list[Question]:
    """What can be asked about a bank line: is it this record's money."""
    left = f"plaid|posting|{line['posting_id_plaid']}"
    asked = [
        Question("match", left, f"{one['rail']}|{one['kind']}|{one['document_id']}", record_name(one)) for one in found
    ]
    if line["status"] == "own_transfer" and line["matched_rail"] == "plaid" and line["matched_id"]:
        asked.append(Question("event", left, f"plaid|posting|{line['matched_id']}", "The line on the other account"))
    return asked


def of_item(item: Row) -> list[Question]:
    """What a hygiene item asks by itself: its evidence names both ends, as for a vendor link in doubt."""
    try:
        asked = json.loads(item["evidence"] or "{}").get("ruling")
    except (ValueError, AttributeError):
        return []
    if not isinstance(asked, dict) or not {"subject", "left_key", "right_key"} <= set(asked):
        return []
    label = str(asked.get("label") or asked["right_key"])
    return [Question(str(asked["subject"]), str(asked["left_key"]), str(asked["right_key"]), label)]


def record_name(one: Row) -> str:
    """QBO bill payment 212."""
    return f"{plain(one['rail'], RAIL_NAMES)} {plain(one['kind']).lower()} {one['document_id']}"


def word_of(ruling: Any) -> str:
    """What a live ruling says, for a chip and a table cell."""
    return {"join": "Confirmed", "separate": "Rejected"}.get(ruling.verb, "Assigned") + f" by {ruling.decided_by_name}"


def ruling_on(rulings: Sequence[Any], left_key: str, right_key: str) -> Any | None:
    """The ruling in force on two keys, or None."""
    wanted = {left_key, right_key}
    return next((one for one in rulings if {one.left_key, one.right_key} == wanted), None)


def certificate(line: Row, one: Row) -> str:
    """The bank line beside the record: what each says, how sure the match is and how far ahead."""
    left = [
        ("Bank's text", line["description"]),
        ("Party", calm(line["counterparty_name"]) or "unknown"),
        ("Posted", day(line["posted_date"])),
        ("Amount", money(line["amount_minor"], line["currency_code"], cents=True)),
    ]
    rival = "no other record fits" if one["runner_up_score"] is None else share(one["runner_up_score"])
    right = [
        ("Party", calm(one["document_party"]) or "not named"),
        ("Reference", one["document_reference"] or "none"),
        ("Dated", day(one["document_date"])),
        ("Amount", money(one["document_minor"], one["currency_code"], cents=True)),
        ("Of this line", money(one["part_minor"], one["currency_code"], cents=True)),
        ("Method", plain(one["method"])),
        ("Evidence", one["evidence"]),
        ("Sure", share(one["match_score"])),
        ("Next best", rival),
        ("Ahead by", share(one["margin_score"])),
    ]
    return evidence_pair("The bank line", left, record_name(one), right)


def _rule(client_id: str, question: Question, verb: str, key: str) -> None:
    visit = frame.visit()
    reason = (st.session_state.get(f"{key}_reason") or "").strip()
    done = {"join": "Confirmed: they are one.", "separate": "Rejected: they stay apart."}[verb]
    with frame.said_plainly(f"{done} The next build follows; undo stays possible."):
        visit.plane.rulings.rule(
            visit.principal,
            question.subject,
            verb,
            question.left_key,
            question.right_key,
            client_id=client_id,
            reason=reason,
        )


def _undo(ruling_id: str) -> None:
    visit = frame.visit()
    with frame.said_plainly("The ruling is taken back. The next build stands as if it had never been."):
        visit.plane.rulings.revoke(visit.principal, ruling_id)


def ask(client_id: str, question: Question, rulings: Sequence[Any], key: str, *, can_confirm: bool = True) -> None:
    """The buttons on one question, or the ruling in force with its undo; whoever may not rule just reads."""
    live = ruling_on(rulings, question.left_key, question.right_key)
    may = frame.visit().principal.role in RULES
    if live is not None:
        why = f"<p class='muted'>{text(live.reason)}</p>" if live.reason else ""
        mount.html(f'<div class="chips">{chip(word_of(live), "info", "gavel")}</div>{why}')
        if may:
            st.button(
                "Undo the ruling",
                icon=":material/undo:",
                key=f"{key}_undo",
                on_click=_undo,
                args=(live.ruling_id,),
            )
        return
    if not may:
        return
    st.text_input("Why", key=f"{key}_reason", max_chars=REASON_MAX, placeholder="Kept with the ruling")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if can_confirm:
            st.button(
                "It is this one",
                type="primary",
                icon=":material/link:",
                key=f"{key}_join",
                on_click=_rule,
                args=(client_id, question, "join", key),
            )
        st.button(
            "It is not",
            icon=":material/link_off:",
            key=f"{key}_separate",
            on_click=_rule,
            args=(client_id, question, "separate", key),
        )


def line_panel(scope: Scope, client_id: str, line: Row, rulings: Sequence[Any], key: str) -> None:
    """A bank line's certificates one under the other, each with the question it leaves open."""
    found = certificates(scope, client_id, line["posting_id_plaid"])
    for at, question in enumerate(of_line(line, found)):
        if at < len(found):
            mount.html(certificate(line, found[at]))
        is_settled = at < len(found) and found[at]["status"] == "matched"
        ask(client_id, question, rulings, f"{key}_{at}", can_confirm=not is_settled)


def item_panel(scope: Scope, client_id: str, item: Row, line: Row | None) -> None:
    """What a hygiene item leaves to a person's word: its bank line's record, or the link that it doubts."""
    visit = frame.visit()
    questions = of_item(item)
    if line is None and not questions:
        return
    rulings = visit.plane.rulings.list(visit.principal, client_id)
    if line is not None:
        line_panel(scope, client_id, line, rulings, "ruling")
    for at, question in enumerate(questions):
        mount.html(f"<p><b>Is it the same as {text(question.label)}?</b></p>")
        ask(client_id, question, rulings, f"link_{at}")

"""Cards and notes: the verdict, what changed, banners, empty states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.components.chips import RUNWAY_TONE, chip, icon, status_chip
from app.components.words import GUARDS, MINUS, calm, capital, count, dated, money, plain, signed, text, weeks

WORD_JOINER = "\u2060"  # Keeps a minus sign on the line of its amount.
VERDICT_ICON = {"on_track": "check_circle", "watch": "error", "at_risk": "warning", "unknown": "help"}


def verdict_card(runway_status: str, sentence: str, detail: str, extra: str = "") -> str:
    """The answer to 'Are we okay?': a sentence first, its figures after; extra is ready-made HTML."""
    tone = RUNWAY_TONE.get(runway_status, "idle")
    return (
        f'<div class="verdict"><span class="tile {tone}">{icon(VERDICT_ICON.get(runway_status, "help"))}</span>'
        f'<div><div class="muted small">Are we okay?</div><p class="say">{text(sentence)}</p>'
        f'<p class="muted">{text(detail).replace(MINUS, MINUS + WORD_JOINER)}</p></div></div>{extra}'
    )


def variance_chips(rows: Sequence[Mapping[str, Any]]) -> str:
    """VarianceChips: the three drivers that moved this week most, signed, with their share of it."""
    if not rows:
        return '<p class="empty">Nothing stood out last week against the usual week.</p>'
    cards = []
    for r in rows[:3]:
        helps = r["direction"] == "helps"
        share = "" if r["share_pct"] is None else f", {max(abs(r['share_pct']), 1):.0f}% of a week's money out"
        mark = "trending_up" if helps else "trending_down"
        change = signed(r["amount_minor"] - (r["usual_minor"] or 0), r["currency_code"])
        # The driver stands above already; its explanation starts with its name.
        why = calm(r["explanation"]).removeprefix(f"{calm(r['driver'])}: ")
        cards.append(
            f'<div class="var"><span class="{"ok" if helps else "bad"} mark">{icon(mark)}</span>'
            f"<div><span>{text(calm(r['driver']))}</span>"
            f'<b class="{"ok" if helps else "bad"}">{text(change)}</b> '
            f'<small class="muted">{"helps" if helps else "hurts"}{share}</small>'
            f'<small class="muted">{text(capital(why))}</small></div></div>'
        )
    return f'<div class="vars">{"".join(cards)}</div>'


def banner(tone: str, title: str, body: str) -> str:
    """A page banner; tone is warn, bad or info."""
    role = "alert" if tone == "bad" else "status"
    mark = {"bad": "error", "warn": "warning"}.get(tone, "info")
    return (
        f'<div class="banner {text(tone)}" role="{role}">{icon(mark)}'
        f"<div><b>{text(title)}</b><span>{text(body)}</span></div></div>"
    )


def empty_state(title: str, body: str) -> str:
    """Why there is nothing here, and the next step."""
    return f'<div class="emptycard">{icon("inbox")}<b>{text(title)}</b><span>{text(body)}</span></div>'


def kpi(label: str, value: str, note: str, tone: str = "idle", icon_name: str = "") -> str:
    """A KPI card: label, figure, and a note that gives it meaning."""
    mark = icon(icon_name) if icon_name else ""
    return (
        f'<div class="kpi"><span class="lab">{mark}{text(label)}</span><b>{text(value)}</b>'
        f'<span class="chip plain {text(tone)}">{text(note)}</span></div>'
    )


def kpi_row(cards: Sequence[str]) -> str:
    """KPI cards side by side, two across on a phone."""
    return f'<div class="kpis">{"".join(cards)}</div>'


def client_cards(rows: Sequence[Mapping[str, Any]]) -> str:
    """The portfolio as cards, for narrow screens where a table would be cut off."""
    cards = "".join(
        f'<li><div><b>{text(r["client_name"])}</b><small class="muted">{text(r["industry"])}</small></div>'
        f"{status_chip(r['runway_status'])}"
        f'<span class="row"><span>{text(weeks(r["runway_days"], r["runway_status"]))}</span>'
        f"<span>{text(money(r['cash_available_minor'], r['currency_code']))}</span>"
        f"<span>score {text(r['quality_score'])}</span></span></li>"
        for r in rows
    )
    return f'<ul class="ccards" aria-label="Clients, worst runway first">{cards}</ul>'


VERDICT_WORDS = {
    "pass": ("Passed", "ok"),
    "warning": ("Warning", "warn"),
    "needs_second": ("Second approver", "info"),
    "blocked": ("Blocked", "bad"),
}


def verdict_list(verdicts: Sequence[Any], *, fold: bool = False) -> str:
    """GuardrailVerdict: each guard's answer on one bill, heaviest first, with the rule engine's reason and remedy.

    `fold` keeps the passed ones behind one line that opens.
    """
    order = list(VERDICT_WORDS)
    weighed = [(str(getattr(v, "effect", None) or ("pass" if v.passed else "blocked")), v) for v in verdicts]
    weighed.sort(key=lambda pair: -order.index(pair[0]) if pair[0] in order else 0)
    lines = []
    for effect, v in weighed:
        word, tone = VERDICT_WORDS.get(effect, ("Passed", "ok") if v.passed else ("Blocked", "bad"))
        remedy = f"<small><b>Remedy:</b> {text(v.remedy)}</small>" if v.remedy else ""
        lines.append(
            f"<li>{chip(word, tone)}<div><b>{text(plain(v.guard_id, GUARDS))}</b>"
            f"<small>{text(dated(v.reason))}</small>{remedy}</div></li>"
        )
    split = sum(effect != "pass" for effect, _ in weighed) if fold else len(lines)
    folded = lines[split:]
    shown = f'<ul class="verdicts">{"".join(lines[:split])}</ul>' if lines[:split] else ""
    if not folded:
        return shown
    rest = f'<ul class="verdicts">{"".join(folded)}</ul>'
    return (
        f"{shown}<details><summary>{icon('check_circle')}{count(len(folded), 'guard')} passed</summary>{rest}</details>"
    )


def evidence_pair(
    left_title: str, left: Sequence[tuple[str, str]], right_title: str, right: Sequence[tuple[str, str]]
) -> str:
    """Two records side by side, so a person can compare what each rail says."""

    def side(title: str, pairs: Sequence[tuple[str, str]]) -> str:
        rows = "".join(f"<dt>{text(k)}</dt><dd>{text(v)}</dd>" for k, v in pairs)
        return f"<section><b class=ptitle>{text(title)}</b><dl>{rows}</dl></section>"

    return f'<div class="pair">{side(left_title, left)}{side(right_title, right)}</div>'

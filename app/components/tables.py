"""Small tables as real HTML, and lists of who, what and when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from app.components.chips import chip, icon
from app.components.words import day, text


def html_table(
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    numeric: Sequence[int] = (),
    whole: Sequence[int] = (),
    caption: str = "",
    total: bool = False,
) -> str:
    """A table of plain text cells; numeric columns align right, whole ones never break."""
    align = {i: ' class="whole"' for i in whole} | {i: ' class="num"' for i in numeric}
    title = f"<caption>{text(caption)}</caption>" if caption else ""
    heads = "".join(f'<th scope="col"{align.get(i, "")}>{text(h)}</th>' for i, h in enumerate(head))
    lines = []
    for n, row in enumerate(rows):
        css = ' class="total"' if total and n == len(rows) - 1 else ""
        cells = "".join(f"<td{align.get(i, '')}>{text(c)}</td>" for i, c in enumerate(row))
        lines.append(f"<tr{css}>{cells}</tr>")
    return (
        f'<div class="scroll" tabindex="0" role="group" aria-label="{text(caption or head[0])}">'
        f'<table class="t">{title}<thead><tr>{heads}</tr></thead><tbody>{"".join(lines)}</tbody></table></div>'
    )


def figures(pairs: Sequence[tuple[str, str, str]]) -> str:
    """A list of label, figure and quiet note: the lines of a block or a panel."""
    rows = "".join(
        f'<div class="fig"><dt>{text(label)}</dt><dd>{text(value)}'
        f"{f' <span class=muted>{text(note)}</span>' if note else ''}</dd></div>"
        for label, value, note in pairs
    )
    return f'<dl class="figs">{rows}</dl>'


def www_line(what: str, who: str, when: date | None, state: str = "open", note: str = "", *, before: str = "") -> str:
    """WWWLine: what is to be done, by whom, by when (or `before` says which day it is)."""
    mark = {"done": "check_circle", "overdue": "error"}.get(state, "radio_button_unchecked")
    tone = {"done": "ok", "overdue": "warn"}.get(state, "idle")
    detail = ", ".join(p for p in (who, note or state) if p)
    stamp = chip(before + day(when), tone, "event") if when else chip(state.capitalize(), tone, "event")
    return (
        f'<li class="www"><span class="mark {tone}">{icon(mark)}</span>'
        f'<span class="what">{text(what)}<small>{text(detail)}</small></span>{stamp}</li>'
    )


def www_list(lines: Sequence[str], *, empty: str) -> str:
    """Who/what/when lines as a list, or the sentence that says why there are none."""
    if not lines:
        return f'<p class="empty">{text(empty)}</p>'
    return f'<ul class="wwws">{"".join(lines)}</ul>'

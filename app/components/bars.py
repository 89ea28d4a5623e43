"""Bars: runway against buffer, the portfolio's split, aging buckets. Each says in words what it draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.components.chips import RUNWAY_TONE, status_chip
from app.components.tables import html_table
from app.components.words import BUCKETS, LONG_DAYS, RUNWAY_STATUS, money, plain, text

HORIZON_WEEKS = 13
BUCKET_TONE = {"current": "ok", "1_30": "info", "31_60": "warn", "61_90": "hot", "over_90": "bad"}


def coverage_bar(weeks: float | None, target: float | None, runway_status: str, horizon: int = HORIZON_WEEKS) -> str:
    """RunwayCoverageBar: weeks covered on a 13-week track with the buffer marked; short part hatched."""
    if weeks is None:
        if runway_status == "unknown":
            return (
                '<div class="cov none" role="img" aria-label="Runway unknown: no bank balance to measure from"></div>'
            )
        weeks, covered = float(horizon), "not burning cash: money in exceeds money out"
    elif weeks * 7 >= LONG_DAYS:
        covered = "over half a year covered"
    else:
        covered = f"{weeks:.1f} weeks covered"
    share = max(min(weeks, horizon), 0.0) / horizon * 100
    mark, gap, against = "", "", ""
    if target is not None:
        at = min(target, horizon) / horizon * 100
        over = weeks - target
        against = f", buffer {target:.1f} weeks, {'short' if over < 0 else 'ahead'} by {abs(over):.1f}"
        end = " end" if at > 75 else ""  # Near the track's end the label grows to the left.
        there = f'style="left:{at:.1f}%"'
        mark = f'<i class="mark" {there}></i><b class="marklabel{end}" {there}>buffer {target:.1f} wk</b>'
        if share < at:
            gap = f'<i class="short" style="left:{share:.1f}%;width:{at - share:.1f}%"></i>'
    tone = RUNWAY_TONE.get(runway_status, "idle")
    ticks = "".join(
        f'<b class="tick" style="left:{w / horizon * 100:.1f}%">{"now" if w == 0 else f"{w} wk"}</b>' for w in (0, 13)
    )
    return (
        f'<div class="covwrap"><div class="covlabel">{text(covered.capitalize())}</div>'
        f'<div class="cov" role="img" aria-label="{text(covered + against)}">'
        f'<i class="fill {tone}" style="width:{share:.1f}%"></i>{gap}{mark}{ticks}</div></div>'
    )


def portfolio_band(counts: Mapping[str, int]) -> str:
    """PortfolioBand: how many clients stand in each status, as one stacked line."""
    order = [s for s in ("at_risk", "watch", "on_track", "unknown") if counts.get(s) or s != "unknown"]
    say = ", ".join(f"{counts.get(s, 0)} {plain(s, RUNWAY_STATUS).lower()}" for s in order)
    parts = "".join(f'<i class="{RUNWAY_TONE[s]}" style="flex:{counts[s]}"></i>' for s in order if counts.get(s))
    chips = "".join(status_chip(s, str(counts.get(s, 0))) for s in order)
    return (
        '<div class="band"><div class="bandhead"><span class="muted">Runway against each client\'s own buffer</span>'
        f'<span class="chips">{chips}</span></div>'
        f'<div class="bandbar" role="img" aria-label="Clients by runway: {text(say)}">{parts}</div></div>'
    )


def aging_bar(rows: Sequence[Mapping[str, Any]], *, empty: str) -> str:
    """AgingBar: open documents by days late, with the same figures as a table."""
    total = sum(r["open_minor"] for r in rows)
    if not rows or total <= 0:
        return f'<p class="empty">{text(empty)}</p>'
    currency = rows[0]["currency_code"]
    say = ", ".join(f"{plain(r['bucket'], BUCKETS)} {money(r['open_minor'], currency)}" for r in rows)
    parts = "".join(
        f'<i class="{BUCKET_TONE.get(r["bucket"], "idle")}" style="flex:{r["open_minor"]}"></i>'
        for r in rows
        if r["open_minor"] > 0
    )
    body = [
        (
            plain(r["bucket"], BUCKETS),
            f"{r['document_count']:,}",
            money(r["open_minor"], currency),
            f"{r['open_minor'] / total:.0%}",
        )
        for r in rows
    ]
    body.append(("Total", f"{sum(r['document_count'] for r in rows):,}", money(total, currency), "100%"))
    table = html_table(("Bucket", "Count", "Amount", "Share"), body, numeric=(1, 2, 3), total=True)
    return f'<div class="bandbar" role="img" aria-label="{text(say)}">{parts}</div>{table}'

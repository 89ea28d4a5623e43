"""Chips and badges: a state as icon, word and colour together, never colour alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from app.components.words import PREFLIGHT, RAILS, RUNWAY_STATUS, age, count, plain, text

RUNWAY_TONE = {"on_track": "ok", "watch": "warn", "at_risk": "bad", "unknown": "idle"}
ICONS = {"ok": "check_circle", "warn": "error", "bad": "warning", "info": "info", "idle": "help"}

# How old a rail's newest good data may be while it is looked at; the published status can only make it worse.
AGEING_AFTER_HOURS = 24.0
STALE_AFTER_HOURS = 48.0


def icon(name: str) -> str:
    """An icon from the font that Streamlit ships; hidden from screen readers, the word beside it speaks."""
    return f'<span class="ic" aria-hidden="true">{text(name)}</span>'


def chip(word: str, tone: str = "idle", icon_name: str | None = None, *, title: str = "") -> str:
    """A pill with icon and word; tone is ok, warn, bad, info or idle."""
    hint = f' title="{text(title)}"' if title else ""
    return f'<span class="chip {text(tone)}"{hint}>{icon(icon_name or ICONS.get(tone, "info"))}{text(word)}</span>'


def status_chip(runway_status: str | None, suffix: str = "") -> str:
    """StatusChip: a client's runway against its own buffer."""
    word = plain(runway_status or "unknown", RUNWAY_STATUS)
    return chip(f"{word}{' ' + suffix if suffix else ''}", RUNWAY_TONE.get(runway_status or "", "idle"))


def preflight_badge(preflight: str | None, readiness: int | None, open_count: int | None) -> str:
    """PreflightBadge: may approvals go ahead on this data."""
    tone = {"ok": "ok", "needs_review": "warn"}.get(preflight or "", "idle")
    word = plain(preflight or "unknown", PREFLIGHT)
    if readiness is not None:
        word += f" {readiness}/100"
    if preflight == "needs_review" and open_count:
        word += f", {count(open_count, 'open item')}"
    return chip(word, tone, "verified" if tone == "ok" else "rule")


def rail_age_hours(last_success_at: datetime | None, now: datetime) -> float | None:
    """Hours since a rail last answered in full; None when it never did."""
    if last_success_at is None:
        return None
    return max((now - last_success_at).total_seconds() / 3600, 0.0)


def rail_state(status: str, hours: float | None) -> str:
    """The worse of what was published and what the clock says now: fresh, ageing, stale, failed, absent."""
    if status in ("failed", "absent", "stale"):
        return status
    if hours is None or hours >= STALE_AFTER_HOURS:
        return "stale"
    return "ageing" if hours >= AGEING_AFTER_HOURS or status == "ageing" else "fresh"


def freshness_badge(rail: str, status: str, last_success_at: datetime | None, now: datetime) -> str:
    """FreshnessBadge: a rail and the age of its newest good data."""
    hours = rail_age_hours(last_success_at, now)
    state = rail_state(status, hours)
    name = plain(rail, RAILS)
    words = {
        "fresh": f"{name} {age(hours)}",
        "ageing": f"{name} ageing, {age(hours)}",
        "stale": f"{name} stale, {age(hours)}",
        "failed": f"{name} failed, last good {age(hours)}",
        "absent": f"{name} not connected",
    }
    tone = {"fresh": "ok", "ageing": "warn", "stale": "warn", "failed": "bad", "absent": "idle"}[state]
    return chip(words[state], tone, "sync" if state == "fresh" else "sync_problem")


def freshness_chips(rails: Sequence[Mapping[str, Any]], now: datetime) -> list[str]:
    """One chip while every rail is fresh, with the age of the oldest; else each rail's own badge."""
    ages = [rail_age_hours(r["last_success_at"], now) for r in rails]
    if rails and all(rail_state(r["status"], hours) == "fresh" for r, hours in zip(rails, ages, strict=True)):
        oldest = max(hours for hours in ages if hours is not None)
        names = [plain(r["rail"], RAILS) for r in rails]
        said = names[0] + "".join(f", {n[0].lower() + n[1:] if n != 'Stripe' else n}" for n in names[1:])
        return [chip(f"All rails fresh, loaded {age(oldest)}", "ok", "sync", title=said)]
    return [freshness_badge(r["rail"], r["status"], r["last_success_at"], now) for r in rails]


def confidence_chip(confidence: str | None, reason: str | None) -> str:
    """How far the forecast may be trusted, with its reason as the hint."""
    tone = {"high": "ok", "medium": "info", "low": "warn"}.get(confidence or "", "idle")
    return chip(f"{plain(confidence or 'unknown')} confidence", tone, "query_stats", title=reason or "")


def chip_row(*chips: str) -> str:
    """Chips side by side; they wrap on a phone."""
    return f'<div class="chips">{"".join(chips)}</div>'

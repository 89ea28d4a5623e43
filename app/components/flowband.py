"""Flowband: weekly money in and out, the cash line with its likely range, and the buffer, as a Vega-Lite dict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.components.words import chance

# Mid tones that keep 3:1 on both the light and the dark page, so a chart needs no rerun when the theme flips.
IN, OUT, CASH, RANGE, BUFFER = "#4A7BE0", "#7A879C", "#3D63D6", "#6E95F2", "#D1394C"
GHOST = "#B4690E"


def flowband_rows(weeks: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The tidy table of the chart: one row per week, whole currency units (drawing only, never arithmetic)."""

    def units(minor: int | None) -> float | None:
        return None if minor is None else minor / 100

    return [
        {
            "week": w["week_start_date"].isoformat(),
            "in": units(w["inflow_minor"]),
            "out": units(w["outflow_minor"]),
            "cash": units(w["closing_balance_minor"]),
            "low": units(w["closing_balance_minor_low"]),
            "high": units(w["closing_balance_minor_high"]),
            "buffer": units(w["buffer_minor"]),
            "below": "" if w.get("breach_probability") is None else chance(w["breach_probability"]),
            "kind": "Forecast" if w["is_forecast"] else "Actual",
        }
        for w in weeks
    ]


def flowband_spec(
    weeks: Sequence[Mapping[str, Any]], *, bar_px: int = 11, ghost: Sequence[tuple[Any, int]] = ()
) -> dict[str, Any]:
    """The chart of past and coming weeks. Forecast is dashed; the band is the range expected 8 times in 10.

    `ghost`: (week's start, closing balance in minor units) of a scenario, drawn as a line of its own.
    """
    rows = flowband_rows(weeks)
    actual = [r for r in rows if r["kind"] == "Actual"]
    # The dashed line starts where the solid one ends, otherwise a gap would read as missing data.
    ahead = actual[-1:] + [r for r in rows if r["kind"] == "Forecast"]
    x = {
        "field": "week",
        "type": "temporal",
        "axis": {"title": None, "format": "%-d %b", "grid": False, "labelOverlap": True, "tickCount": 6},
    }
    y = {
        "type": "quantitative",
        "axis": {"title": None, "format": "$.2~s", "tickCount": 6, "labelExpr": "upper(datum.label)"},
    }
    tip = [
        {"field": "week", "type": "temporal", "title": "Week of", "format": "%a %-d %b"},
        {"field": "in", "type": "quantitative", "title": "Money in", "format": "$,.0f"},
        {"field": "out", "type": "quantitative", "title": "Money out", "format": "$,.0f"},
        {"field": "cash", "type": "quantitative", "title": "Cash at week's end", "format": "$,.0f"},
        {"field": "low", "type": "quantitative", "title": "Likely low", "format": "$,.0f"},
        {"field": "high", "type": "quantitative", "title": "Likely high", "format": "$,.0f"},
        {"field": "below", "type": "nominal", "title": "Chance below the buffer"},
    ]
    layers: list[dict[str, Any]] = [
        {
            "data": {"values": [r for r in ahead if r["low"] is not None]},
            "mark": {"type": "area", "color": RANGE, "opacity": 0.22},
            "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}},
        },
        {
            "mark": {"type": "bar", "color": IN, "width": bar_px, "cornerRadiusEnd": 2},
            "encoding": {"x": x, "y": {**y, "field": "in"}, "tooltip": tip},
        },
        {
            "mark": {"type": "bar", "color": OUT, "width": bar_px, "cornerRadiusEnd": 2},
            "encoding": {"x": x, "y": {**y, "field": "out"}, "tooltip": tip},
        },
        {
            "data": {"values": [r for r in rows if r["buffer"] is not None]},
            "mark": {"type": "line", "color": BUFFER, "strokeDash": [2, 3], "strokeWidth": 1.5},
            "encoding": {"x": x, "y": {**y, "field": "buffer"}},
        },
        {
            "data": {"values": actual},
            "mark": {"type": "line", "color": CASH, "strokeWidth": 2.5},
            "encoding": {"x": x, "y": {**y, "field": "cash"}, "tooltip": tip},
        },
        {
            "data": {"values": ahead},
            "mark": {
                "type": "line",
                "color": CASH,
                "strokeWidth": 2.5,
                "strokeDash": [6, 4],
                "point": {"size": 22, "color": CASH},
            },
            "encoding": {"x": x, "y": {**y, "field": "cash"}, "tooltip": tip},
        },
    ]
    if ghost:
        values = [{"week": start.isoformat(), "scenario": minor / 100} for start, minor in ghost]
        told = {"field": "scenario", "type": "quantitative", "title": "Cash with the scenario", "format": "$,.0f"}
        layers.append(
            {
                "data": {"values": values},
                "mark": {"type": "line", "color": GHOST, "strokeWidth": 2, "strokeDash": [1, 3], "strokeCap": "round"},
                "encoding": {"x": x, "y": {**y, "field": "scenario"}, "tooltip": [tip[0], told]},
            }
        )
    return {
        "data": {"values": rows},
        "layer": layers,
        "height": 300,
        "padding": {"left": 4, "right": 12, "top": 8, "bottom": 4},
        "config": {"view": {"stroke": None}},
    }


def flowband_legend(*, with_scenario: bool = False) -> str:
    """The chart's legend in text, so nothing clips on a phone."""
    keys = [
        ("sq in", "Money in"),
        ("sq out", "Money out"),
        ("ln", "Cash, actual"),
        ("ln dash", "Cash, forecast"),
        ("sq range", "Likely range, 8 in 10"),
        ("ln buf", "Buffer"),
    ]
    keys += [("ln ghost", "Cash, with the scenario")] if with_scenario else []
    return '<div class="legend">' + "".join(f'<span><i class="{c}"></i>{w}</span>' for c, w in keys) + "</div>"


def flowband_alt(weeks: Sequence[Mapping[str, Any]], lowest: str) -> str:
    """The chart in one sentence, for a reader who cannot see it."""
    ahead = sum(1 for w in weeks if w["is_forecast"])
    return f"Weekly money in and out with the cash line, {len(weeks) - ahead} past and {ahead} coming weeks. {lowest}"

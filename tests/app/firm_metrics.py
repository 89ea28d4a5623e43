"""The metric registry of the made-up firm: id, label, definition, model, column, unit."""

from __future__ import annotations

METRICS = [
    (
        "runway",
        "Runway",
        "Days the client can run: cash available less reserves, over average daily net burn of 8 weeks.",
        "pub_portfolio",
        "runway_days",
        "days",
    ),
    (
        "gap_to_buffer",
        "Gap to buffer",
        "Cash available less reserves, less the buffer that the policy protects.",
        "pub_portfolio",
        "gap_to_buffer_minor",
        "minor units",
    ),
    (
        "cash_available",
        "Cash available",
        "Sum of available balances of the client's cash accounts.",
        "pub_portfolio",
        "cash_available_minor",
        "minor units",
    ),
    (
        "quality_score",
        "Data quality",
        "Share of the cash flow that is proven, categorized and fresh.",
        "pub_quality_scores",
        "score",
        "0 to 100",
    ),
    (
        "readiness_score",
        "Readiness",
        "May approvals go ahead on this data.",
        "pub_portfolio",
        "readiness_score",
        "0 to 100",
    ),
    (
        "week_closing",
        "Projected cash",
        "Opening balance plus expected lines of the week.",
        "pub_cash_weeks",
        "closing_balance_minor",
        "minor units",
    ),
    (
        "forecast_error",
        "Forecast error",
        "What published forecasts missed by, as a share of the cash that moved.",
        "pub_forecast_accuracy",
        "error_minor",
        "money",
    ),
]

"""What a snapshot must be before anyone may see it."""

from __future__ import annotations

from orchestration.gate.entering import Table

CLIENT = ("advisor_id", "client_id")
# Thirteen weeks of ten million a week: beyond it a projection has lost its units.
CASH_LIMIT = 100_000_000_00

LEAVING: tuple[Table, ...] = (
    Table("published.pub_snapshot", ("advisor_id",), ("as_of_date", "as_of_at"), live=None),
    Table("published.pub_clients", CLIENT, ("client_name", "time_zone", "currency_code"), live=None),
    Table(
        "published.pub_portfolio",
        CLIENT,
        ("client_name", "runway_status", "confidence", "preflight"),
        {
            "quality_score": (0, 100),
            "readiness_score": (0, 100),
            "cash_available_minor": (-CASH_LIMIT, CASH_LIMIT),
        },
        {
            "runway_status": ("on_track", "watch", "at_risk", "unknown"),
            "confidence": ("high", "medium", "low"),
            "preflight": ("ok", "needs_review", "unknown"),
        },
        live=None,
    ),
    Table(
        "published.pub_cash_weeks",
        (*CLIENT, "week_number"),
        ("week_start_date", "closing_balance_minor"),
        {
            "week_number": (-8, 13),
            "inflow_minor": (0, None),
            "outflow_minor": (None, 0),
            "closing_balance_minor": (-CASH_LIMIT, CASH_LIMIT),
        },
        live=None,
    ),
    Table(
        "published.pub_open_bills",
        (*CLIENT, "source_bill_id"),
        ("vendor_name", "open_minor", "currency_code"),
        {"open_minor": (1, None)},
        live=None,
    ),
    Table("published.pub_open_invoices", (*CLIENT, "source_invoice_id"), ("open_minor",), live=None),
    Table("published.pub_hygiene_items", (*CLIENT, "hygiene_item_id"), ("title", "remedy", "kind"), live=None),
    Table(
        "published.pub_reconciliation",
        (*CLIENT, "posting_id_plaid"),
        ("status", "reason", "amount_minor"),
        one_of={"status": ("matched", "proposed", "own_transfer", "unmatched")},
        live=None,
    ),
    Table(
        "published.pub_certificates",
        (*CLIENT, "posting_id_plaid", "rail", "kind", "document_id"),
        ("status", "evidence"),
        {"match_score": (0, 1)},
        one_of={"status": ("matched", "proposed")},
        live=None,
    ),
    Table(
        "published.pub_quality_scores",
        (*CLIENT, "component"),
        ("explanation",),
        {"score": (0, 100)},
        live=None,
    ),
    Table(
        "published.pub_quality_history",
        (*CLIENT, "rail", "score_date"),
        ("flow_minor",),
        {"quality_points": (0, 100), "readiness_points": (0, 100)},
        live=None,
    ),
    Table("published.pub_rail_health", (*CLIENT, "rail"), ("status",), live=None),
    Table("published.pub_metrics", ("metric_id",), ("definition", "model", "column_name"), live=None),
)

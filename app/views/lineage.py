"""Lineage: where a figure comes from, from its definition to the model that makes it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from app.components import mount
from app.components.cards import empty_state
from app.components.tables import figures, html_table
from app.components.words import moment, text
from app.queries.metrics import metrics, snapshot_row
from app.views import frame

DOCS_HEIGHT = 820


def _checks(gate: dict[str, Any], side: str) -> str:
    met, missed = gate.get(f"{side}_met"), gate.get(f"{side}_missed") or 0
    return "not recorded" if met is None else f"{met} of {met + missed} checks met"


def _proof(scope: object) -> None:
    published = frame.visit().published
    row = snapshot_row(scope)
    if published is None:
        return
    tests = "not recorded"
    if published.dbt_tests:
        passed = published.dbt_tests.get("pass", 0)
        others = {k: v for k, v in published.dbt_tests.items() if k not in ("pass", "success")}
        tests = f"{passed} passed" + "".join(f", {v} {k}" for k, v in others.items())
    mount.html(
        figures(
            [
                ("Snapshot", published.snapshot_id, ""),
                ("Published", moment(published.published_at), ""),
                ("Built", moment(row["built_at"]) if row else "unknown", ""),
                ("dbt tests", tests, ""),
                ("Quality gate, data in", _checks(published.gate, "entering"), ""),
                ("Quality gate, figures out", _checks(published.gate, "leaving"), ""),
            ]
        )
    )


def page() -> None:
    """The metric registry, one figure's way through the models, and the dbt docs of this very snapshot."""
    scope = frame.scope_or_stop()
    frame.header("Lineage", f"Every figure on a screen, its definition and its model. {frame.as_of()}")
    registry = {m["metric_id"]: m for m in metrics(scope)}
    if not registry:
        mount.html(empty_state("No metric registry in this snapshot", "It is published as pub_metrics; publish again."))
    else:
        asked = st.query_params.get("metric")
        ids = list(registry)
        left, right = st.columns([3, 2])
        with left, st.container(border=True, height="stretch"):
            st.header("A figure")
            chosen = st.selectbox(
                "Figure",
                ids,
                index=ids.index(asked) if asked in registry else 0,
                format_func=lambda i: registry[i]["label"],
            )
            metric = registry[chosen]
            mount.html(
                f"<p>{text(metric['definition'])}</p>"
                + figures(
                    [
                        ("Model", metric["model"], ""),
                        ("Column", metric["column_name"], ""),
                        ("Unit", metric["unit"], ""),
                    ]
                )
            )
        with right, st.container(border=True, height="stretch"):
            st.header("This snapshot")
            _proof(scope)
        with st.expander(f"All {len(registry)} figures"):
            body = [
                (m["label"], m["definition"], f"{m['model']}.{m['column_name']}", m["unit"]) for m in registry.values()
            ]
            mount.html(html_table(("Figure", "Definition", "Model and column", "Unit"), body))
    published = frame.visit().published
    with st.container(border=True):
        st.header("dbt docs")
        if published is None or not (published.folder / "dbt_docs.html").exists():
            mount.html(empty_state("No dbt docs with this snapshot", "They are generated when a build is published."))
            return
        model = registry[chosen]["model"] if registry else ""
        anchor = f"#!/model/model.rowcol.{model}" if model else ""
        # The snapshot id only makes a new address per snapshot; the route itself decides what to serve.
        st.iframe(
            f"/evidence/lineage?s={published.snapshot_id}{anchor}",
            height=DOCS_HEIGHT,
            alt="dbt docs: models, columns, tests and their lineage",
        )

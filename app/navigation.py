"""Which pages there are, who sees which, and where each role lands.

Hiding a page is a courtesy; the control is in the service and the query layer, which check every call.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from app.views import (
    account,
    audit,
    decision_console,
    digest,
    hygiene_tray,
    lineage,
    outlook,
    people,
    policies,
    portfolio,
    rail_health,
    reconciliation,
    verification,
)

EVERYONE = frozenset({"bookkeeper", "controller", "advisor", "firm_admin", "analyst", "client_owner"})
FIRM = EVERYONE - {"client_owner"}
# What an auditor reads beside the audit log: where figures come from, what proves them, under which rules.
EVIDENCE = FIRM | {"auditor"}


@dataclass(frozen=True, slots=True)
class Surface:
    """A page: where it lives, what it is called, and the roles it is for."""

    url: str
    title: str
    group: str
    icon: str
    show: Callable[[], None]
    roles: frozenset[str]
    of_client: bool = True


SURFACES = (
    Surface("portfolio", "Portfolio", "Firm", "grid_view", portfolio.page, FIRM, of_client=False),
    Surface("rails", "Rail health", "Firm", "sync", rail_health.page, EVIDENCE, of_client=False),
    Surface("people", "People", "Firm", "group", people.page, frozenset({"firm_admin"}), of_client=False),
    Surface(
        "policies",
        "Policies",
        "Firm",
        "tune",
        policies.page,
        frozenset({"controller", "advisor", "firm_admin", "auditor"}),
        of_client=False,
    ),
    Surface(
        "decisions",
        "Decisions",
        "Client",
        "task_alt",
        decision_console.page,
        frozenset({"bookkeeper", "controller", "advisor", "firm_admin"}),
    ),
    Surface("hygiene", "Hygiene", "Client", "cleaning_services", hygiene_tray.page, FIRM),
    Surface("reconciliation", "Reconciliation", "Client", "compare_arrows", reconciliation.page, EVIDENCE),
    Surface("verification", "Verification", "Client", "fact_check", verification.page, EVIDENCE),
    Surface("outlook", "Outlook", "Client", "timeline", outlook.page, EVERYONE),
    Surface("digest", "Digest", "Client", "description", digest.page, EVERYONE),
    Surface(
        "audit",
        "Audit log",
        "Evidence",
        "history",
        audit.page,
        frozenset({"controller", "advisor", "firm_admin", "analyst", "auditor"}),
        of_client=False,
    ),
    Surface("lineage", "Lineage", "Evidence", "account_tree", lineage.page, EVIDENCE, of_client=False),
    Surface("account", "Your account", "You", "person", account.page, EVERYONE | {"auditor"}, of_client=False),
)

LANDING = {
    "bookkeeper": "hygiene",
    "controller": "decisions",
    "advisor": "digest",
    "firm_admin": "portfolio",
    "analyst": "lineage",
    "auditor": "audit",
    "client_owner": "digest",
}


def surfaces_for(role: str) -> list[Surface]:
    """The pages a role sees, in order."""
    return [s for s in SURFACES if role in s.roles]


def landing_for(role: str) -> str:
    """The url of the page a role comes for."""
    return LANDING.get(role, "digest")


def pages_for(role: str) -> dict[str, st.Page]:
    """Streamlit pages by url, for st.navigation."""
    return {s.url: st.Page(s.show, title=s.title, url_path=s.url) for s in surfaces_for(role)}


def links(role: str, pages: dict[str, st.Page], client_id: str | None) -> None:
    """The sidebar's groups of links; a client's pages carry the client in the address."""
    from app.components import mount
    from app.components.words import text

    group = ""
    with st.container(gap="xsmall"):
        for surface in surfaces_for(role):
            if surface.group != group:
                group = surface.group
                mount.html(f'<div class="group">{text(group)}</div>')
            st.page_link(
                pages[surface.url],
                # Not on st.Page: there an icon becomes the favicon, fetched from a font server outside.
                icon=f":material/{surface.icon}:",
                width="stretch",
                query_params={"client": client_id} if surface.of_client and client_id else None,
            )

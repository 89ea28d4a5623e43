"""What every page shares: whose visit it is, which snapshot it shows, its header, its banners, its errors."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import streamlit as st

from app.components import mount
from app.components.cards import banner, empty_state
from app.components.chips import chip_row, freshness_chips, preflight_badge
from app.components.words import RAIL_NAMES, age, count, moment, plain, sentence, text
from app.queries.metrics import metrics
from app.queries.portfolio import portfolio
from app.queries.rails import rail_health
from app.queries.snapshot import NoSnapshot, Published, Row, Scope, current
from app.settings import Settings
from execution import errors

# A nightly build that did not come for more than a day is worth a line on every page.
SNAPSHOT_OLD_AFTER = timedelta(hours=36)


@dataclass(frozen=True)
class Visit:
    """One run's facts: the same snapshot and the same 'now' for everything on the page."""

    principal: Any
    plane: Any
    published: Published | None
    scope: Scope | None
    now: datetime
    kept: dict[str, Any] = field(default_factory=dict)  # What several parts of the page ask for.


def open_visit(principal: Any, plane: Any, settings: Settings) -> Visit:
    """Reads the pointer once and keeps it for the whole run, so no page mixes two snapshots."""
    try:
        published = current(settings.published, principal.advisor_id)
        scope = published.scope(principal.client_ids)
    except NoSnapshot:
        published, scope = None, None
    visit = Visit(principal, plane, published, scope, plane.now())
    st.session_state["visit"] = visit
    return visit


def visit() -> Visit:
    """The visit of this run."""
    return st.session_state["visit"]


def scope_or_stop() -> Scope:
    """The snapshot's scope; where nothing is published yet, says so and ends the page."""
    found = visit().scope
    if found is None:
        mount.html(
            empty_state(
                "Nothing is published yet",
                "The first load, build and quality gate have to pass once. See `rowcol status`, or run `rowcol run`.",
            )
        )
        st.stop()
    return found


def as_of(zone: str = "UTC") -> str:
    """'As of …' with the snapshot's instant in the zone given."""
    published = visit().published
    return f"As of {moment(published.as_of_at, zone)}" if published else "No snapshot yet"


def stale_banner() -> None:
    """Says which snapshot is shown, since when, and why a newer one was refused or is missing."""
    seen = visit()
    if seen.published is None:
        return
    shown = f"You see snapshot {seen.published.snapshot_id}, published {moment(seen.published.published_at)}"
    refusal = seen.published.refusal
    old_for = seen.now - seen.published.as_of_at
    if refusal is not None:
        failed = (
            f" ({count(len(refusal.failures), 'check')} failed: {', '.join(refusal.failures[:3])})"
            if refusal.failures
            else ""
        )
        mount.html(
            banner(
                "warn",
                "A newer build was refused; these are the last proven figures",
                f"{shown}. Refused {moment(refusal.at)}: {sentence(refusal.reason.rstrip('.') + failed)}",
            )
        )
    elif old_for > SNAPSHOT_OLD_AFTER:
        hours = old_for.total_seconds() / 3600
        mount.html(
            banner(
                "warn",
                "These figures are old",
                f"{shown}; its figures are from {age(hours)}. Load again before deciding on them.",
            )
        )


def header(title: str, subtitle: str) -> None:
    """A page's title with its as-of line, then the banner where the data is old or a build was refused."""
    with st.container(gap="xxsmall"):
        st.title(title)
        mount.html(f'<span class="muted">{text(subtitle)}</span>', width="content")
    stale_banner()


def has(feature: str) -> bool:
    """Whether the firm's tier has a feature. A page asks to spare a refusal; the service refuses by itself."""
    seen = visit()
    return bool(seen.plane.tiers.feature(seen.principal.tier, feature).is_there)


def without(feature: str) -> None:
    """What stands in the place of a feature that the firm's tier does not have: what it is, and how to get it."""
    seen = visit()
    told = seen.plane.tiers.feature(seen.principal.tier, feature)
    mount.html(banner("info", f"{told.title}: not in your firm's tier", f"{told.what} {told.how}."))


def modes() -> Mapping[str, Any]:
    """The mode of each client as it is now, by client id; asked for once a run."""
    seen = visit()
    if "modes" not in seen.kept:
        seen.kept["modes"] = seen.plane.clients.modes(seen.principal)
    return seen.kept["modes"]


def mode_title(client: Row) -> str:
    """A client's mode as it is now; the published one for a client that was removed since."""
    mode = modes().get(client["client_id"])
    return str(mode.title) if mode else str(client["advisor_mode"]).capitalize()


def open_client(client_id: str) -> None:
    """Makes a client the one that all client pages show."""
    st.session_state["client_id"] = client_id


def _wanted_client(rows: Sequence[Row]) -> Row:
    known = {r["client_id"]: r for r in rows}
    asked = st.query_params.get("client")
    if asked and asked not in known:
        mount.html(
            banner(
                "warn", "That client is not among yours", "Choose one from the list; ask your firm admin for access."
            )
        )
    for candidate in (asked, st.session_state.get("client_id")):
        if candidate in known:
            return known[candidate]
    return rows[0]


def client_page(title: str) -> tuple[Scope, Row]:
    """Header and client choice of a client's page; gives the scope and the client's portfolio row."""
    scope = scope_or_stop()
    worst_first = portfolio(scope)
    rows = sorted(worst_first, key=lambda r: r["client_name"].lower())
    if not rows:
        st.title(title)
        mount.html(empty_state("No clients are assigned to you", "A firm admin assigns clients to people."))
        st.stop()
    names = {r["client_id"]: r["client_name"] for r in rows}
    wanted = _wanted_client(worst_first)
    # The title comes first for whoever reads in order; the choice stands beside it.
    row = st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom")
    slot = row.container(width="content", gap="xxsmall")
    if len(rows) > 1:
        with row.container(key="client_choice", width=300):
            # The widget's own value wins within a page; the key carries the wanted client so a link can change it.
            chosen = st.selectbox(
                "Client",
                list(names),
                index=list(names).index(wanted["client_id"]),
                format_func=names.__getitem__,
                key=f"client_of_{title}_{wanted['client_id']}",
            )
        if chosen != wanted["client_id"]:
            open_client(chosen)
            st.query_params["client"] = chosen
            st.rerun()
    client = next(r for r in rows if r["client_id"] == wanted["client_id"])
    open_client(client["client_id"])
    if st.query_params.get("client") != client["client_id"]:
        st.query_params["client"] = client["client_id"]
    with slot:
        st.title(f"{title}: {client['client_name']}")
        subtitle = f"{client['industry']}, {mode_title(client).lower()} mode. {as_of()}"
        chips = chip_row(*client_chips(scope, client))
        mount.html(f'<span class="muted">{text(subtitle)}</span><div class="under">{chips}</div>')
    stale_banner()
    failed = [r for r in rail_health(scope, client["client_id"]) if r["status"] == "failed"]
    if failed:
        reasons = "; ".join(
            f"{plain(r['rail'], RAIL_NAMES)}: {(r['reason'] or 'no answer').rstrip('.')}" for r in failed
        )
        mount.html(
            banner(
                "warn",
                f"{count(len(failed), 'rail')} failed to load",
                f"{sentence(reasons)} What the other rails say is shown; figures that need this rail may be behind.",
            )
        )
    return scope, client


def client_chips(scope: Scope, client: Row) -> list[str]:
    """Pre-flight first, then each connected rail's freshness."""
    rails = [r for r in rail_health(scope, client["client_id"]) if r["status"] != "absent"]
    preflight = preflight_badge(client["preflight"], client["readiness_score"], client["hygiene_open_count"])
    return [preflight, *freshness_chips(rails, visit().now)]


def how_computed(metric_ids: Sequence[str], key: str) -> None:
    """'How is this computed?': definition and model of the figures beside it."""
    seen = visit()
    registry = {m["metric_id"]: m for m in metrics(seen.scope)} if seen.scope else {}
    with st.popover("How is this computed?", icon=":material/account_tree:", type="tertiary", key=f"how_{key}"):
        for metric_id in metric_ids:
            metric = registry.get(metric_id)
            if metric is None:
                mount.html(f"<p class='muted'>No definition is published for {text(metric_id)}.</p>", dialog=True)
                continue
            mount.html(
                f"<p><b>{text(metric['label'])}</b></p><p>{text(metric['definition'])}</p>"
                f"<p><small>{text(metric['model'])}.{text(metric['column_name'])}, {text(metric['unit'])}</small></p>",
                dialog=True,
            )
        mount.html(f"<p><small>{text(as_of())}</small></p>", dialog=True)
        pages = st.session_state.get("pages", {})
        if "lineage" in pages:
            st.page_link(pages["lineage"], label="Open lineage", query_params={"metric": metric_ids[0]})


@contextmanager
def said_plainly(done: str = "") -> Iterator[None]:
    """Runs a command of the service: what it refuses is shown in its own words, and nothing else happens."""
    try:
        yield
    except errors.Refused as refused:
        st.session_state["notice"] = ("bad", refused.title, str(refused), list(refused.verdicts))
    except (errors.Forbidden, errors.NotFound, errors.Conflict, errors.Invalid, errors.StaleData) as problem:
        st.session_state["notice"] = ("bad", problem.title, str(problem), [])
    else:
        if done:
            st.session_state["notice"] = ("info", "Done", done, [])


def notice() -> None:
    """Shows what the last command came to, once."""
    from app.components.cards import verdict_list

    found = st.session_state.pop("notice", None)
    if found:
        tone, title, body, verdicts = found
        mount.html(banner(tone, title, body) + (verdict_list(verdicts) if verdicts else ""))


def error_card(error: Exception, log: logging.Logger) -> None:
    """The page-level card for an error nobody foresaw: a reference to quote, and what still works."""
    if isinstance(error, NoSnapshot):
        mount.html(banner("warn", "A newer snapshot was just published", "Reload the page to see it."))
        return
    if isinstance(error, errors.RowcolError):
        mount.html(banner("bad", error.title, str(error)))
        return
    reference = secrets.token_hex(4)
    log.error("page failed, reference %s", reference, exc_info=error)
    mount.html(
        banner(
            "bad",
            "This page could not be drawn",
            "Reload to see what was recorded before it failed. The other pages still work. "
            f"Quote reference {reference} to whoever runs this console.",
        )
    )

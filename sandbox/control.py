"""The control port: the sandbox's clock, credentials, counters, faults, webhook targets. Loopback only, no sign-in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from sandbox.clock import Clock
from sandbox.faults import KINDS, RAILS, FaultBoard
from sandbox.rails.asgi import CallLog, error_reply
from sandbox.rails.clients import Directory
from sandbox.rails.http import Refusal, Reply, Request, Route, Routes, dump
from sandbox.rails.store import WorldStore
from sandbox.rails.webhooks import Webhooks

_DAY = 86_400


class Control:
    """Handlers of the control port; has the shape of a rail, so the same ASGI application serves it."""

    name = "control"

    def __init__(
        self,
        store: WorldStore,
        directory: Directory,
        clock: Clock,
        faults: FaultBoard,
        log: CallLog,
        webhooks: Webhooks,
        tick: Callable[[], int],
    ) -> None:
        self._store = store
        self._directory = directory
        self._clock = clock
        self._faults = faults
        self._log = log
        self._webhooks = webhooks
        self._tick = tick
        self.urls: dict[str, str] = {}
        self.routes = Routes(
            [
                Route("GET", "/health", self.health),
                Route("GET", "/clock", self.clock),
                Route("POST", "/clock/advance", self.advance),
                Route("POST", "/clock/pause", self.pause),
                Route("POST", "/clock/resume", self.resume),
                Route("GET", "/onboarding", self.onboarding),
                Route("GET", "/requests", lambda request: _ok(self._log.listed())),
                Route("DELETE", "/requests", self.clear_requests),
                Route("GET", "/faults", lambda request: _ok({"faults": self._faults.listed(), "kinds": KINDS})),
                Route("POST", "/faults", self.plant),
                Route("DELETE", "/faults", self.clear_faults),
                Route("DELETE", "/faults/{id}", self.clear_faults),
                Route("POST", "/webhooks/targets", self.targets),
                Route("GET", "/webhooks/targets", lambda request: _ok(self._webhooks.targets)),
                Route("GET", "/webhooks/deliveries", self.deliveries),
                Route("POST", "/clients/{id}/plaid/repair", self.repair),
            ]
        )

    def identify(self, request: Request) -> None:
        """Nobody signs in here."""

    def held_back(self, request: Request) -> Reply | None:
        """No limit."""
        return None

    def authorize(self, request: Request, scope: str | None) -> None:
        """Open: the port is bound to loopback."""

    def failure(self, kind: str, request: Request) -> Reply:
        """No fault is planted in front of the control port."""
        return error_reply(500, {"error": kind})

    def unknown_route(self, request: Request, known_path: bool) -> Reply:
        """404 with what there is."""
        known = sorted({f"{route.method} {route.template}" for route in self.routes.all})
        return error_reply(405 if known_path else 404, {"error": f"no {request.method} {request.path}", "known": known})

    def standing_headers(self, reply: Reply) -> dict[str, str]:
        """None."""
        return {}

    def health(self, request: Request) -> Reply:
        """Whether the sandbox is up, with the world it serves."""
        names = ("seed", "clients", "months", "firms", "end_date")
        world = {name: self._store.meta(name) for name in names}
        return _ok({"status": "ok", "now": self._clock.moment().isoformat(), "world": world, "urls": self.urls})

    def clock(self, request: Request) -> Reply:
        """The sandbox's present."""
        return _ok({"now": self._clock.moment().isoformat(), "now_unix": self._clock.now()})

    def advance(self, request: Request) -> Reply:
        """Move the clock forward by days, hours, minutes or seconds, and tell what came up."""
        given = _body(request)
        units = {"days": _DAY, "hours": 3600, "minutes": 60, "seconds": 1}
        unknown = sorted(set(given) - set(units))
        if unknown or not given:
            raise _bad(f"advance takes {', '.join(units)}; got {', '.join(unknown) or 'nothing'}")
        try:
            seconds = sum(float(given[name]) * size for name, size in units.items() if name in given)
            self._clock.advance(seconds)
        except (TypeError, ValueError) as error:
            raise _bad(str(error)) from error
        sent = self._tick()
        return _ok({"now": self._clock.moment().isoformat(), "webhooks": sent})

    def pause(self, request: Request) -> Reply:
        """Let the clock stand still."""
        self._clock.pause()
        return self.clock(request)

    def resume(self, request: Request) -> Reply:
        """Let the clock run."""
        self._clock.resume()
        return self.clock(request)

    def onboarding(self, request: Request) -> Reply:
        """Firms, clients with credentials, app credentials, demo people, addresses."""
        return _ok({**self._directory.onboarding(), "urls": self.urls, "now": self._clock.moment().isoformat()})

    def clear_requests(self, request: Request) -> Reply:
        """Count afresh."""
        self._log.clear()
        return _ok({"cleared": True})

    def plant(self, request: Request) -> Reply:
        """Plant a fault."""
        given = _body(request)
        known = {"kind", "rail", "client_key", "path", "times"}
        if unknown := sorted(set(given) - known):
            raise _bad(f"unknown fields {unknown}; a fault takes {sorted(known)}")
        kind = given.pop("kind", "")
        if (client := given.get("client_key")) and client not in self._directory.clients:
            raise _bad(f"no client {client!r} in this world")
        try:
            fault = self._faults.plant(str(kind), **given)
        except ValueError as error:
            raise _bad(str(error)) from error
        return Reply(201, dump(fault))

    def clear_faults(self, request: Request) -> Reply:
        """Remove one fault or all."""
        text = request.path_values.get("id")
        if text is not None and not text.isdigit():
            raise _bad(f"{text!r} is no fault id")
        return _ok({"removed": self._faults.clear(None if text is None else int(text))})

    def targets(self, request: Request) -> Reply:
        """Where to deliver: {rail: url or null}; `qbo_format` is cloudevents or legacy, `qbo_address` client or app."""
        given = _body(request)
        address = given.pop("qbo_address", self._webhooks.qbo_address)
        if address not in ("client", "app"):
            raise _bad("qbo_address is client or app")
        style = given.pop("qbo_format", self._webhooks.qbo_format)
        if style not in ("cloudevents", "legacy"):
            raise _bad("qbo_format is cloudevents or legacy")
        if unknown := sorted(set(given) - set(RAILS)):
            raise _bad(f"unknown rails {unknown}; known: {', '.join(RAILS)}")
        self._webhooks.qbo_format, self._webhooks.qbo_address = style, address
        for rail, url in given.items():
            if url:
                self._webhooks.targets[rail] = str(url)
            else:
                self._webhooks.targets.pop(rail, None)
        return _ok(self._webhooks.targets)

    def deliveries(self, request: Request) -> Reply:
        """What was sent, newest last."""
        rail = request.one("rail")
        records = [record.record() for record in self._webhooks.records if rail in (None, record.rail)]
        return _ok({"idle": self._webhooks.idle(), "deliveries": records})

    def repair(self, request: Request) -> Reply:
        """The client signs in at the bank again: an Item with a reset login works anew."""
        key = request.path_values["id"]
        if key not in self._directory.clients:
            raise _bad(f"no client {key!r} in this world")
        self._store.set_secret("plaid", key, "login_required", None)
        self._store.set_secret("plaid", key, "login_repaired", "1")
        self._webhooks.plaid(key, "LOGIN_REPAIRED", "ITEM")
        return _ok({"repaired": key})


def _ok(value: Any) -> Reply:
    return Reply(200, dump(value))


def _body(request: Request) -> dict[str, Any]:
    try:
        given = orjson.loads(request.body or b"{}")
    except orjson.JSONDecodeError as error:
        raise _bad(f"the body is no JSON: {error}") from error
    if not isinstance(given, dict):
        raise _bad("the body must be a JSON object")
    return given


def _bad(message: str) -> Refusal:
    return Refusal(error_reply(422, {"error": message}))

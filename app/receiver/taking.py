"""Take one delivery: whose is it, is it proven, is it on disk. The receiver process and the API share this road."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from concurrent.futures import Future
from functools import partial
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from app.api.problem import problem
from app.receiver.addresses import Addresses
from app.receiver.refusal_rows import RefusalRows
from execution.errors import RowcolError
from execution.service.receiving import Receiving, Subscription
from ingestion.inbox import Inbox, InboxFull, ProofUnavailable, Subscriber, Verdict

RAILS = ("qbo", "ramp", "plaid", "stripe")
# Plaid's key may have to be asked for, and its signature takes a thousand times longer to check than a digest.
PROVEN_ASIDE = frozenset({"plaid"})
LATER = {"Retry-After": "60"}
log = logging.getLogger("rowcol.receiver")


class _NotKnownYet(Exception):
    """An account that may be a client's since the addresses were read."""


class Receiver:
    """Takes deliveries for one inbox."""

    def __init__(self, receiving: Receiving, inbox: Inbox) -> None:
        self._receiving, self._inbox = receiving, inbox
        self._addresses, self._rows = Addresses(receiving), RefusalRows()
        self._reading = asyncio.Lock()

    async def take(self, rail: str, path_key: str | None, headers: Mapping[str, str], body: bytes) -> Response:
        """The answer to one delivery; `path_key` None where a rail has one address for all clients.

        204: on disk, or known already. A refused delivery leaves a count and, now and then, an audit row.
        """
        if rail not in RAILS:
            said = f"there is no rail {rail[:40]!r}; the rails are {', '.join(RAILS)}"
            await self._leave_row("unknown_rail", "any", rail[:40], said, {"rail": rail[:40]})
            return problem(404, "unknown_rail", "No such rail", said)
        try:
            if path_key is None and rail in self._inbox.app_rails:
                return await self._take_for_app(rail, headers, body)
            whose = await self._subscription(rail, path_key) if path_key is not None else None
            if whose is None:
                said = f"no {rail} subscription has this path; `rowcol clients list --webhooks` prints the right ones"
                await self._leave_row("unknown_path", rail, rail, said, {"rail": rail})
                return problem(404, "unknown_path", "No such subscription", said)
            verdict = await self._stored(rail, partial(self._inbox.begin, rail, headers, body, _subscriber(whose)))
            return await self._answer(verdict, rail, whose, len(body))
        except (InboxFull, ProofUnavailable) as error:
            return problem(503, "unavailable", "Deliver it again later", str(error), headers=LATER)
        except SQLAlchemyError:
            log.exception("a %s delivery could not be stored", rail)
            said = "the inbox does not answer; nothing was stored, deliver it again later"
            return problem(503, "unavailable", "Deliver it again later", said, headers=LATER)

    async def _take_for_app(self, rail: str, headers: Mapping[str, str], body: bytes) -> Response:
        await self._refresh()
        try:
            begun = self._inbox.begin_for_app(rail, headers, body, partial(self._subscriber_of, rail))
        except _NotKnownYet:
            await self._refresh(is_missed=True)
            begun = self._inbox.begin_for_app(rail, headers, body, partial(self._subscriber_of, rail))
        verdict = self._inbox.verdict(begun if isinstance(begun, Verdict) else await asyncio.wrap_future(begun))
        return await self._answer(verdict, rail, None, len(body))

    def _subscriber_of(self, rail: str, account: str) -> Subscriber | None:
        """Whose an account is; None once a fresh look has not found it either."""
        found = self._addresses.by_account(rail, account)
        if found is None and self._addresses.is_old(is_missed=True):
            raise _NotKnownYet
        return _subscriber(found) if found else None

    async def _subscription(self, rail: str, path_key: str) -> Subscription | None:
        await self._refresh()
        found = self._addresses.by_path(rail, path_key)
        if found is None:
            await self._refresh(is_missed=True)
            found = self._addresses.by_path(rail, path_key)
        return found

    async def _refresh(self, *, is_missed: bool = False) -> None:
        """Addresses that are fresh enough. While the control store is away, those that are known go on."""
        if self._addresses.is_old(is_missed=is_missed):
            async with self._reading:
                # Unless another delivery has read them meanwhile.
                if self._addresses.is_old(is_missed=is_missed):
                    try:
                        await run_in_threadpool(self._addresses.read)
                    except (RowcolError, SQLAlchemyError):
                        log.exception("the control store does not tell whose webhooks these are")
        if not self._addresses.is_known:
            # Not "nobody's": that would be answered, and never come again.
            raise ProofUnavailable("nobody can tell yet whose webhooks these are; deliver again later")

    async def _stored(self, rail: str, begin: partial[Verdict | Future[int]]) -> Verdict:
        begun = await run_in_threadpool(begin) if rail in PROVEN_ASIDE else begin()
        return self._inbox.verdict(begun if isinstance(begun, Verdict) else await asyncio.wrap_future(begun))

    async def _answer(self, verdict: Verdict, rail: str, whose: Subscription | None, size: int) -> Response:
        if verdict.is_taken:
            return Response(status_code=204)
        told = {"rail": rail, "code": verdict.code, "bytes": size}
        subject = whose.connection_id if whose else rail
        owner = {"advisor_id": whose.advisor_id, "client_id": whose.client_id} if whose else {}
        await self._leave_row("rejected", f"{verdict.code} {subject}", subject, verdict.reason, told, **owner)
        if verdict.code == "challenge_early":
            return problem(503, "unavailable", "Deliver it again later", verdict.reason, headers=LATER)
        if verdict.code == "malformed":
            return problem(400, "malformed_delivery", "The delivery cannot be read", verdict.reason)
        return problem(401, "not_verified", "The delivery was not verified", verdict.reason)

    async def _leave_row(
        self, code: str, kind: str, subject: str, text: str, told: dict[str, Any], **owner: str
    ) -> None:
        times = self._rows.count(code, kind)
        if times is None:
            return
        try:
            await run_in_threadpool(self._receiving.refused, code, subject, text, {**told, "times": times}, **owner)
        except (RowcolError, SQLAlchemyError):
            # Nothing was taken, so the answer stays true; that the log could not be written is an alarm.
            log.exception("a refused %s delivery could not be written to the audit log", subject)


def _subscriber(whose: Subscription) -> Subscriber:
    return Subscriber(whose.client_id, whose.connection_id, whose.external_account_id, whose.secrets)

"""One client's rails, opened for the executor: Ramp by its own write token, bank and books read only."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from execution.domain.facts import BalanceFacts, BillFacts
from execution.errors import NotFound, RowcolError
from execution.facts.plaid_balance import live_balance
from execution.facts.qbo_bill import QboReader
from execution.facts.ramp_payee import RampVendor, foreign_minor, vendor_now
from execution.failpoints import reach
from execution.senders.base import RailUnreachable, Sender
from execution.senders.dry_run import DryRunSender
from execution.senders.ramp import RampSender
from execution.senders.ramp_session import READ_PAYEES, RampSession
from execution.service.connections import Connections
from execution.settings import Settings
from execution.vault import Identity


class LiveRails:
    """Asks the real rails (or the sandbox) of one client. Sessions are kept for the life of the object."""

    def __init__(self, settings: Settings, connections: Connections, advisor_id: str, client_id: str) -> None:
        self._settings, self._connections = settings, connections
        self._whose = (advisor_id, client_id)
        ramp = connections.open(Identity.EXECUTOR, advisor_id, client_id, "ramp", "executor")
        self._ramp = RampSession(settings.ramp_url, ramp.secrets["client_id"], ramp.secrets["client_secret"],
                                 on_sent=partial(reach, "send-in-flight"))  # fmt: skip
        real = RampSender(self._ramp)
        self.sender: Sender = real
        if settings.sender != "ramp":
            self.sender = DryRunSender(real)
        self._payees = self._payee_session()
        self._qbo: QboReader | None = None

    def _payee_session(self) -> RampSession:
        """Payees are read with the reader's token; the write token is for payments."""
        try:
            reader = self._connections.open(Identity.EXECUTOR, *self._whose, "ramp", "reader")
        except NotFound:
            return self._ramp
        secrets = reader.secrets
        return RampSession(self._settings.ramp_url, secrets["client_id"], secrets["client_secret"], scopes=READ_PAYEES)

    def balance(self, account_id: str, asked_at: datetime) -> BalanceFacts:
        """The account's balance from Plaid's live call."""
        try:
            plaid = self._connections.open(Identity.EXECUTOR, *self._whose, "plaid", "reader")
        except RowcolError as error:
            raise RailUnreachable("plaid", str(error)) from error
        return live_balance(
            base_url=self._settings.plaid_url,
            app_client_id=self._settings.plaid_client_id,
            app_secret=self._settings.plaid_secret,
            access_token=plaid.secrets["access_token"],
            account_id=account_id,
            asked_at=asked_at,
        )

    def bill(self, source_bill_id: str) -> BillFacts | None:
        """The bill in QBO now; None when it is gone."""
        try:
            if self._qbo is None:
                self._qbo = QboReader(
                    base_url=self._settings.qbo_url,
                    token_url=self._settings.qbo_token_url,
                    client_id=self._settings.qbo_client_id,
                    client_secret=self._settings.qbo_client_secret,
                    tokens=self._connections.token_store(),
                    connection=self._connections.open(Identity.EXECUTOR, *self._whose, "qbo", "reader"),
                )
            return self._qbo.bill(source_bill_id.removeprefix("qbo:"))
        except RowcolError as error:
            raise RailUnreachable("qbo", str(error)) from error

    def vendor(self, vendor_id: str) -> RampVendor | None:
        """The payee at Ramp now."""
        return vendor_now(self._payees, vendor_id)

    def foreign_minor(self, source_bank_account_id: str, own: set[str]) -> int:
        """What Ramp may still debit from the account for payments that are not ours."""
        return foreign_minor(self._ramp, source_bank_account_id, own)

    def skew_seconds(self, now: datetime) -> int | None:
        """Our clock against Ramp's last answer."""
        return self._ramp.skew_seconds(now)

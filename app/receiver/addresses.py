"""Which address belongs to whom: all live subscriptions in memory, so that a delivery costs no look into the store."""

from __future__ import annotations

import time
from collections.abc import Callable

from execution.service.receiving import Receiving, Subscription

# A new secret or a removed client is noticed within this time.
KEPT_SECONDS = 30.0
# An address that is not known may be new: look again, but a flood of made-up paths costs one look a second.
LOOK_AGAIN_SECONDS = 1.0
# After a look that failed; till the next the addresses that are known go on.
TRY_AGAIN_SECONDS = 5.0


class Addresses:
    """Subscriptions by (rail, path key), and accounts by (rail, account) for a rail with one address for all."""

    def __init__(self, receiving: Receiving, now: Callable[[], float] = time.monotonic) -> None:
        self._receiving, self._now = receiving, now
        self._next_read, self._next_if_missed = float("-inf"), float("-inf")
        self.is_known = False
        self._by_path: dict[tuple[str, str], Subscription] = {}
        self._by_account: dict[tuple[str, str], Subscription] = {}

    def by_path(self, rail: str, path_key: str) -> Subscription | None:
        """Whose address this is, as read last; None for an unknown one."""
        return self._by_path.get((rail, path_key))

    def by_account(self, rail: str, account: str) -> Subscription | None:
        """Whose account this is, as read last; None when it is no client's."""
        return self._by_account.get((rail, account))

    def is_old(self, *, is_missed: bool = False) -> bool:
        """Whether to `read` before an answer; sooner where an address was missed."""
        return self._now() >= (self._next_if_missed if is_missed else self._next_read)

    def read(self) -> None:
        """Read every live subscription anew. Raises what the control store raises; what was known stays."""
        began = self._now()
        again, if_missed = TRY_AGAIN_SECONDS, TRY_AGAIN_SECONDS
        try:
            found = self._receiving.subscriptions()
            self._by_path = {(one.rail, one.path_key): one for one in found if one.path_key is not None}
            self._by_account = {(one.rail, one.external_account_id): one for one in found if one.path_key is None}
            self.is_known = True
            again, if_missed = KEPT_SECONDS, LOOK_AGAIN_SECONDS
        finally:
            # At the end, however it ended: while a look is under way, an address that it may bring is not "unknown".
            self._next_read, self._next_if_missed = began + again, began + if_missed

"""Plants: everything that makes real books hard to read, each under a name of its own.

A plant adds to a client that is already whole, from a generator of its own: what was there keeps its figures.
By default a client has about half of them, in turn, so that no two neighbours are alike; `all` gives every client all.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from sandbox.world.model import Client
from sandbox.world.plants import doubles, feed, identities, rhythms, settlements
from sandbox.world.plants.desk import Desk

LEVELS = ("default", "all")
PLANTS: tuple[Callable[[Desk], None], ...] = (
    settlements.payment_run,
    settlements.partial_payment,
    settlements.short_by_fee,
    settlements.discount,
    settlements.credit_and_rebill,
    settlements.short_deposit,
    settlements.bundled_deposit,
    settlements.payment_for_several,
    settlements.customer_credit,
    doubles.typed_again,
    doubles.by_hand_and_by_sync,
    doubles.split_again,
    doubles.wrong_amount_again,
    doubles.paid_twice,
    doubles.equal_rent,
    doubles.equal_installments,
    rhythms.weekly,
    rhythms.monthly,
    rhythms.quarterly,
    rhythms.annual,
    rhythms.price_rise,
    rhythms.stopped,
    identities.renamed,
    identities.trade_name,
    identities.twice_in_books,
    identities.near_equal_names,
    identities.without_link,
    feed.restated,
    feed.withdrawn,
    feed.tips,
    feed.wrong_account,
    feed.uncategorized,
    feed.transfer_apart,
    feed.transfer_one_side,
)


def _has(client: Client, number: int, level: str) -> bool:
    return level == "all" or (client.position + number * 7 // 5) % 2 == 0


def grow(client: Client, level: str) -> None:
    """Plant what this client gets, before its cash is steered."""
    usual, client.random = client.random, Random(f"{client.seed}|{client.position}|plants")
    for number, plant in enumerate(PLANTS):
        if _has(client, number, level):
            plant(Desk(client))
    client.random = usual


def lose_a_day(client: Client, level: str) -> None:
    """The feed's lost day, once every flow of the client is known."""
    if _has(client, len(PLANTS), level):
        feed.lost_day(client)

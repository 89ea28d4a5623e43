"""Names of clients and the keys made of them."""

from __future__ import annotations

import re

from sandbox.world.names import client_name, slug


def test_no_two_clients_share_a_key() -> None:
    keys = [slug(client_name(7, position)) for position in range(7000)]
    assert len(set(keys)) == 7000
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", key) for key in keys)
    assert keys[0] == "larkspur-creative-agency" and keys[5] == "juniper-finch-outfitters"

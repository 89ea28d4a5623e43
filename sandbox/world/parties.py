"""Who the client is and whom it deals with; writes the masters of the books and of Ramp."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sandbox.world import names
from sandbox.world.model import (
    CHECKING,
    PAYABLES,
    SALES,
    Client,
    Vendor,
)
from sandbox.world.shapes import plaid, qbo, ramp, stripe

LEDGER = (
    ("7", "Cost of Goods and Materials"),
    ("8", "Subcontractors and Services"),
    ("9", "Software and Hosting"),
    ("10", "Rent"),
    ("11", "Utilities"),
    ("12", "Insurance"),
    ("13", "Payroll"),
    ("14", "Taxes and Licenses"),
    ("15", "Office and Travel"),
)
_KIND_LEDGER = {"supply": LEDGER[0], "material": LEDGER[0], "service": LEDGER[1], "software": LEDGER[2]}


def settle(client: Client) -> None:
    """Name the client, give it its accounts and credentials, and write the masters."""
    draw = client.random
    client.city, client.region, client.zone = names.CITIES[client.position % len(names.CITIES)]
    if client.position >= len(names.CLIENTS):
        client.size = draw.uniform(0.4, 1.6)
    client.legal = f"{client.name} {draw.choice(names.LEGAL)}"
    _credentials(client)
    _books(client)
    _bank(client)
    _vendors(client)
    if client.trade.ramp:
        _ramp(client)
    if client.trade.stripe:
        account = client.profile["stripe"]["account_id"]
        start = client.at(client.first, 0, 1)
        body = stripe.account(account, client.name, "books@example.com", start, client.trade.payout_days)
        client.put("stripe", "account", account, [(start, body)])


def _credentials(client: Client) -> None:
    ids = client.ids
    bank = names.BANKS[client.position % len(names.BANKS)]
    accounts = {name: ids.plaid() for name in ("operating", "savings")}
    mode = "direct" if client.position % 6 == 0 and client.trade.ramp else "draft"
    client.profile = {
        "client_name": client.name,
        "industry": client.trade.industry,
        "time_zone": client.zone,
        "currency_code": "USD",
        "advisor_mode": client.trade.mode,
        "buffer_minor": 0,
        "payout_mode": mode,
        "standing": client.standing,
        "rails": ["qbo", "plaid"],
        "qbo": {
            "realm_id": ids.digits(16, "realm"),
            "refresh_token": f"AB11{ids.text(46, 'refresh')}",
            "bank_account_id": CHECKING[0],
            "ap_account_id": PAYABLES[0],
        },
        "plaid": {
            "item_id": ids.plaid(),
            "access_token": f"access-sandbox-{ids.uuid('access')}",
            "institution_id": bank[0],
            "operating_account_id": accounts["operating"],
            "savings_account_id": accounts["savings"],
            "mask": ids.digits(4, "mask"),
            "accounts": [],
        },
    }
    if client.trade.ramp:
        client.profile["rails"].append("ramp")
        client.profile["ramp"] = {
            "business_id": ids.uuid("business"),
            **{
                f"{who}_{part}": f"ramp_{part.split('_')[1]}_{ids.text(32, who + part)}"
                for who in ("reader", "executor")
                for part in ("client_id", "client_secret")
            },
            "entity_id": ids.uuid("entity"),
            "bank_account_id": ids.uuid("funding"),
            "syncs_to_qbo": True,
        }
    if client.trade.stripe:
        client.profile["rails"].append("stripe")
        client.profile["stripe"] = {
            "account_id": f"acct_{ids.text(16, 'acct')}",
            "restricted_key": f"rk_test_{ids.text(40, 'rk')}",
        }


def _books(client: Client) -> None:
    start = client.at(client.first, 0, 1)
    realm = client.profile["qbo"]["realm_id"]
    opened = client.first - timedelta(days=900)
    company = qbo.company(realm, client.name, client.legal, opened, client.zone, start)
    client.put("qbo", "CompanyInfo", "1", [(start, company)])
    sold = qbo.item("1", "Services", SALES, created_at=start, updated_at=start)
    client.put("qbo", "Item", "1", [(start, sold)])


def _bank(client: Client) -> None:
    start, mine = client.at(client.first, 0, 1), client.profile["plaid"]
    bank = names.BANKS[client.position % len(names.BANKS)]
    client.put("plaid", "institution", bank[0], [(start, plaid.institution(*bank))])
    client.put("plaid", "item", mine["item_id"], [(start, plaid.item(mine["item_id"], *bank))])
    for name, subtype in (("operating", "checking"), ("savings", "savings")):
        account = mine[f"{name}_account_id"]
        mask = mine["mask"] if name == "operating" else client.ids.digits(4, "savings mask")
        body = plaid.account(account, f"Business {subtype.title()}", mask, "depository", subtype)
        client.put("plaid", "account", account, [(start, body)])


def _vendors(client: Client) -> None:
    draw, ids, trade = client.random, client.ids, client.trade
    start = client.at(client.first, 0, 1)
    tiers = [
        draw.uniform(14_000, 92_000)
        if at % 5 < 2
        else draw.uniform(110_000, 470_000)
        if at % 5 < 4
        else draw.uniform(520_000, 940_000)
        if at % 2
        else draw.uniform(1_050_000, 1_900_000)
        for at in range(trade.bill_vendors)
    ]
    used: set[str] = set()
    while len(client.vendors) < trade.bill_vendors:
        at = len(client.vendors)
        kind = trade.bill_kinds[at % len(trade.bill_kinds)]
        name = f"{draw.choice(names.FIRST)} {draw.choice(names.SECOND)} {draw.choice(names.KINDS[kind])}"
        if name in used:
            continue
        used.add(name)
        client.names.add(name)
        person = (draw.choice(names.PEOPLE_FIRST), draw.choice(names.PEOPLE_LAST))
        legal = f"{name} {draw.choice(names.LEGAL)}"
        mail = f"billing@{name.split()[0].lower()}{name.split()[-1].lower()}.example"
        route = "ramp" if trade.ramp and at % 6 != 5 else "check" if at % 2 else "ach"
        vendor = Vendor(
            name,
            legal,
            ids.qbo(),
            mail,
            f"555-01{at:02d}",
            person,
            _KIND_LEDGER[kind],
            round(tiers[at] * (0.7 + 0.3 * client.size)),
            draw.randint(1, 28),
            draw.choice((15, 30, 30, 30, 45)),
            route,
            prefix=draw.choice(("INV-", "", name[:2].upper(), "S-")),
            next_number=draw.randint(1000, 88000),
        )
        client.vendors.append(vendor)
        body = qbo.vendor(vendor.qbo, legal, legal, mail, vendor.phone, created_at=start, updated_at=start)
        client.put("qbo", "Vendor", vendor.qbo, [(start, body)])


def _ramp(client: Client) -> None:
    ids, start, mine = client.ids, client.at(client.first, 0, 1), client.profile["ramp"]
    bank = names.BANKS[client.position % len(names.BANKS)][1]
    client.put(
        "ramp",
        "business",
        mine["business_id"],
        [(start, ramp.business(mine["business_id"], client.legal, "555-0100", start))],
    )
    body: dict[str, Any] = ramp.entity(mine["entity_id"], client.legal, mine["bank_account_id"], ids.uuid())
    client.put("ramp", "entity", mine["entity_id"], [(start, body)])
    funding = ramp.bank_account(mine["bank_account_id"], bank, client.profile["plaid"]["mask"], "Operating")
    client.put("ramp", "bank_account", mine["bank_account_id"], [(start, funding)])
    for at, role in enumerate(("BUSINESS_OWNER", "BUSINESS_BOOKKEEPER", "BUSINESS_USER")):
        first, last = client.random.choice(names.PEOPLE_FIRST), client.random.choice(names.PEOPLE_LAST)
        user = ids.uuid(f"user{at}")
        mail = f"{first}.{last}@example.com".lower()
        person = ramp.user(user, mine["business_id"], mine["entity_id"], first, last, mail, role)
        client.put("ramp", "user", user, [(start, person)])
        mine.setdefault("user_ids", []).append(user)
        mine.setdefault("people", []).append({"id": user, "first_name": first, "last_name": last, "email": mail})
    for at, vendor in enumerate(client.vendors):
        if vendor.route != "ramp" and at % 4:
            continue
        vendor.ramp, vendor.account, vendor.contact = ids.uuid(), ids.uuid(), ids.uuid()
        contact = ramp.vendor_contact(vendor.contact, vendor.ramp, *vendor.person, vendor.email, vendor.phone)
        shown = ramp.vendor(
            vendor.ramp, vendor.name, vendor.legal, vendor.qbo, contact, start, entity_id=mine["entity_id"]
        )
        client.put("ramp", "vendor", vendor.ramp, [(start, shown)])
        client.put("ramp", "vendor_contact", vendor.contact, [(start, contact)], account=vendor.ramp)
        where = ramp.vendor_account(vendor.account, vendor.ramp, f"{vendor.name.split()[0]} checking")
        client.put("ramp", "vendor_account", vendor.account, [(start, where)], account=vendor.ramp)

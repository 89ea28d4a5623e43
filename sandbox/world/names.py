"""Made-up names; no real business is meant, save for the processors and card networks that banks print."""

from __future__ import annotations

import re
from random import Random

CLIENTS = (
    "Larkspur Creative Agency", "Copper Kettle Restaurant Group", "Ledgerline Software", "Granite Ridge Builders",
    "Willow Street Medical", "Juniper & Finch Outfitters", "Brightwater Dental", "Hollis Marsh Law",
    "Tri-Harbor Wholesale", "Salt Fork Brewing", "Common Table Foundation", "Ironwood Fitness Studio",
)  # fmt: skip
# How a business of each trade ends its name, in the order of the trades.
ENDINGS = (
    "Creative", "Kitchens", "Software", "Builders", "Family Medicine", "Outfitters", "Dental", "Law Group", "Wholesale",
    "Brewing", "Foundation", "Fitness",
)  # fmt: skip
FIRST = (
    "Amber", "Bluestem", "Cedar", "Driftwood", "Eastgate", "Foxglove", "Goldfinch", "Harrow", "Inlet", "Jasper",
    "Kestrel", "Lantern", "Maple", "Northfork", "Old Mill", "Pinecrest", "Quarry", "Redbud", "Summit", "Thistle",
    "Union", "Verity", "Westlake", "Yarrow", "Zephyr", "Anchor", "Birch", "Clearwater", "Dogwood", "Elmwood",
)  # fmt: skip
SECOND = (
    "Hill", "Bridge", "Valley", "Point", "Grove", "Street", "Park", "River", "Field", "Harbor", "Creek", "Square",
    "Landing", "Meadow", "Crossing", "Ridge", "Bend", "Shore",
)  # fmt: skip
KINDS = {
    "supply": ("Supply Co", "Provisions", "Distributors", "Trading", "Foods"),
    "service": ("Services", "Partners", "Group", "Associates", "Works"),
    "software": ("Software", "Cloud", "Systems", "Labs"),
    "material": ("Materials", "Lumber", "Steel", "Equipment", "Rentals"),
}
LEGAL = ("LLC", "Inc.", "Corp.", "LLC", "Inc.", "LP")
PEOPLE_FIRST = (
    "Nora", "Luis", "Priya", "Owen", "Mei", "Tomas", "Ruth", "Amir", "Grace", "Ivan", "Leah", "Dario", "Hana", "Felix",
    "Zoe", "Marcus", "Elena", "Peter", "Sade", "Colin",
)  # fmt: skip
PEOPLE_LAST = (
    "Abbott", "Brandt", "Castillo", "Dunn", "Eriksen", "Fofana", "Garza", "Hughes", "Ishii", "Jansen", "Kowalski",
    "Lowe", "Mbeki", "Novak", "Okafor", "Pruitt", "Quist", "Reyes", "Sorensen", "Tran",
)  # fmt: skip
CITIES = (
    ("PORTLAND", "OR", "America/Los_Angeles"), ("DENVER", "CO", "America/Denver"), ("AUSTIN", "TX", "America/Chicago"),
    ("COLUMBUS", "OH", "America/New_York"), ("RALEIGH", "NC", "America/New_York"), ("MADISON", "WI", "America/Chicago"),
    ("SACRAMENTO", "CA", "America/Los_Angeles"), ("PITTSBURGH", "PA", "America/New_York"),
)  # fmt: skip
BANKS = (("ins_9001", "Harbor National Bank"), ("ins_9002", "First Prairie Bank"), ("ins_9003", "Cascade Commercial"))
# (name in the books, descriptor stem, MCC, MCC text, typical cents, share of card spend)
CARD_MERCHANTS = (
    ("Cloudnest Hosting", "CLOUDNEST* HOSTING", ("7372", "Computer Programming"), 18900, 3),
    ("Quillpad", "SQ *QUILLPAD", ("5734", "Computer Software Stores"), 4900, 3),
    ("Paperway Office", "PAPERWAY #0{store}", ("5943", "Stationery Stores"), 8600, 4),
    ("Cornerstone Fuel", "CORNERSTONE FUEL {store}", ("5541", "Service Stations"), 5400, 6),
    ("Metro Parking", "METRO PARK*{store}", ("7523", "Parking Lots"), 1900, 3),
    ("Dockside Deli", "TST* DOCKSIDE DELI", ("5812", "Eating Places"), 3600, 6),
    ("Blue Heron Coffee", "SQ *BLUE HERON COFFEE", ("5814", "Fast Food"), 1400, 5),
    ("Parcelpoint", "PARCELPOINT {store}", ("4215", "Courier Services"), 4200, 4),
    ("Skyward Air", "SKYWARD AIR 0{store}77", ("4511", "Airlines"), 38900, 1),
    ("Harborview Inn", "HARBORVIEW INN {store}", ("7011", "Lodging"), 24800, 1),
    ("Toolbarn", "TOOLBARN #{store}", ("5251", "Hardware Stores"), 11200, 3),
    ("Bigbox Club", "BIGBOX CLUB {store}", ("5300", "Wholesale Clubs"), 21300, 2),
    ("Adreach", "ADREACH*CAMPAIGN", ("7311", "Advertising Services"), 45000, 2),
    ("Telco One", "TELCO ONE *AUTOPAY", ("4814", "Telecommunications"), 26400, 1),
)  # fmt: skip


def client_name(seed: int, position: int) -> str:
    """The name of a client business: no two positions of a world share one."""
    if position < len(CLIENTS):
        return CLIENTS[position]
    trade, turn = position % len(ENDINGS), position // len(ENDINGS) - 1
    pairs = len(FIRST) * len(SECOND)
    # A step without a common divisor walks through every pair before the first comes again.
    at = (Random(f"{seed}|names|{trade}").randrange(pairs) + turn * 211) % pairs
    name = f"{FIRST[at % len(FIRST)]} {SECOND[at // len(FIRST)]} {ENDINGS[trade]}"
    return name if turn < pairs else f"{name} {turn // pairs + 1}"


def slug(name: str) -> str:
    """A name as it stands in an address: `juniper-finch-outfitters`."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")

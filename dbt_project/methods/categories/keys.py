"""A descriptor under keys that grow wider: as it stands, without its codes, and as bare letters.

Card schemes append order numbers, store numbers and towns, so most "new" descriptors are known merchants under another
code. Case is kept at first: a scheme that writes `Amazon.co.uk*M12` and `AMAZON.CO.UK*M12` means two merchants.
"""

from __future__ import annotations

import polars as pl

# Who carried the payment stands before the star; the merchant stands behind it.
CARRIERS = (
    r"^(PAYPAL|PP|SQU?|SQUARE|IZ|IZETTLE|ZETTLE|SUMUP|SP|EB|TST|STRIPE|WORLDPAY|WPY|NOCHEX|GOCARDLESS|CKO|GPAY|"
    r"GOOGLE PAY|APPLE PAY|CCI|BLS|LS|DRI|FS|2CO|PY|TOAST|CLOVER|SHOPIFY|ETSY)\s*[.\-]?\s*\*\s*"
)
# A piece of text that holds a digit: store, order and telephone numbers, dates.
CODE = r"[A-Za-z0-9]*\d[A-Za-z0-9]*"
# A long number that runs into a word ("INN44529310"): the word stays.
GLUED = r"(\p{L}{3,})(\d{3,})"
# Says how a firm is set up or reached, not what it sells.
FILLER = (
    r"\b(WWW|HTTPS?|COM|CO|UK|ORG|NET|EU|GB|GBR|USA|LTD|LIMITED|PLC|LLP|LLC|INC|CORP|CORPORATION|COMPANY|THE|"
    r"INTERNET|ONLINE|STORES?|SHOP|BRANCH)\b"
)
# How banks and schemes shorten words; written out so that a cut and a whole spelling meet.
SHORT = {
    "AMZN": "AMAZON",
    "AMZ": "AMAZON",
    "MKTPLACE": "MARKETPLACE",
    "MKTPLCE": "MARKETPLACE",
    "MKTP": "MARKETPLACE",
    "MKTPL": "MARKETPLACE",
    "FACEBK": "FACEBOOK",
    "SMKT": "SUPERMARKET",
    "SSTN": "SERVICE STATION",
    "STN": "STATION",
    "SVCS": "SERVICES",
    "SVC": "SERVICE",
    "SERV": "SERVICES",
    "REST": "RESTAURANT",
    "RSTRNT": "RESTAURANT",
    "RESTAURAN": "RESTAURANT",
    "HTL": "HOTEL",
    "PHARM": "PHARMACY",
    "CHEM": "CHEMIST",
    "UNIV": "UNIVERSITY",
    "COLL": "COLLEGE",
    "ASSOC": "ASSOCIATION",
    "SOC": "SOCIETY",
    "MGMT": "MANAGEMENT",
    "TECH": "TECHNOLOGY",
    "ELEC": "ELECTRICAL",
    "HOSP": "HOSPITAL",
    "INTL": "INTERNATIONAL",
    "GDN": "GARDEN",
    "GDNS": "GARDENS",
    "CTR": "CENTRE",
    "CNTR": "CENTRE",
    "CENTER": "CENTRE",
    "BLDG": "BUILDING",
    "SUPP": "SUPPLIES",
    "EQUIP": "EQUIPMENT",
    "INS": "INSURANCE",
    "PETROLEUM": "PETROL",
    "RLWY": "RAILWAY",
    "TRVL": "TRAVEL",
    "PRKG": "PARKING",
    "PKG": "PARKING",
}
KEYS = ("descriptor", "named")


def keyed(descriptors: pl.Series) -> pl.DataFrame:
    """One row per distinct descriptor with its keys and its words.

    Args:
        descriptors: texts; null counts as empty.

    Returns:
        descriptor, named (case kept, codes gone), letters (upper case, sorted words without filler, run together),
        words (upper case, codes and carriers gone, short forms written out).
    """
    text = pl.col("descriptor")
    upper = text.str.to_uppercase().str.replace_all(r"[’'`]", "")
    merchant = upper.str.replace(CARRIERS, "").str.replace_all(r"\bS/MKTS?\b", " SUPERMARKET ")
    tokens = _without_codes(merchant).str.replace_all(r"[^A-Z&À-Þ]+", " ").str.strip_chars()
    words = tokens.str.split(" ").list.eval(pl.element().replace(SHORT)).list.join(" ")
    # A name of figures only ("1610", "4 2 3") keeps them, else all of these would be one merchant.
    words = pl.when(words == "").then(merchant.str.strip_chars()).otherwise(words)
    named = _without_codes(text).str.replace_all(r"[^\p{L}&*]+", " ").str.strip_chars()
    return (
        pl.DataFrame({"descriptor": descriptors.cast(pl.String).fill_null("").unique(maintain_order=True)})
        .with_columns(words.alias("words"), pl.when(named == "").then(text).otherwise(named).alias("named"))
        .with_columns(_letters().alias("letters"))
        .select(*KEYS, "letters", "words")
    )


def _without_codes(text: pl.Expr) -> pl.Expr:
    return text.str.replace_all(GLUED, "$1 $2").str.replace_all(CODE, " ")


def _letters() -> pl.Expr:
    bare = pl.col("words").str.replace_all(FILLER, " ").str.replace_all(r"S\b", "").str.strip_chars()
    joined = bare.str.extract_all(r"[^\s]+").list.sort().list.join("")
    return pl.when(joined == "").then(pl.col("words")).otherwise(joined)

"""A descriptor or a party's name -> the words that identify, one pass of polars expressions per distinct text.

Rules and their order follow how the texts are made: a bank wraps what a processor prefixed, the processor prefixed what
the merchant typed, and the merchant typed a name, a store number, a phone or a reference. Nothing is looked up.
"""

from __future__ import annotations

import unicodedata

import polars as pl

from dbt_project.methods.names.words import BANK_WORDS, IN_FRONT, LEGAL_FORMS, PREFIXES, STATES, TOWNS

_LATIN = (
    "A B V G D E E ZH Z I Y K L M N O P R S T U F KH TS CH SH SHCH  Y  E YU YA I YI YE G U D J LJ NJ C DZ "
    "A V G D E Z I TH I K L M N X O P R S T Y F CH PS O"
)
# Letters that decomposition leaves alone, and two scripts in which the same company is often written.
_LETTERS = dict(
    zip("ØÆŒßĐŁÞŊİıĦŦ", ["O", "AE", "OE", "SS", "D", "L", "TH", "N", "I", "I", "H", "T"], strict=True)
) | dict(
    zip(
        "АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯІЇЄҐЎЂЈЉЊЋЏΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩ",
        _LATIN.split(" "),
        strict=True,
    )
)
_PREFIX = rf"^\s*(?:(?:(?:{BANK_WORDS})\b[\s:-]*)|(?:(?:{PREFIXES}) ?\*+\s*))+"
# Any house's own short prefix before a star, when a word follows: "NOR*NORTHERN TOOL", "CL *IOMEGA".
_OTHER_PREFIX = r"^\s*[A-Z0-9&]{1,4} ?\*+\s*([A-Z][A-Z][A-Z])"
_PHONE = r"(?:\+?1[-. ])?(?:\(\d{3}\) ?|\b\d{3}[-.])\d{3}[-. ]?\d{0,4}|[A-Z]\d{10}\b|\b1?-?8\d\d-[A-Z0-9-]{5,}"
_DATE = r"\b\d{1,2}/\d{1,2}(?:/\d{2,4})?\b|\b\d{4}-\d{2}-\d{2}\b"
# Columns that run over each other: "00 OF 00" of a split purchase, a store's number in a padded field.
_FILLER = r"\d{1,2} OF \d{1,2}\s*$|\s{2,}[A-Z]{0,3}\d[A-Z0-9/.-]*\s*$|\s{3,}S[A-Z0-9]{2}\s*$"
_REFERENCE = (
    r"[#№]\s*[A-Z0-9-]*\d[A-Z0-9-]*|\bNO\.? ?\d+\b|\b(?:STORE|STR|SHOP|INV|INVOICE|REF|LBX|ORDER|TRN|ID)[ :#]*\d+\b|"
    r"\bX{3,}\d*\b"
)
_DIGITS = r"\b[A-Z]{0,2}\d{3,}[\d-]*\b|\d{5,}"
_AFTER_STAR = r"^(.{5,}?[A-Z]{3}\S*) ?\*+.*$"
_TAIL = r"^.{4,}?[A-Z]{3}\S* ?\*+\s*([A-Z][A-Z .-]{2,})"
_PASSES = 6
_ROWS = 250_000
_TOP = r"(\w)\. ?(?:COM|NET|ORG|BIZ|INFO|IO|CO\.UK|ORG\.UK|GOV\.UK|COM\.AU)\b\.?"


def _alternatives(forms: list[str]) -> str:
    return "|".join(sorted((form.replace(" ", " +") for form in forms), key=len, reverse=True))


_BEHIND = rf"(?: (?:{_alternatives(list(LEGAL_FORMS))}))+$"
_BEFORE = rf"^(?:(?:{_alternatives([form for form in LEGAL_FORMS if ' ' in form] + IN_FRONT.split())}) )+"
_FORM = rf"^({_alternatives(list(LEGAL_FORMS))})(?: |$)"
_TOWN = rf" (?:{TOWNS}) (?:{'|'.join(sorted(STATES))})$"
_STATE = rf" (?:{'|'.join(sorted(STATES))})$"


def ascii_upper(text: pl.Expr) -> pl.Expr:
    """Capitals without accents; Greek and Cyrillic letters by their sound. Other scripts stay as they are.

    Args:
        text: an expression of strings.
    """
    folded = text.str.normalize("NFKD").str.replace_all(r"\p{M}+", "").str.to_uppercase()
    return folded.str.replace_many(_LETTERS)


def fold(text: str) -> str:
    """`ascii_upper` for one text."""
    plain = unicodedata.normalize("NFKD", text)
    upper = "".join(letter for letter in plain if not unicodedata.category(letter).startswith("M")).upper()
    return "".join(_LETTERS.get(letter, letter) for letter in upper)


def clean_texts(texts: pl.Series, *, descriptors: bool = True) -> pl.DataFrame:
    """The words that identify a party, for each distinct text.

    Args:
        texts: descriptors or names; nulls are left out, repeats are cleaned once.
        descriptors: also take off what banks and processors add (prefixes, store numbers, states, references). False
            for names that people keep in their books, where "Pier 39" is a name and no store number.

    Returns:
        One row per distinct text: `text`; `clean` (capitals, single spaces, cleaning it again changes nothing; empty
        only where the text has no letter or digit); `tail` (words behind a merchant's star, often what was bought);
        `inside` (a number right before the legal form, which tells companies apart); `legal` (short legal form, or
        empty); `numbers` (digit strings that are no phone or date, without leading zeros, space between).
    """
    frame = texts.drop_nulls().unique(maintain_order=True).alias("text").to_frame()
    parts = [_cleaned(part, _steps(descriptors)) for part in frame.iter_slices(_ROWS)]
    return pl.concat(parts) if parts else _cleaned(frame, _steps(descriptors))


def _cleaned(frame: pl.DataFrame, wrapped: list[tuple[str, str]]) -> pl.DataFrame:
    frame = frame.with_columns(ascii_upper(pl.col("text")).alias("folded"))
    frame = frame.with_columns(
        _flat(pl.col("folded")).alias("flat"),
        _numbers(pl.col("folded")).alias("numbers"),
        _flat(pl.col("folded").str.extract(_TAIL)).fill_null("").alias("tail"),
    )
    # The form is read before references go: "Acme Ltd #44" has one.
    form = pl.coalesce(pl.col("flat").str.extract(f"({_BEHIND})"), pl.col("flat").str.extract(f"({_BEFORE})"))
    first = form.fill_null("").str.strip_chars().str.extract(_FORM).str.replace_all(" +", " ")
    clean = _pass(frame["folded"], wrapped)
    return frame.select(
        "text",
        _settled(clean, wrapped).alias("clean"),
        pl.col("flat").str.extract(rf" (\d{{1,4}}){_BEHIND}").fill_null("").alias("inside"),
        "tail",
        first.replace_strict(LEGAL_FORMS, default="").fill_null("").alias("legal"),
        "numbers",
    )


def _settled(clean: pl.Series, wrapped: list[tuple[str, str]]) -> pl.Series:
    """Passes until nothing changes: a rule may bare what another takes off, as a store number hides a state."""
    rows = pl.DataFrame({"row": pl.int_range(len(clean), eager=True), "clean": clean})
    waiting = rows
    for _ in range(_PASSES):
        after = waiting.with_columns(_pass(waiting["clean"], wrapped).alias("after"))
        waiting = after.filter(pl.col("after") != pl.col("clean")).select("row", pl.col("after").alias("clean"))
        if waiting.is_empty():
            break
        rows = rows.update(waiting, on="row")
    return rows["clean"]


def _steps(descriptors: bool) -> list[tuple[str, str]]:
    """Pattern and replacement, in order; the flat form comes after the first block."""
    wrapped = [
        (_PREFIX, ""),
        (_OTHER_PREFIX, "$1"),
        (_FILLER, " "),
        (_PHONE, " "),
        (_DATE, " "),
        (_AFTER_STAR, "$1"),
        (_REFERENCE, " "),
    ]
    return wrapped if descriptors else []


def _pass(text: pl.Series, wrapped: list[tuple[str, str]]) -> pl.Series:
    """One pass; what would leave nothing of the text is not done."""
    # Column by column: nested in one expression the same chain would run nine times.
    frame = text.alias("text").to_frame()
    frame = frame.with_columns(_flat(pl.col("text")).alias("plain"))
    if wrapped:
        subject = _subject(pl.col("text"))
        for pattern, put in wrapped:
            subject = subject.str.replace_all(pattern, put)
        flat = _flat(subject).str.replace_all(_DIGITS, " ").str.replace_all(" +", " ").str.strip_chars()
        flat = flat.str.replace(_TOWN, "").str.replace(_STATE, "").str.replace(r"(?: \d+)+$", "")
        frame = frame.with_columns(flat.alias("flat"))
    else:
        frame = frame.with_columns(pl.col("plain").alias("flat"))
    named = pl.col("flat").str.contains(r"\p{L}{2}")
    frame = frame.with_columns(pl.when(named).then("flat").otherwise("plain").alias("flat"))
    bare = pl.col("flat").str.replace(_BEHIND, "").str.replace(_BEFORE, "")
    frame = frame.with_columns(bare.str.replace("^THE ", "").str.replace(" AND$", "").alias("bare"))
    said = pl.col("bare").str.contains(r"\p{L}{2}|\d")
    return frame.select(pl.when(said).then("bare").otherwise("flat").alias("clean"))["clean"]


def _flat(text: pl.Expr) -> pl.Expr:
    """Letters and digits between single spaces: initials joined, `&` as AND, apostrophes and web endings gone."""
    joined = (
        text.str.replace_all(r"[’'`´ʼ]", "")
        .str.replace_all(r"\b(\p{L})\.(\p{L})\b\.?", "$1$2")
        .str.replace_all(r"\b(\p{L})\.(\p{L})\b\.?", "$1$2")
        .str.replace_all(_TOP, "$1 ")
        .str.replace_all(r"\bWWW\.|HTTPS?:", " ")
        .str.replace_all(r"&|\+", " AND ")
        .str.replace_all(r"[^\p{L}\p{N}]+", " ")
        .str.strip_chars()
    )
    for run in (6, 5, 4, 3, 2):
        letters = " ".join([r"([B-Z]|A)"] * run)
        joined = joined.str.replace_all(rf"\b{letters}\b", "".join(f"${{{n + 1}}}" for n in range(run)))
    return joined


def _subject(text: pl.Expr) -> pl.Expr:
    """The part of a bank line that names the other side: INDN of a bill-pay debit, else what precedes the codes."""
    ours = text.str.extract(r"BILL ?PA?Y.*INDN:(.*?)(?: CO ID:| CCD| PPD| WEB|$)")
    plain = text.str.replace(r"\s(?:DES|ID|INDN|CO ID|SEC|TRN|TRACE):.*$", "").str.replace("ORIG CO NAME:", "")
    return pl.coalesce(ours, plain).str.strip_chars()


def _numbers(text: pl.Expr) -> pl.Expr:
    digits = text.str.replace_all(_PHONE, " ").str.replace_all(_DATE, " ").str.extract_all(r"\d+")
    return digits.list.eval(pl.element().str.strip_chars_start("0")).list.unique().list.sort().list.join(" ")

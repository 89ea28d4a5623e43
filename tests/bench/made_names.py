"""Company names changed by known rules, to fit on where labelled pairs are few.

A slip of the keys or another way to write the legal form leaves it the same company; another place, another number
before the form or another line of business in the same spot makes it another one. Names come from public lists.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from tests.beside import DATA

PLACES = (
    "North South East West UK Ireland Scotland Wales London Leeds Europe Asia Germany France Sweden Norway Finland "
    "Canada Australia Singapore Texas Ohio Yorkshire Kent"
)
LINES = (
    "Construction Engineering Petroleum Pipeline Securities Finance Trust Banking Insurance Logistics Properties "
    "Energy Software Consulting Security Recruitment Catering Training Transport Media Health Foods Textiles Steel"
)
FORMS = (
    ("Ltd", "Limited"), ("LLC", "L.L.C."), ("LLC", "Limited Liability Company"), ("plc", "Public Limited Company"),
    ("AG", "Aktiengesellschaft"), ("Inc.", "Incorporated"), ("S.A.R.L.", "SARL"), ("Corp.", "Corporation"), ("", "Ltd"),
    ("B.V.", "BV"), ("Co., Ltd.", "Co Ltd"),
)  # fmt: skip


def made_pairs(count: int = 60, seed: int = 0) -> pl.DataFrame:
    """left, right, same: `count` pairs of each kind of change."""
    drawn = np.random.default_rng(seed)
    names = pl.read_csv(DATA / "supplier_name_variants_uk" / "supplier_names.csv.gz", infer_schema=False)["name"]
    stems = names.str.to_titlecase().str.replace(r"(?i)[ ,]+(ltd|limited|plc|llp)\.?$", "").unique(maintain_order=True)
    fit = stems.filter(stems.str.contains(r"^[A-Z][a-z]{3,}( [A-Z][a-z]{3,}){0,2}$")).to_list()
    places, lines = PLACES.split(), LINES.split()
    picked = iter(drawn.permutation(len(fit)))
    rows: list[tuple[str, str, int]] = []
    for _ in range(count):
        stem, form = fit[next(picked)], FORMS[drawn.integers(len(FORMS))]
        rows.append((_with(stem, form[0]), _with(stem, form[1]), 1))
        stem, form = fit[next(picked)], FORMS[drawn.integers(len(FORMS))]
        rows.append((_with(stem, form[0]), _with(slip(stem, drawn), form[0]), 1))
        stem, form = fit[next(picked)], FORMS[drawn.integers(len(FORMS))]
        one, other = drawn.choice(len(places), 2, replace=False)
        shape = "{} ({})" if drawn.random() < 0.5 else "{} {}"
        left, right = (shape.format(stem, places[at]) for at in (one, other))
        rows.append((_with(left, form[0]), _with(right, form[0]), 0))
        stem, form = fit[next(picked)].split()[0], FORMS[drawn.integers(len(FORMS))]
        one, other = drawn.choice(len(lines), 2, replace=False)
        rows.append((_with(f"{stem} {lines[one]}", form[0]), _with(f"{stem} {lines[other]}", form[0]), 0))
        stem = fit[next(picked)]
        one, other = drawn.choice(12, 2, replace=False)
        rows.append((f"{stem} {one + 1} Ltd", f"{stem} {other + 1} Limited", 0))
    return pl.DataFrame(rows, schema=["left", "right", "same"], orient="row")


def slip(name: str, drawn: np.random.Generator) -> str:
    """One letter doubled, dropped, swapped or replaced."""
    at = int(drawn.integers(1, len(name) - 1))
    while not name[at].isalpha() or not name[at - 1].isalpha():
        at = int(drawn.integers(1, len(name) - 1))
    kind = drawn.integers(4)
    if kind == 0:
        return name[:at] + name[at] + name[at:]
    if kind == 1:
        return name[:at] + name[at + 1 :]
    if kind == 2:
        return name[: at - 1] + name[at] + name[at - 1] + name[at + 1 :]
    return name[:at] + "aeiorstln"[int(drawn.integers(9))] + name[at + 1 :]


def _with(stem: str, form: str) -> str:
    return f"{stem} {form}".strip()

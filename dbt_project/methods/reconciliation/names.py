"""Which suppliers a bank line's description can mean: the same name, a name that the bank cut short, or one inside it.

A bank gives a payment 18 or so characters, in capitals and without most signs. So names are compared by letters and
digits alone, a description as long as the longest ones is taken to be cut, and only what stays without a partner is
compared by likeness. Work grows with the distinct texts, not with the lines.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import polars as pl
from rapidfuzz import fuzz, process

# A description may be cut when it is this near to the longest common length, since a blank at its end is lost.
NEAR_THE_CUT = 2
# Share of the distinct descriptions that must have that length before it is believed to be the bank's limit.
CUT_SHARE = 0.05
# Limits that statements are known to have, from 15 or so characters to 40.
LIMITS = (12, 40)
# What names score: the same; cut; inside a longer description. Likeness scores below these.
SAME, CUT, INSIDE = 1.0, 0.98, 0.92
ALIKE = 86
SHORTEST = 5

_LEGAL = re.compile(
    r"\b(LIMITED|LTD|PLC|LLP|LLC|INC|INCORPORATED|CORP|CORPORATION|CO|COMPANY|GMBH|AG|BV|NV|SA|SARL|SRL|PTY|LP)\b"
)
_NOISE = re.compile(r"\b\w*\d\w*\b")


@dataclass(frozen=True)
class Links:
    """Pairs of distinct texts that may be one party.

    Attributes:
        pairs: description, supplier (places in the lists given), name_score from 0 to 1.
        cut: characters at which the bank cuts, or none.
    """

    pairs: pl.DataFrame
    cut: int | None


def squeezed(texts: pl.Expr) -> pl.Expr:
    """Letters and digits in capitals, accents gone: what is compared."""
    plain = texts.str.normalize("NFKD").str.replace_all(r"\p{M}", "").str.to_uppercase()
    return plain.str.replace_all("&", "AND").str.replace_all(r"[^\p{L}\p{N}]", "")


def cut_length(descriptions: pl.Series) -> int | None:
    """The length at which the bank cuts descriptions, when many of them end there."""
    lengths = descriptions.str.strip_chars().str.len_chars()
    longest = lengths.max()
    if not isinstance(longest, int) or not LIMITS[0] <= longest <= LIMITS[1]:
        return None
    near = int((lengths >= longest - NEAR_THE_CUT + 1).sum())
    return longest if near >= CUT_SHARE * len(lengths) else None


def link(descriptions: pl.Series, suppliers: pl.Series) -> Links:
    """Link distinct descriptions with distinct suppliers.

    Args:
        descriptions: distinct texts of bank lines, no nulls.
        suppliers: distinct names, no nulls.

    Returns:
        For each description the suppliers of its best kind of evidence.
    """
    cut = cut_length(descriptions)
    left = pl.DataFrame({"text": descriptions}).with_row_index("description").with_columns(key=squeezed(pl.col("text")))
    left = left.with_columns(length=pl.col("text").str.strip_chars().str.len_chars())
    right = pl.DataFrame({"text": suppliers}).with_row_index("supplier").with_columns(key=squeezed(pl.col("text")))
    right = right.filter(pl.col("key") != "")
    same = left.join(right, on="key").select("description", "supplier", name_score=pl.lit(SAME))
    found = [same]
    if cut is not None:
        shortened = left.filter(pl.col("length") >= cut - NEAR_THE_CUT + 1)
        found.append(_prefixes(shortened, right, CUT))
    linked = pl.concat(found)
    lone_left = left.join(linked, on="description", how="anti")
    lone_right = right.join(linked, on="supplier", how="anti")
    found.append(_alike(lone_left, right, cut))
    found.append(_alike(left, lone_right, cut))
    pairs = pl.concat(found).group_by("description", "supplier").agg(pl.col("name_score").max())
    return Links(pairs.sort("description", "supplier"), cut)


def _prefixes(left: pl.DataFrame, right: pl.DataFrame, score: float) -> pl.DataFrame:
    found = []
    sized = left.with_columns(size=pl.col("key").str.len_chars()).filter(pl.col("size") >= SHORTEST)
    for (size,), some in sized.group_by("size"):
        starts = right.filter(pl.col("key").str.len_chars() > size)
        starts = starts.select("supplier", key=pl.col("key").str.slice(0, size))
        found.append(some.join(starts, on="key").select("description", "supplier", name_score=pl.lit(score)))
    empty = pl.DataFrame(schema={"description": pl.UInt32, "supplier": pl.UInt32, "name_score": pl.Float64})
    return pl.concat([empty, *found])


def _alike(left: pl.DataFrame, right: pl.DataFrame, cut: int | None) -> pl.DataFrame:
    """By likeness, within a shared first letter pair or a rare word; names inside longer descriptions come first."""
    empty = pl.DataFrame(schema={"description": pl.UInt32, "supplier": pl.UInt32, "name_score": pl.Float64})
    if not left.height or not right.height:
        return empty
    # References differ from line to line; without them few distinct texts are left to compare.
    cleaned = left.with_columns(core=_cores(left["text"], drop_digits=True))
    texts = cleaned.select("core").unique(maintain_order=True).filter(pl.col("core").str.len_chars() >= SHORTEST)
    names = right.with_columns(core=_cores(right["text"], drop_digits=False))
    names = names.filter(pl.col("core").str.len_chars() >= SHORTEST)
    blocks = _blocks(texts["core"]).join(_blocks(names["core"]), on="block", suffix="_name")
    pairs = blocks.select("at", "at_name").unique()
    if not pairs.height:
        return empty
    a = texts["core"].gather(pairs["at"]).to_list()
    b = names["core"].gather(pairs["at_name"]).to_list()
    if cut is not None:
        b = [
            name[: max(len(text), SHORTEST)] if len(text) >= cut - 3 else name for text, name in zip(a, b, strict=True)
        ]
    whole = np.asarray(process.cpdist(a, b, scorer=fuzz.token_sort_ratio, workers=1))
    inside = np.array([f" {name} " in f" {text} " for text, name in zip(a, b, strict=True)])
    scores = np.where(inside, INSIDE, np.where(whole >= ALIKE, whole / 100 * 0.9, 0.0)).astype(np.float64)
    scored = pairs.with_columns(name_score=pl.Series(scores)).filter(pl.col("name_score") > 0)
    scored = scored.filter(pl.col("name_score") >= pl.col("name_score").max().over("at") - 0.02)
    found = scored.select(
        core=texts["core"].gather(scored["at"]),
        supplier=names["supplier"].gather(scored["at_name"]),
        name_score=pl.col("name_score"),
    )
    return cleaned.select("description", "core").join(found, on="core").select("description", "supplier", "name_score")


def _cores(texts: pl.Series, *, drop_digits: bool) -> pl.Series:
    plain = texts.str.normalize("NFKD").str.replace_all(r"\p{M}", "").str.to_uppercase()
    plain = plain.str.replace_all("&", " AND ").str.replace_all(r"[^\p{L}\p{N} ]", " ")
    if drop_digits:
        plain = plain.str.replace_all(_NOISE.pattern, " ")
    return plain.str.replace_all(_LEGAL.pattern, " ").str.replace_all(r"\s+", " ").str.strip_chars()


def _blocks(cores: pl.Series) -> pl.DataFrame:
    """Each text under its words' first four letters, common ones left out: place, block."""
    words = pl.DataFrame({"at": np.arange(len(cores)), "block": cores.str.split(" ")}).explode("block")
    words = words.filter(pl.col("block").str.len_chars() >= 3).with_columns(pl.col("block").str.slice(0, 4)).unique()
    # A word that stands in many names parts nothing; the bound also keeps the pairs linear.
    return words.filter(pl.len().over("block") <= 60)

"""Bills against bank lines: real payment runs, as published and with records withheld or bills dated.

python -m tests.bench reconcile

The rivals' rules are those that their source or their documentation shows (as of 2026): Lerian weighs amount 40,
currency 30, date 20 and reference 10, takes the first in sort order and confirms at 90; Blnk takes the first line of
equal amount whose text contains the other and does not leave out what is matched already; Formance compares balances
alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import polars as pl
from rapidfuzz import fuzz, process

from dbt_project.methods.reconciliation.engine import reconcile
from tests.bench.payment_runs import FOLDER, Runs, payment_runs, with_days, withheld
from tests.bench.result import Result

TOPIC = "Bills to bank lines"
Pairs = pl.DataFrame


def ours(runs: Runs) -> Pairs:
    """The engine; `is_auto` marks what it would apply unasked."""
    pairs = reconcile(runs.bills, runs.lines).pairs
    return pairs.select("bill", "line", is_auto=pl.col("method").str.starts_with("auto"))


def same_month(runs: Runs) -> Pairs:
    """Every bill and line of one period whose names agree up to the bank's cut, as the naive rules see them."""
    key = pl.col("supplier").str.to_uppercase().str.replace_all(r"[^A-Z0-9 ]", "").str.slice(0, 18).str.strip_chars()
    bills = runs.bills.with_columns(name=key)
    lines = runs.lines.with_columns(name=pl.col("description").str.strip_chars())
    if "month" in bills.columns:
        lines = lines.with_columns(month=pl.col("day").dt.truncate("1mo"))
        return lines.join(bills, on=["name", "month"], suffix="_bill")
    pairs = lines.join(bills, on="name", suffix="_bill")
    return pairs.filter((pl.col("day") - pl.col("day_bill")).dt.total_days().is_between(0, 60))


def one_to_one(pairs: Pairs) -> Pairs:
    """Pairs dealt out first come, first served."""
    used_bills, used_lines, kept = set[int](), set[int](), []
    for line, bill in pairs.select("line", "bill").iter_rows():
        if line not in used_lines and bill not in used_bills:
            kept.append((bill, line))
            used_lines.add(line)
            used_bills.add(bill)
    return pl.DataFrame(kept, schema={"bill": pl.Int64, "line": pl.Int64}, orient="row")


def naive(runs: Runs) -> Pairs:
    """Same name and amount, one to one."""
    return one_to_one(same_month(runs).filter(pl.col("cents") == pl.col("cents_bill")))


def naive_sums(runs: Runs) -> Pairs:
    """The same, and then sums of two and three of what is left, first found first."""
    found = naive(runs)
    pairs = same_month(runs)
    for size in (2, 3):
        rest = pairs.join(found, on="bill", how="anti").join(found, on="line", how="anti")
        rest = rest.select("line", "cents", a="bill", total="cents_bill")
        sets = rest
        for step in range(1, size):
            more = rest.select("line", pl.col("a").alias(f"b{step}"), added="total")
            last = pl.col("a") if step == 1 else pl.col(f"b{step - 1}")
            sets = sets.join(more, on="line").filter(pl.col(f"b{step}") > last)
            sets = sets.with_columns(total=pl.col("total") + pl.col("added")).drop("added")
        sets = sets.filter(pl.col("total") == pl.col("cents"))
        used, lines, kept = set[int](), set[int](), []
        columns = ["line", "a", *(f"b{step}" for step in range(1, size))]
        for line, *members in sets.select(columns).iter_rows():
            if line not in lines and not used & set(members):
                kept += [(member, line) for member in members]
                used |= set(members)
                lines.add(line)
        found = pl.concat([found, pl.DataFrame(kept, schema=found.schema, orient="row")])
    return found


def library(runs: Runs) -> Pairs:
    """rapidfuzz at its usual cutoff: the likest supplier by WRatio over 85, then equal amounts of the period."""
    names = runs.bills["supplier"].str.to_uppercase().unique().sort().to_list()
    texts = runs.lines["description"].unique().sort().to_list()
    best = [process.extractOne(text, names, scorer=fuzz.WRatio, score_cutoff=85) for text in texts]
    links = pl.DataFrame({"description": texts, "name": [found[0] if found else None for found in best]})
    bills = runs.bills.with_columns(name=pl.col("supplier").str.to_uppercase())
    lines = runs.lines.join(links.drop_nulls(), on="description", maintain_order="left")
    if "month" in bills.columns:
        lines = lines.with_columns(month=pl.col("day").dt.truncate("1mo"))
        return one_to_one(lines.join(bills, on=["name", "month", "cents"], maintain_order="left"))
    pairs = lines.join(bills, on=["name", "cents"], suffix="_bill", maintain_order="left")
    return one_to_one(pairs.filter((pl.col("day") - pl.col("day_bill")).dt.total_days().is_between(0, 60)))


def lerian(runs: Runs) -> Pairs:
    """Reference check off, as it must be for bank text: amount, currency and date make 90 without any name."""
    bills = runs.bills.rename({"month": "day"}) if "month" in runs.bills.columns else runs.bills
    pairs = runs.lines.sort("day", "cents").join(bills, on="cents", suffix="_bill", maintain_order="left")
    if "month" in runs.bills.columns:
        return one_to_one(pairs.filter(pl.col("day").dt.truncate("1mo") == pl.col("day_bill")))
    return one_to_one(pairs.filter((pl.col("day") - pl.col("day_bill")).dt.total_days().is_between(0, 60)))


def blnk(runs: Runs) -> Pairs:
    """First line of equal amount whose text is contained in the supplier's name; a line may be taken again."""
    pairs = runs.bills.join(runs.lines, on="cents", suffix="_line", maintain_order="left_right")
    pairs = pairs.filter(
        pl.col("supplier").str.to_uppercase().str.contains(pl.col("description").str.strip_chars(), literal=True)
    )
    return pairs.group_by("bill", maintain_order=True).first().select("bill", "line")


def formance(runs: Runs) -> Pairs:
    """Balances only: it says whether the totals agree, and pairs nothing."""
    return pl.DataFrame(schema={"bill": pl.Int64, "line": pl.Int64})


METHODS: dict[str, Callable[[Runs], Pairs]] = {
    "ours": ours,
    "naive: name and amount, one to one": naive,
    "naive: and sums of two and three": naive_sums,
    "library: rapidfuzz WRatio, equal amount": library,
    "rival: Lerian, greedy weights": lerian,
    "rival: Blnk, first hit, contains": blnk,
    "rival: Formance, balances only": formance,
}


def figures(runs: Runs, pairs: Pairs) -> dict[str, float | int | str]:
    """Pair precision, recall and F1; lines completely right; what would be applied unasked."""
    right = pairs.join(runs.truth, on=["bill", "line"], how="semi").height
    precision, recall = right / max(1, pairs.height), right / max(1, runs.truth.height)
    out: dict[str, float | int | str] = {"precision": precision, "recall": recall}
    out["F1"] = 2 * precision * recall / max(1e-9, precision + recall)
    amount = runs.bills.select("bill", "cents")

    def by_line(some: Pairs, column: str) -> pl.DataFrame:
        joined = some.join(amount, on="bill")
        return (
            joined.group_by("line")
            .agg(pl.col("bill").sort(), pl.col("cents").sort())
            .select("line", pl.col("bill").alias(column), pl.col("cents").alias(f"{column}_cents"))
        )

    # A line of which a bill was withheld cannot be completely right for anyone.
    totals = runs.truth.join(amount, on="bill").group_by("line").agg(total=pl.col("cents").sum())
    able = runs.lines.join(totals, on="line").filter(pl.col("cents") == pl.col("total")).select("line")
    both = by_line(runs.truth, "true").join(able, on="line").join(by_line(pairs, "found"), on="line", how="left")
    many = both.filter(pl.col("true").list.len() > 1)
    out["lines of several right"] = float((many["true"] == many["found"]).fill_null(value=False).mean() or 0.0)
    equal = (many["true_cents"] == many["found_cents"]).fill_null(value=False)
    out["the same, equal amounts alike"] = float(equal.mean() or 0.0)
    if "is_auto" in pairs.columns:
        auto = pairs.filter("is_auto")
        hits = auto.join(runs.truth, on=["bill", "line"], how="semi").height
        out["auto precision"], out["auto share"] = hits / max(1, auto.height), auto.height / max(1, runs.truth.height)
    return out


def results() -> Iterator[Result]:
    """Each method on each variant."""
    if not FOLDER.is_dir():
        yield Result(TOPIC, "payment_runs_uk", "", {}, "the data set is not here")
        return
    runs = payment_runs()
    sets = {
        "payment_runs_uk": runs,
        "the same, 5 % withheld": withheld(runs, 0.05, 11),
        "the same, bills dated": with_days(runs, 12),
    }
    for name, each in sets.items():
        for method, rule in METHODS.items():
            began = time.perf_counter()
            pairs = rule(each)
            seconds = time.perf_counter() - began
            note = "no pairs, by design" if method.endswith("only") else f"{seconds:.1f} s"
            yield Result(TOPIC, f"{name} ({each.lines.height:,} lines)", method, figures(each, pairs), note)

"""A schedule of bills as people read it: its verdict, before beside after, the bills that move and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.components.cards import banner
from app.components.tables import figures, html_table
from app.components.words import chance, count, dated, day, money, signed


def verdict_of_schedule(found: Any, moved: int) -> str:
    """One sentence: what moving how many bills would do, and how sure the solver is."""
    sure = _sureness(found)
    if not moved:
        return banner("info", "Every bill is on its best day", f"Moving none of them would help. {sure}")
    before, after = found.before.volatility_minor, found.after.volatility_minor
    calmer = round(100 * (1 - after / before)) if before else 0
    gains = [f"weeks {calmer} % steadier"] if calmer > 0 else []
    if chance(found.after.breach_chance) != chance(found.before.breach_chance):
        gains.insert(0, f"the chance of falling below the buffer {chance(found.after.breach_chance)} instead of "
                        f"{chance(found.before.breach_chance)}")  # fmt: skip
    late = found.after.late_count
    lateness = f"{count(late, 'bill')} late, as allowed" if late else "none late"
    title = f"Moving {count(moved, 'bill')} would make {' and '.join(gains) or 'payments cheaper'}, {lateness}"
    return banner("info", title, sure)


def _sureness(found: Any) -> str:
    if found.gap >= 1:
        return "The solver found no answer in time; what is shown is safe, but may not be the best."
    if found.gap <= 1e-6:
        return "No choice of days is better: proven."
    return f"At most {max(found.gap * 100, 0.1):.1f} % from the best there is."


def measure_figures(found: Any, code: str) -> str:
    """Before (each bill on its due date) beside after."""
    old, new = found.before, found.after
    rows = [
        ("Chance of falling below the buffer", chance(old.breach_chance), chance(new.breach_chance)),
        ("Swing of a usual week", money(old.volatility_minor, code), money(new.volatility_minor, code)),
        ("Lowest week", money(old.lowest_minor, code), money(new.lowest_minor, code)),
        (
            "Discounts lost and late fees",
            money(old.cost_minor, code, cents=True),
            money(new.cost_minor, code, cents=True),
        ),
    ]
    return figures([(label, after, f"{before} on due dates") for label, before, after in rows])


def day_rows(moved: Sequence[Any], names: Mapping[str, str], code: str) -> str:
    """Bills that move: old day, new day, why, cost, and what it does to the lowest week."""
    body = [
        (
            names.get(one.bill_id, one.vendor_name),
            day(one.due_date),
            day(one.old_date),
            day(one.new_date),
            dated(one.why),
            money(one.cost_minor, code, cents=True) if one.cost_minor else "Nothing",
            signed(one.lowest_effect_minor, code) if one.lowest_effect_minor else "None",
        )
        for one in moved
    ]
    head = ("Bill", "Due", "Old day", "New day", "Why", "Costs", "Lowest week")
    return html_table(head, body, numeric=(5, 6), whole=(1, 2, 3), caption="Bills that would move")


def left_out_rows(left_out: Mapping[str, str], names: Mapping[str, str]) -> str:
    """Bills whose day is not chosen, and why."""
    body = [(names.get(bill_id, bill_id), dated(why)) for bill_id, why in left_out.items()]
    return html_table(("Bill", "Why it is left"), body, caption="Bills left as they are")

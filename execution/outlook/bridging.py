"""From one forecast of a client to a later one: what made the difference, line by line, to the minor unit.

For a week that both forecasts know, the difference of the closing balances is split over source lines and causes:

opening   the balance that the later forecast starts from, against the earlier one's
actual    what is no longer expected because it has happened: habits of days that passed, documents no longer open
new       a line that the earlier forecast did not have
gone      a habit of days to come that the later forecast no longer has
moved     a line that both have, by when it comes
amount    a line that both have, by how much
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from execution.outlook.forecasts import DAYS, Forecast, Line

CAUSES = ("opening", "actual", "new", "gone", "moved", "amount")
SURPRISES = 3


@dataclass(frozen=True, slots=True)
class Part:
    """One cause of one source line: what it adds to the later closing balance of the week."""

    cause: str
    source_id: str
    label: str
    flow: str
    amount_minor: int
    source_rail: str | None = None


@dataclass(frozen=True, slots=True)
class Bridge:
    """Two closing balances of the same week and the parts between them. `residual_minor` is 0, by construction."""

    week_start: date
    earlier_minor: int
    later_minor: int
    parts: tuple[Part, ...]

    @property
    def residual_minor(self) -> int:
        """What the parts leave unexplained."""
        return self.later_minor - self.earlier_minor - sum(part.amount_minor for part in self.parts)

    @property
    def by_cause(self) -> dict[str, int]:
        """The parts added up, in the order of the causes."""
        found = dict.fromkeys(CAUSES, 0)
        for part in self.parts:
            found[part.cause] += part.amount_minor
        return found


@dataclass(frozen=True, slots=True)
class _Both:
    """A source line as both forecasts have it, from the earlier one's first day on."""

    earlier: list[Line]
    later: list[Line]

    @property
    def name(self) -> Line:
        return (self.later or self.earlier)[0]


def common_weeks(earlier: Forecast, later: Forecast) -> list[date]:
    """Mondays that both forecasts project."""
    known = {earlier.start_of(number) for number in range(1, earlier.week_count + 1)}
    return [start for number in range(1, later.week_count + 1) if (start := later.start_of(number)) in known]


def bridge(earlier: Forecast, later: Forecast, week_start: date) -> Bridge:
    """What stands between the closing balances of a week. Raises ValueError for one that not both project."""
    if week_start not in common_weeks(earlier, later):
        raise ValueError(f"the week of {week_start} is not in both forecasts")
    return _bridge(earlier, later, week_start, _paired(earlier, later))


def _bridge(earlier: Forecast, later: Forecast, week_start: date, paired: dict[str, _Both]) -> Bridge:
    parts = [Part("opening", "opening", "Balance in the bank", "", later.opening_minor - earlier.opening_minor)]
    for source_id, both in paired.items():
        parts += _parts(source_id, both, earlier, later, week_start)
    return Bridge(
        week_start, _closing(earlier, week_start), _closing(later, week_start),
        tuple(part for part in parts if part.amount_minor),
    )  # fmt: skip


def surprises(earlier: Forecast, later: Forecast, most: int = SURPRISES) -> list[Part]:
    """What changed the outlook most: each source by the week in which its effect is largest.

    What came as it was expected is no surprise. The opening balance counts against what the passed days should have
    moved, and documents that are new count against the usual weeks that had stood for them.
    """
    largest: dict[str, Part] = {}
    paired = _paired(earlier, later)
    for start in common_weeks(earlier, later):
        groups: dict[str, list[Part]] = defaultdict(list)
        for part in _bridge(earlier, later, start, paired).parts:
            groups[_surprise(part)].append(part)
        for key, parts in groups.items():
            total, main = sum(part.amount_minor for part in parts), max(parts, key=lambda one: abs(one.amount_minor))
            one = replace(main, source_id=key, label=_GROUPS.get(key, main.label), amount_minor=total)
            if key not in largest or abs(total) > abs(largest[key].amount_minor):
                largest[key] = replace(one, cause=key) if key in CAUSES else one
    found = sorted(largest.values(), key=lambda part: (-abs(part.amount_minor), part.source_id))
    return [part for part in found if part.amount_minor][:most]


_GROUPS = {
    "opening": "Days that have passed, against what was expected",
    "new bills": "Bills that came, against the usual",
    "new receivables": "Invoices that were issued, against the usual",
    "new stripe_payouts": "Stripe payouts, against the usual",
    "new other": "Other money in and out, against the usual",
}


def _surprise(part: Part) -> str:
    if part.cause in ("opening", "actual"):
        return "opening"
    if part.source_id.startswith("usual:") or (part.cause == "new" and f"new {part.flow}" in _GROUPS):
        return f"new {part.flow}"
    return part.source_id


def _closing(forecast: Forecast, week_start: date) -> int:
    return next(week.closing_minor for week in forecast.weeks if week.start_date == week_start)


def _key(line: Line) -> str:
    """A series is one source, whichever of its coming occurrences is the first."""
    return line.source_id.rpartition(" #")[0] or line.source_id if line.is_pattern else line.source_id


def _paired(earlier: Forecast, later: Forecast) -> dict[str, _Both]:
    """Lines by source; a document that went by another id (a bill that a payout now pays) is found by name and sum."""
    found: dict[str, _Both] = defaultdict(lambda: _Both([], []))
    for line in earlier.lines:
        found[_key(line)].earlier.append(line)
    for line in later.lines:
        found[_key(line)].later.append(line)
    old = {_same(both.earlier): key for key, both in found.items() if not both.later and not both.name.is_pattern}
    for key in [key for key, both in found.items() if not both.earlier and not both.name.is_pattern]:
        if (before := old.pop(_same(found[key].later), None)) is not None:
            found[key].earlier.extend(found.pop(before).earlier)
    return found


def _same(lines: list[Line]) -> tuple[str, int]:
    return lines[0].label, sum(line.amount_minor for line in lines)


def _parts(source_id: str, both: _Both, earlier: Forecast, later: Forecast, ends: date) -> Iterable[Part]:
    name = both.name
    passed = [line for line in both.earlier if _has_passed(line, earlier, later)]
    # An open document that should have come by now has not: it moved. A habit of days that passed is over.
    is_over = name.is_pattern or not both.later
    old = [line for line in both.earlier if not is_over or line not in passed]
    if is_over and passed:
        yield Part("actual", source_id, name.label, name.flow, -_until(passed, earlier, ends), name.source_rail)
    before, after = _until(old, earlier, ends), _until(both.later, later, ends)
    if not both.later or not both.earlier:
        cause = "new" if both.later else _why_gone(source_id, name, later)
        yield Part(cause, source_id, name.label, name.flow, after - before, name.source_rail)
        return
    was, now = sum(line.amount_minor for line in old), sum(line.amount_minor for line in both.later)
    # The change of the sum comes when the later forecast says the line comes; the rest is a matter of time.
    is_usual = source_id.startswith("usual:")  # A usual week has no day of its own that could move.
    amount = round(after * (now - was) / now) if now and not is_usual else after - before
    yield Part("amount", source_id, name.label, name.flow, amount, name.source_rail)
    yield Part("moved", source_id, name.label, name.flow, after - before - amount, name.source_rail)


def _why_gone(source_id: str, name: Line, later: Forecast) -> str:
    """A document that is open still comes after these weeks; one that is not has been paid, early or late."""
    if name.is_pattern or later.open_ids is None:
        return "gone"
    return "moved" if source_id in later.open_ids else "actual"


def _has_passed(line: Line, earlier: Forecast, later: Forecast) -> bool:
    start = earlier.start_of(line.week_number)
    if line.expected_date is not None:
        return line.expected_date < later.as_of
    return (later.first_week - start).days >= DAYS


def _until(lines: list[Line], forecast: Forecast, ends: date) -> int:
    return sum(line.amount_minor for line in lines if forecast.start_of(line.week_number) <= ends)

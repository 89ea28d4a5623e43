"""Money as people read it, and the two conversions at the border to a rail. Never a float."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation


class NotMoney(ValueError):
    """A rail sent something that is no amount."""


def minor_from_decimal(value: object) -> int:
    """Minor units of a decimal in major units (text, int, Decimal). Raises NotMoney for anything finer than a cent."""
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        raise NotMoney(f"{value!r} is not an amount") from None
    if not amount.is_finite():
        raise NotMoney(f"{value!r} is not an amount")
    cents = amount * 100
    if cents != cents.to_integral_value(ROUND_HALF_UP):
        raise NotMoney(f"{value!r} is finer than a cent")
    return int(cents)


def decimal_text(minor: int) -> str:
    """Minor units as Ramp wants them on write: major units with two decimals, as text."""
    sign = "-" if minor < 0 else ""
    return f"{sign}{abs(minor) // 100}.{abs(minor) % 100:02d}"


def shown(minor: int, currency_code: str = "USD") -> str:
    """An amount in a sentence: `$1,234.50`, or with the code when it is not dollars."""
    sign = "-" if minor < 0 else ""
    number = f"{abs(minor) // 100:,}.{abs(minor) % 100:02d}"
    return f"{sign}${number}" if currency_code == "USD" else f"{sign}{number} {currency_code}"

"""Which column of a CSV file is what: a small TOML or JSON file that is kept with the account.

date = "Buchungstag"                 amount = "Betrag"            # or debit = "…" and credit = "…"
date_format = "%d.%m.%Y"             description = ["Verwendungszweck", "Buchungstext"]
decimal = ","                        balance = "Saldo"
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping as Dict
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from ingestion.files.statement import FileRefused

SIGNS = ("inflow_positive", "outflow_positive")


@dataclass(frozen=True, slots=True)
class Mapping:
    """Names of a file's columns and how its cells are written. The defaults are plain English names.

    Attributes:
        date, amount, debit, credit, description, party_name, reference, check_number, bank_id, balance, value_date,
        currency: columns of a bank file; debit and credit stand in for amount.
        bill_id, vendor_name, invoice_number, bill_date, due_date, open_amount: columns of a bills file.
        date_format: strptime's; without one only days that cannot be misread are taken.
        decimal: "." or ",".
        delimiter: found in the header line when not given.
        encoding: found by byte-order mark, then UTF-8, then Windows Western when not given.
        sign: whether a positive amount is money in or money out.
        currency_code: of every row, when there is no currency column.
    """

    date: str = "date"
    amount: str = "amount"
    debit: str | None = None
    credit: str | None = None
    description: tuple[str, ...] = ("description",)
    party_name: str | None = None
    reference: str | None = None
    check_number: str | None = None
    bank_id: str | None = None
    balance: str | None = None
    value_date: str | None = None
    currency: str | None = None
    bill_id: str = "bill_id"
    vendor_name: str = "vendor_name"
    invoice_number: str | None = None
    bill_date: str = "bill_date"
    due_date: str | None = None
    open_amount: str | None = None
    date_format: str | None = None
    decimal: str = "."
    delimiter: str | None = None
    encoding: str | None = None
    sign: str = "inflow_positive"
    currency_code: str | None = None

    @classmethod
    def from_dict(cls, given: Dict[str, Any], source: str) -> Mapping:
        """Check a mapping's names and values.

        Raises:
            FileRefused: a name that is no setting, or a value that it cannot have.
        """
        known = {field.name for field in fields(cls)}
        if strange := sorted(given.keys() - known):
            raise FileRefused(
                f"{source}: {', '.join(strange)} is no setting of a mapping; known: {', '.join(sorted(known))}"
            )
        values: dict[str, Any] = dict(given)
        described = values.get("description", ("description",))
        if not isinstance(described, str | list | tuple):
            raise FileRefused(f"{source}: description must be a text, or a list of texts")
        values["description"] = (described,) if isinstance(described, str) else tuple(described)
        for field in fields(cls):
            value = values.get(field.name, field.default)
            if value is None and field.default is None:
                continue
            if not all(isinstance(one, str) for one in (value if isinstance(value, tuple) else (value,))):
                raise FileRefused(f"{source}: {field.name} must be a text")
        made = cls(**values)
        if made.decimal not in (".", ","):
            raise FileRefused(f'{source}: decimal is {made.decimal!r}; it can be "." or ","')
        if made.delimiter is not None and (len(made.delimiter) != 1 or made.delimiter in '"\r\n'):
            raise FileRefused(f"{source}: delimiter is {made.delimiter!r}; it is one character, for example ;")
        if made.sign not in SIGNS:
            raise FileRefused(f"{source}: sign is {made.sign!r}; it can be {' or '.join(SIGNS)}")
        if (made.debit is None) != (made.credit is None):
            raise FileRefused(f"{source}: debit and credit go together; name both or amount alone")
        return made


def read_mapping(path: Path) -> Mapping:
    """A mapping out of a .toml or .json file.

    Raises:
        FileRefused: no such file, not TOML or JSON, or a wrong setting.
    """
    try:
        data = path.read_bytes()
        given = json.loads(data) if path.suffix.lower() == ".json" else tomllib.loads(data.decode())
    except OSError as error:
        raise FileRefused(f"{path}: the mapping cannot be read ({error.strerror})") from error
    except (ValueError, UnicodeDecodeError) as error:
        raise FileRefused(f"{path}: the mapping is neither TOML nor JSON ({error})") from error
    if not isinstance(given, dict):
        raise FileRefused(f"{path}: a mapping is a list of names and values")
    return Mapping.from_dict(given, str(path))

"""No public function of the control plane without a word on who may call it, and no face that goes round that word."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from execution.errors import Invalid
from execution.service import ControlPlane
from execution.service.declared import Inside, declaration
from execution.service.given import ID_MAX, ITEMS_MAX, TEXT_MAX, checked
from tests.execution.plane import demo_plane
from tests.execution.service.functions import functions

ROOT = Path(__file__).resolve().parents[3]
# What a face may call before or without a person; anything else that it calls asks for a verb.
FACES = {Inside.SIGN_IN, Inside.FACE}
RECEIVER = {"receiving.subscriptions", "receiving.refused"}
OWN_FIRM_ONLY = {"audit.verify"}  # The audit page proves the firm's own chain; its view asks for the verb first.


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    made = demo_plane(tmp_path_factory.mktemp("plane"))
    yield made
    made.store.dispose()


def test_every_public_function_says_who_may_call_it(plane: ControlPlane) -> None:
    silent = [name for name, function in functions(plane).items() if declaration(function) is None]
    assert not silent, f"{silent}: declare them with asks(verb, about) or open_to(whom), see execution/service/declared"


def test_what_people_ask_takes_who_asks_first(plane: ControlPlane) -> None:
    for name, function in functions(plane).items():
        says = declaration(function)
        assert says is not None
        first = next(iter(inspect.signature(function).parameters.values()), None)
        kind = str(first.annotation) if first else ""
        assert (kind in ("Principal", "Manager")) == (says.verb is not None), f"{name}: first argument {kind!r}"


def _calls(folder: str) -> Iterator[tuple[str, str]]:
    """(file, `part.function`) of every call that reaches the plane below a folder."""
    for file in sorted((ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute):
                source = ast.unparse(node.value.value)
                if source.removesuffix("()").endswith("plane"):
                    yield file.name, f"{node.value.attr}.{node.attr}"


def test_pages_and_routes_call_nothing_that_goes_round_a_persons_rights(plane: ControlPlane) -> None:
    known, seen = functions(plane), 0
    for file, name in _calls("app"):
        if name not in known:
            continue  # An attribute that is no function, for instance settings.published.
        says, seen = declaration(known[name]), seen + 1
        assert says is not None
        allowed = says.verb is not None or says.inside in FACES or name in RECEIVER | OWN_FIRM_ONLY
        assert allowed, f"app/…/{file} calls {name}, which is for {says.inside}"
    assert seen > 20


def _signature(**kinds: str) -> inspect.Signature:
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    return inspect.Signature([inspect.Parameter(name, kind, annotation=told) for name, told in kinds.items()])


@pytest.mark.parametrize(
    ("kind", "value", "says"),
    [
        ("str", 5, "no text"),
        ("str", None, "no text"),
        ("str", b"x", "no text"),
        ("str", "a\x00b", r"U\+0000"),
        ("str", "a\ud800b", r"U\+D800"),
        ("str", "invoice\u202efdp.exe", r"U\+202E"),
        ("str", "x" * (TEXT_MAX + 1), "too many"),
        ("Sequence[str]", "qbo:1", "no list"),
        ("Sequence[str]", {"qbo:1": 1}, "no list"),
        ("Sequence[str]", ["qbo:1", 2], "no text"),
        ("Sequence[str]", ["x" * (ID_MAX + 1)], "too long"),
        ("Sequence[str]", ["x"] * (ITEMS_MAX + 1), "more than"),
        ("Mapping[str, str]", ["a"], "no mapping"),
        ("Mapping[str, str]", {"a": 1}, "no text"),
        ("Mapping[str, str]", {1: "a"}, "no text"),
        ("int", True, "no whole number"),
        ("int", 1.0, "no whole number"),
        ("int", float("nan"), "no whole number"),
        ("int", 2**53, "no whole number"),
        ("date | None", datetime(2026, 1, 1), "no day"),
        ("date", "2026-01-01", "no day"),
        ("bool", 1, "neither"),
    ],
)
def test_what_was_typed_is_checked_by_kind(kind: str, value: Any, says: str) -> None:
    with pytest.raises(Invalid, match=rf"^given: .*{says}"):
        checked(_signature(given=kind), {"given": value})


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("str", "Zoë, 東京, שלום\n\tsecond line"),
        ("str | None", None),
        ("Iterable[str] | None", ("a", "b")),
        ("int", 2**53 - 1),
        ("date | None", date(2026, 1, 1)),
        ("str", "x" * TEXT_MAX),
        ("Verdict", object()),
    ],
)
def test_what_is_right_passes_as_it_is(kind: str, value: Any) -> None:
    [kept] = checked(_signature(given=kind), {"given": value}).values()
    assert kept == (list(value) if isinstance(value, tuple) else value)


def test_an_id_is_shorter_than_a_text() -> None:
    with pytest.raises(Invalid, match="client_id: 201 characters"):
        checked(_signature(client_id="str"), {"client_id": "x" * (ID_MAX + 1)})

"""Small faults put into a module, one at a time, by the usual operators of mutation testing.

comparison (< to <=, < to >=, == to !=, in to not in) · arithmetic · boolean (and to or, a `not` or a condition turned)
· constant (a number one higher, True to False, a code misspelt) · return (its value lost) · statement (left out, an
early return too) · filter (of a comprehension, left out). The wording of sentences, docstrings, annotations, decorators
and imports are left alone; what is computed inside a sentence is not.
"""

from __future__ import annotations

import ast
import types
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_TURNED: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.LtE), ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,), ast.NotIn: (ast.In,),
}  # fmt: skip
_SWAPPED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult,
    ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr, ast.Div: ast.Mult, ast.Pow: ast.Mult,
}  # fmt: skip
_LEFT_OUT = (ast.Expr, ast.AugAssign, ast.Raise, ast.Continue, ast.Break)


@dataclass(frozen=True, slots=True)
class Mutant:
    """One fault. `scope` is the function's qualified name, or empty where the module or a class itself is changed."""

    file: str
    line: int
    scope: str
    operator: str
    before: str
    after: str
    node: ast.AST
    field: str
    index: int | None
    value: Any

    @property
    def name(self) -> str:
        """By which a mutant is known from run to run, as long as its code stays."""
        return f"{self.file}::{self.scope or 'module'}: {self.before} → {self.after}"

    def apply(self) -> None:
        """Put the fault into the tree; whoever asks lives in a process of its own."""
        if self.index is None:
            setattr(self.node, self.field, self.value)
        else:
            getattr(self.node, self.field)[self.index] = self.value


def mutants_of(root: Path, path: Path) -> tuple[ast.Module, list[Mutant]]:
    """The module's tree and every mutant of it, in the order of its lines."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = list(_Walk(str(path.relative_to(root))).of(tree, ""))
    return tree, sorted(found, key=lambda one: one.line)


def code_of(code: types.CodeType, scope: str) -> types.CodeType | None:
    """The compiled body of a function inside a compiled module."""
    for one in code.co_consts:
        if isinstance(one, types.CodeType):
            if one.co_qualname == scope:
                return one
            if scope.startswith(one.co_qualname) and (inner := code_of(one, scope)) is not None:
                return inner
    return None


class _Walk:
    def __init__(self, file: str) -> None:
        self._file = file

    def of(self, node: ast.AST, scope: str, outer: str = "") -> Iterator[Mutant]:
        """Mutants below a node. Defaults of arguments are made outside of the function that they stand at."""
        inside = scope
        for field, value in ast.iter_fields(node):
            scope = outer if field == "args" and isinstance(node, ast.FunctionDef) else inside
            if field in ("annotation", "returns", "decorator_list", "bases", "type_params"):
                continue
            for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
                if isinstance(child, ast.AST) and not _is_left_alone(child, index):
                    yield from self._here(node, field, index, child, scope)
                    yield from self.of(child, _inner(scope, child), scope)

    def _here(self, parent: ast.AST, field: str, index: int | None, node: ast.AST, scope: str) -> Iterator[Mutant]:
        for operator, new in _changes(node, parent, field):
            line = getattr(node, "lineno", getattr(parent, "lineno", 0))
            before, after = _text(node), _text(new)
            yield Mutant(self._file, line, scope, operator, before, after, parent, field, index, new)


def _inner(scope: str, node: ast.AST) -> str:
    """The body belongs to the function; a class's own lines to the module."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return f"{scope}{node.name}" if not scope or scope.endswith(".") else scope
    if isinstance(node, ast.ClassDef) and (not scope or scope.endswith(".")):
        return f"{scope}{node.name}."
    return scope


def _is_left_alone(node: ast.AST, index: int | None) -> bool:
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return True
    if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets):
        return True
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)  # A docstring.


def _changes(node: ast.AST, parent: ast.AST, field: str) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node, ast.Compare) and len(node.ops) >= 1:
        for place, op in enumerate(node.ops):
            for turned in _TURNED.get(type(op), ()):
                ops = [*node.ops[:place], turned(), *node.ops[place + 1 :]]
                yield "comparison", ast.copy_location(ast.Compare(node.left, ops, node.comparators), node)
    elif isinstance(node, ast.BinOp) and type(node.op) in _SWAPPED and not _is_text(node):
        yield "arithmetic", ast.copy_location(ast.BinOp(node.left, _SWAPPED[type(node.op)](), node.right), node)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.Not, ast.USub)):
        yield "boolean" if isinstance(node.op, ast.Not) else "arithmetic", node.operand
    elif isinstance(node, ast.BoolOp):
        op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield "boolean", ast.copy_location(ast.BoolOp(op, node.values), node)
    elif isinstance(node, ast.Constant):
        yield from _constants(node, parent)
    elif isinstance(node, ast.Return) and node.value is not None and not _is_none(node.value):
        yield "return", ast.copy_location(ast.Return(ast.Constant(None)), node)
    is_left_out = isinstance(node, _LEFT_OUT) or (isinstance(node, ast.Return) and isinstance(parent, ast.If))
    if field in ("body", "orelse") and is_left_out:
        yield "statement", ast.copy_location(ast.Pass(), node)
    if field == "test" and not isinstance(node, (ast.Compare, ast.BoolOp, ast.UnaryOp)):
        yield "boolean", ast.copy_location(ast.UnaryOp(ast.Not(), node), node)
    if field == "ifs":
        yield "filter", ast.copy_location(ast.Constant(True), node)


def _constants(node: ast.Constant, parent: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    value = node.value
    new: Any = None
    if isinstance(value, bool):
        new = not value
    elif isinstance(value, int):
        new = value + 1
    elif isinstance(value, str) and not isinstance(parent, ast.JoinedStr) and " " not in value.strip():
        new = value + "x" if value else "x"
    if new is not None:
        yield "constant", ast.copy_location(ast.Constant(new), node)


def _is_none(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _is_text(node: ast.BinOp) -> bool:
    """Sentences put together with +, whose subtraction would only fail."""
    return any(
        isinstance(side, ast.JoinedStr) or (isinstance(side, ast.Constant) and isinstance(side.value, str))
        for side in (node.left, node.right)
    )


def _text(node: ast.AST) -> str:
    said = " ".join(ast.unparse(ast.fix_missing_locations(node)).split())
    return said if len(said) <= 90 else said[:60] + " … " + said[-27:]

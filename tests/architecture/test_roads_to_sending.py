"""Every road to the wire goes through every guard, and no role and no flag leads around them.

There is one step that makes a payout `sending`, one function that writes it down, and it looks at the verdicts first.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXECUTION = sorted((ROOT / "execution").rglob("*.py"))


def functions(file: Path) -> Iterator[ast.FunctionDef]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef):
            yield node


def calls(node: ast.AST) -> list[tuple[int, str]]:
    """(line, what is called) below a node, in order."""
    found = [(one.lineno, ast.unparse(one.func)) for one in ast.walk(node) if isinstance(one, ast.Call)]
    return sorted(found)


def callers(*names: str) -> dict[str, ast.FunctionDef]:
    """`file:function` → the functions of execution that call one of these."""
    return {
        f"{file.relative_to(ROOT)}:{function.name}": function
        for file in EXECUTION
        for function in functions(file)
        if any(called in names for _, called in calls(function))
    }


def test_one_step_leads_to_sending() -> None:
    made = []
    for file in EXECUTION:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("Step", "resolving.Step", "move"):
                said = [ast.unparse(one) for one in [*node.args, *(k.value for k in node.keywords)]]
                if any(one in ("State.SENDING", "S.SENDING", "'sending'") for one in said):
                    made.append(f"{file.relative_to(ROOT)}:{node.lineno}")
    assert len(made) == 1 and made[0].startswith("execution/domain/resolving.py:"), made
    assert set(callers("resolving.intended", "intended")) == {"execution/payouts/sending.py:intend"}


def test_the_intent_looks_at_every_verdict_before_it_is_written() -> None:
    [intend] = callers("resolving.intended").values()
    order = [called for _, called in calls(intend) if called in ("guards.cleared", "write", "cx.execute")]
    assert order[0] == "guards.cleared"
    [wall] = [node for node in intend.body if isinstance(node, ast.If)]
    assert ast.unparse(wall.test) == "request.method != 'GET' and (not guards.cleared(verdicts))"
    assert isinstance(wall.body[0], ast.Raise)


def test_whoever_sends_has_judged_and_written_the_intent_first() -> None:
    senders = callers("sender.post")
    assert set(senders) == {"execution/dispatch.py:send"}
    lines = {called: line for line, called in reversed(calls(senders["execution/dispatch.py:send"]))}
    assert lines["c.judge.of"] < lines["sender.search"] < lines["self._intend"] < lines["sender.post"]
    assert set(callers("sending.intend")) == {"execution/dispatch.py:_intend", "execution/dispatch.py:_adopt"}
    [adopts] = [f for f in functions(ROOT / "execution/dispatch.py") if f.name == "_adopt"]
    assert "Request('GET'" in ast.unparse(adopts) and not [c for _, c in calls(adopts) if c.endswith(".post")]


def test_guards_are_asked_as_a_whole_only() -> None:
    """Nobody outside asks some guards of their own choice and calls that an answer."""
    whole = {"execution/judgement.py:of", "execution/payouts/proposing.py:judge"}
    assert set(callers("guards.evaluate")) == whole
    strays = []
    for file in EXECUTION:
        if "guards" in file.parts:
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            text = ast.unparse(node) if isinstance(node, (ast.Subscript, ast.Call)) else ""
            if text.startswith("guards.ALL[") and isinstance(node, ast.Subscript):
                strays.append(f"{file.relative_to(ROOT)}: {text}")
    # One words a refusal that the account's own statement has decided already.
    assert all(stray.endswith("guards.ALL['spendable_cash']") for stray in strays) and len(set(strays)) <= 1, strays


def test_no_function_of_execution_takes_a_flag_that_skips_a_guard() -> None:
    words = ("force", "bypass", "override", "skip_guards", "ignore_guards", "is_admin", "unsafe", "without_guards")
    flags = [
        f"{file.relative_to(ROOT)}:{function.name}({argument.arg})"
        for file in EXECUTION
        for function in functions(file)
        for argument in [*function.args.args, *function.args.kwonlyargs]
        if argument.arg in words
    ]
    assert flags == []


def test_a_role_is_no_argument_of_any_guard() -> None:
    """A guard counts signatures by role; nobody's role lets them past one."""
    for file in sorted((ROOT / "execution/guards").glob("*.py")):
        text = file.read_text(encoding="utf-8")
        assert "principal" not in text.lower() and "is_admin" not in text, file.name
        assert ".role" not in text or file.name == "signers.py", file.name

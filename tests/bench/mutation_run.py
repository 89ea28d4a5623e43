"""Runs the unit tests against each mutant in a process forked from a warm one, and stops at the first failure.

A fault in a function is put into the living function object; a fault in a table or a class is imported anew. Which
tests can see a line is learned once, by running them all under a tracer.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import gc
import os
import signal
import sys
import time
import types
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

from tests.bench.mutants import Mutant, code_of, mutants_of

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 20  # A mutant that loops is a mutant found.
PURE = ("execution", "tests.execution")


@dataclass
class Fate:
    """What became of a mutant: killed, survived, or timeout (counted as killed)."""

    mutant: Mutant
    outcome: str
    tests: int


@dataclass
class Run:
    """A plugin for one pytest session: traces, then mutates."""

    targets: Sequence[Path]
    wanted: Callable[[Mutant], bool]
    told: Callable[[Fate], None]
    jobs: int = 1
    fates: list[Fate] = field(default_factory=list)
    _seen: dict[tuple[str, int], list[int]] = field(default_factory=lambda: defaultdict(list))
    _took: dict[int, float] = field(default_factory=dict)
    _running: dict[int, Fate] = field(default_factory=dict)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Instead of the usual loop."""
        if session.testsfailed:
            raise session.Interrupted(f"{session.testsfailed} errors while collecting")
        self._trace(session.items)
        gc.freeze()  # What is warm is shared, not copied, by each fork.
        for path in self.targets:
            tree, mutants = mutants_of(ROOT, path)
            for mutant in mutants:
                if self.wanted(mutant):
                    self._judge(session, path, tree, mutant)
        self._wait_for_all_but(0)
        return True

    def _trace(self, items: Sequence[pytest.Item]) -> None:
        """Runs every test once, unmutated: it must pass, and its lines are noted."""
        files = {str(path): str(path.relative_to(ROOT)) for path in self.targets}
        for number, item in enumerate(items):
            lines: set[tuple[str, int]] = set()

            def local(frame: Any, event: str, arg: Any, lines: set[tuple[str, int]] = lines) -> Any:
                lines.add((files[frame.f_code.co_filename], frame.f_lineno))
                return local

            def calls(frame: Any, event: str, arg: Any, local: Any = local) -> Any:
                return local(frame, event, arg) if frame.f_code.co_filename in files else None

            _forget()
            started = time.perf_counter()
            sys.settrace(calls)
            try:
                reports = runtestprotocol(item, log=False, nextitem=None)
            finally:
                sys.settrace(None)
            if any(report.failed for report in reports):
                raise pytest.UsageError(f"{item.nodeid} fails without any mutant")
            self._took[number] = time.perf_counter() - started
            for line in lines:
                self._seen[line].append(number)

    def _judge(self, session: pytest.Session, path: Path, tree: ast.Module, mutant: Mutant) -> None:
        function, judge = _living(path, mutant.scope), None
        if function is not None:
            numbers = self._seen.get((mutant.file, mutant.line), [])
            if not numbers:  # A line inside a longer expression: whoever enters the function.
                numbers = sorted({n for (file, line), seen in self._seen.items() for n in seen
                                  if file == mutant.file and _holds(function, line)})  # fmt: skip
            numbers = sorted(numbers, key=self._took.__getitem__)
            items = [session.items[n] for n in numbers]
            if items:
                judge = functools.partial(_in_place, path, tree, mutant, function, items)
        if judge is None:  # A table, a class, or a function that is called while the module is imported.
            files = self._files_that_know(path, session.items)
            items = session.items
            judge = functools.partial(_imported_anew, path, tree, mutant, files)
        self._wait_for_all_but(self.jobs - 1)
        self._running[_forked(judge)] = Fate(mutant, "", len(items))

    def _files_that_know(self, path: Path, items: Sequence[pytest.Item]) -> list[str]:
        """Test files that run a line of the module or import it, the one of its name first; all, where none does."""
        mine = str(path.relative_to(ROOT))
        ran = {str(items[n].path) for (file, _), seen in self._seen.items() if file == mine for n in seen}
        every = sorted({str(item.path) for item in items}, key=lambda f: (path.stem not in f, f))
        name = f"{path.parent.name}.{path.stem}"
        return [f for f in every if f in ran or name in Path(f).read_text(encoding="utf-8")] or every

    def _wait_for_all_but(self, left: int) -> None:
        while len(self._running) > left:
            child, status = os.wait()
            fate = self._running.pop(child)
            killed = "killed" if os.WEXITSTATUS(status) else "survived"
            fate.outcome = "timeout" if os.WIFSIGNALED(status) else killed
            self._keep(fate)

    def _keep(self, fate: Fate) -> None:
        self.fates.append(fate)
        self.told(fate)


def _living(path: Path, scope: str) -> types.FunctionType | None:
    """The function object that everybody calls; None where the module must be imported anew."""
    if not scope or scope.endswith("."):
        return None
    module = sys.modules.get(".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"))
    found: Any = module
    for part in scope.split("."):
        found = found.__dict__.get(part) if isinstance(found, type) else getattr(found, part, None)
    while not isinstance(found, types.FunctionType):
        inner = getattr(found, "__wrapped__", None) or getattr(found, "__func__", None) or getattr(found, "fget", None)
        if inner is None:
            return None
        found = inner
    return found


def _forget() -> None:
    """What was computed once and kept would hide a fault, and which tests lead to a line."""
    for name, module in list(sys.modules.items()):
        if name.startswith("execution."):
            for value in list(vars(module).values()):
                if hasattr(value, "cache_clear"):
                    value.cache_clear()


def _holds(function: types.FunctionType, line: int) -> bool:
    lines = [number for _, _, number in function.__code__.co_lines() if number]
    return min(lines) <= line <= max(lines)


def _forked(judge: Callable[[], bool]) -> int:
    """A process of its own that ends with an error when a test fails; answers its id."""
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(SECONDS)
        code = 3
        with contextlib.suppress(BaseException), open(os.devnull, "w") as nowhere:
            os.dup2(nowhere.fileno(), 1)
            os.dup2(nowhere.fileno(), 2)
            code = 3 if judge() else 0
        os._exit(code)
    return child


def _in_place(
    path: Path, tree: ast.Module, mutant: Mutant, function: types.FunctionType, items: Sequence[pytest.Item]
) -> bool:
    mutant.apply()
    code = code_of(compile(ast.fix_missing_locations(tree), str(path), "exec"), mutant.scope)
    if code is None:
        raise LookupError(mutant.scope)
    function.__code__ = code
    _forget()
    return any(report.failed for item in items for report in runtestprotocol(item, log=False, nextitem=None))


def _imported_anew(path: Path, tree: ast.Module, mutant: Mutant, files: Sequence[str]) -> bool:
    mutant.apply()
    code = compile(ast.fix_missing_locations(tree), str(path), "exec")
    for name in [name for name in sys.modules if name.startswith(PURE)]:
        del sys.modules[name]
    sys.meta_path.insert(0, _Served(path, code))
    return pytest.main(["-x", "-q", "-p", "no:cacheprovider", "--timeout=0", "-p", "no:warnings", *files]) != 0


class _Served:
    """Hands out the mutated code of one module."""

    def __init__(self, path: Path, code: types.CodeType) -> None:
        self._name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        self._path, self._code = path, code

    def find_spec(self, name: str, path: Any, target: Any = None) -> Any:
        """For the one module only."""
        from importlib.machinery import ModuleSpec

        if name != self._name:
            return None
        spec = ModuleSpec(name, self, origin=str(self._path), is_package=self._path.name == "__init__.py")  # type: ignore[arg-type]
        if spec.submodule_search_locations is not None:
            spec.submodule_search_locations.append(str(self._path.parent))
        return spec

    def create_module(self, spec: Any) -> None:
        """The usual one."""

    def exec_module(self, module: types.ModuleType) -> None:
        """The mutated code instead of the file's."""
        exec(self._code, module.__dict__)


def run(
    targets: Sequence[Path], tests: Sequence[str], wanted: Callable[[Mutant], bool], told: Callable[[Fate], None],
    jobs: int = 1,
) -> list[Fate]:  # fmt: skip
    """Every wanted mutant of the target files against the tests in these folders; each fate is told as it is known."""
    plugin = Run(targets, wanted, told, jobs)
    code = pytest.main(
        ["-q", "-s", "-p", "no:cacheprovider", "--timeout=0", "-p", "no:warnings", *tests], plugins=[plugin]
    )
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        raise SystemExit(f"the tests themselves do not pass (pytest ended with {code})")
    return plugin.fates

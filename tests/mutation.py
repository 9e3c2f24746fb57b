"""Whether the tests notice when a single rule of the policies changes.

    python tests/mutation.py [--sample N] [MODULE ...]

Each mutant is a module of the product with one rule changed: a comparison, a number, a truth, an
element of a collection or of a pattern taken away, a refusal that is left out. The tests are
collected once; each mutant is put in place in a fork of this process, which runs the tests of its
module until one fails. What is printed: how many were killed, and every one that was not.
"""

import argparse
import ast
import importlib
import inspect
import os
import random
import resource
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent

MODULES = {
    "space_tools.egress.policy": [
        "tests/egress/test_policy.py",
        "tests/gradio/test_file_redirects.py",
    ],
    "space_tools.egress.addresses": ["tests/egress/test_addresses.py"],
    "space_tools.egress.proxies": ["tests/egress/test_proxies.py"],
    "space_tools.schema.text": ["tests/schema/test_text.py"],
    "space_tools.files.roots": ["tests/files/test_roots.py"],
}
"""What is mutated, and the tests that must notice."""

TOO_LONG = "meanwhile"
"""Tests of such names are left out: what races find, others find sooner."""

ELSEWHERE = {"_open_by_path", "_shown", "_outside"}
"""Functions that do nothing here (on Windows they do), or only word a message."""

CPU_SECONDS, SECONDS = 60, 300
"""What a mutant may take before it counts as killed: it may well never end."""

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}

NORMAL = {"strip", "rstrip", "lstrip", "lower", "casefold", "removesuffix", "removeprefix"}
"""Methods without which a text is still a text."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of a module's `tree`, in one `statement` at its top; `make` makes it there."""

    module: str
    tree: ast.Module
    statement: ast.stmt
    line: int
    words: str
    make: Callable[[], None]

    def __str__(self) -> str:
        return f"{self.module}:{self.line}: {self.words}"


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a node is in its parent."""

    parent: ast.AST
    field: str
    index: int | None

    def put(self, node: ast.AST) -> None:
        """Puts another one there."""
        if self.index is None:
            setattr(self.parent, self.field, node)
        else:
            getattr(self.parent, self.field)[self.index] = node


def mutants(module: str, tree: ast.Module) -> Iterator[Mutant]:
    """Every mutant of a module, in the order of its lines."""
    for statement in tree.body:
        if getattr(statement, "name", "") in ELSEWHERE:
            continue
        for node, spot in _spots(statement, Spot(tree, "body", None)):
            for words, make in _changes(node, spot):
                yield Mutant(module, tree, statement, node.lineno, words, make)  # type: ignore[attr-defined]


def _spots(node: ast.AST, spot: Spot) -> Iterator[tuple[ast.AST, Spot]]:
    """A node and all in it that could be a rule: no imports, docstrings, annotations, messages."""
    if isinstance(node, ast.Import | ast.ImportFrom | ast.Raise | ast.JoinedStr | ast.Expr):
        return
    if isinstance(node, ast.If | ast.IfExp) and "sys.platform" in ast.unparse(node.test):
        return  # what other systems do is not seen here
    if hasattr(node, "lineno"):
        yield node, spot
    for field, value in ast.iter_fields(node):
        if field in {"annotation", "returns", "decorator_list", "bases"}:
            continue
        for index, inner in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(inner, ast.AST):
                yield from _spots(inner, Spot(node, field, index))


Change = tuple[str, Callable[[], None]]


def _changes(node: ast.AST, spot: Spot) -> Iterator[Change]:
    """What can be changed at one node; all of it in place."""
    source = ast.unparse(node) if isinstance(node, ast.expr) else ""
    match node:
        case ast.Compare(ops=ops):
            for index, op in enumerate(ops):
                other = COMPARISONS[type(op)]
                yield f"{other.__name__} in {source}", lambda i=index, o=other: _set(ops, i, o())
        case ast.BoolOp(op=op, values=values):
            other_op = ast.Or() if isinstance(op, ast.And) else ast.And()
            yield f"{type(other_op).__name__} in {source}", lambda: setattr(node, "op", other_op)
            yield from _without(values, source)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield f"no not in {source}", lambda: spot.put(operand)
        case ast.BinOp(op=ast.BitOr(), left=left, right=right):
            for kept in (left, right):
                yield f"only {ast.unparse(kept)} of {source}", lambda k=kept: spot.put(k)
        case ast.Constant(value=bool() | int() as value):
            new = not value if isinstance(value, bool) else value + 1
            yield f"{new} for {value}", lambda: setattr(node, "value", new)
        case ast.Call(
            func=ast.Name(id="frozenset"), args=[ast.Constant(value=str() as text) as set_]
        ):
            for index, char in enumerate(text):
                rest = text[:index] + text[index + 1 :]
                yield f"without {char!r} in {source}", lambda r=rest: setattr(set_, "value", r)
        case ast.Call(func=ast.Attribute(attr="compile"), args=[ast.Constant() as pattern, *_]):
            for words, shorter in _shorter_patterns(pattern.value):
                yield f"{words} in a pattern", lambda s=shorter: setattr(pattern, "value", s)
        case ast.Call(func=ast.Attribute(value=value, attr=attr)) if attr in NORMAL:
            yield f"without .{attr} in {source}", lambda: spot.put(value)
        case ast.Tuple(elts=elements) | ast.List(elts=elements) | ast.Set(elts=elements):
            if isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
                yield from _without(elements, "a collection")
        case ast.IfExp(body=body, orelse=orelse):
            yield f"always {ast.unparse(body)}", lambda: spot.put(body)
            yield f"always {ast.unparse(orelse)}", lambda: spot.put(orelse)
        case ast.If(body=[*_, ast.Raise() | ast.Return() | ast.Continue()], orelse=[]):
            words = f"without: if {ast.unparse(node.test)}"
            yield words, lambda: spot.put(ast.copy_location(ast.Pass(), node))


def _set(items: list[Any], index: int, value: Any) -> None:
    items[index] = value


def _without(items: list[ast.expr], where: str) -> Iterator[Change]:
    for index, item in enumerate(items):
        if len(items) > 1:
            yield f"without {ast.unparse(item)} in {where}", lambda i=index: items.pop(i)  # type: ignore


def _shorter_patterns(pattern: str) -> Iterator[tuple[str, str]]:
    """A regular expression without one of its alternatives, or of the members of its sets."""
    for start, end in _members(pattern):
        shorter = pattern[:start] + pattern[end:]
        yield f"without {pattern[start:end]!a}", shorter


def _members(pattern: str) -> Iterator[tuple[int, int]]:
    """Where alternatives at the top are, with their bar, and members of sets: `a-z`, `x`."""
    position, depth, begun, member = 0, 0, 0, 0
    in_set = False
    bars = []
    while position < len(pattern):
        width = 2 if pattern[position] == "\\" else 1
        if width == 2 and pattern[position + 1] == "x":
            width = 4
        token = pattern[position : position + width]
        if in_set and token == "]" and position > begun:
            in_set = False
        elif in_set:
            member = position
            position += width
            if pattern[position : position + 1] == "-" and pattern[position + 1] != "]":
                width = 4 if pattern[position + 1 : position + 3] == "\\x" else 1
                width = 2 if width == 1 and pattern[position + 1] == "\\" else width
                position += 1 + width
            if token != "^":
                yield member, position
            continue
        elif token == "[":
            in_set, begun = True, position + 1
        elif token in "()":
            depth += 1 if token == "(" else -1
        elif token == "|" and depth == 0:
            bars.append(position)
        position += width
    edges = [-1, *bars, len(pattern)]
    if bars:
        for left, right in pairwise(edges):
            yield (left, right) if left >= 0 else (0, right + 1)


class Mutating:
    """A plugin of pytest that runs the tests once for each mutant, and once for none."""

    def __init__(self, sample: int | None, modules: Sequence[str]) -> None:
        self.survivors: list[Mutant] = []
        self.total = 0
        self.sound = False
        self._sample = sample
        self._modules = modules

    def pytest_configure(self) -> None:
        from hypothesis import settings  # once pytest is there, which looks into it

        settings.register_profile(
            "mutation", derandomize=True, database=None, deadline=None, max_examples=30
        )
        settings.load_profile("mutation")

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if TOO_LONG not in item.name]

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self.sound = not _is_killed(session, session.items, None)
        if self.sound:
            chosen = self._chosen()
            self.total = len(chosen)
            for mutant in chosen:
                tests = [item for item in session.items if _is_of(item, MODULES[mutant.module])]
                if not _is_killed(session, tests, mutant):
                    self.survivors.append(mutant)
                    print(f"survived: {mutant}", flush=True)
        return True

    def _chosen(self) -> list[Mutant]:
        every = [mutant for name in self._modules for mutant in mutants(name, _parsed(name))]
        if self._sample is None or self._sample >= len(every):
            return every
        places = sorted(random.Random(0).sample(range(len(every)), self._sample))
        return [every[place] for place in places]


def _parsed(name: str) -> ast.Module:
    return ast.parse(inspect.getsource(importlib.import_module(name)))


def _is_of(item: pytest.Item, files: Sequence[str]) -> bool:
    return item.path.relative_to(ROOT).as_posix() in files


def _is_killed(
    session: pytest.Session, tests: Sequence[pytest.Item], mutant: Mutant | None
) -> bool:
    child = os.fork()
    if child == 0:
        os._exit(_run(session, tests, mutant))
    _, status = os.waitpid(child, 0)
    return status != 0


def _run(session: pytest.Session, tests: Sequence[pytest.Item], mutant: Mutant | None) -> int:
    """In a fork: 0 if every test passes."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    if mutant is not None:
        os.dup2(1, 2)
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
        signal.alarm(SECONDS)
        try:
            _put_in_place(mutant)
        except Exception:  # noqa: BLE001 - it cannot even be imported
            return 1
    for item, following in zip(tests, [*tests[1:], None], strict=True):
        session.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.testsfailed:
            print(f"failed: {item.nodeid}", file=sys.stderr)
            return 1
    return 0


def _put_in_place(mutant: Mutant) -> None:
    """Gives the functions that there are the code of the mutant's, and constants its values."""
    module = sys.modules[mutant.module]
    mutant.make()
    changed = ModuleType(mutant.module)
    changed.__file__ = module.__file__
    code = compile(ast.fix_missing_locations(mutant.tree), str(module.__file__), "exec")
    exec(code, vars(changed))  # noqa: S102 - it is our own module
    match mutant.statement:
        case ast.FunctionDef(name=name):
            _transplant(getattr(module, name), getattr(changed, name))
        case ast.ClassDef(name=name):
            for member, old in vars(getattr(module, name)).items():
                if isinstance(plain := _plain(old), FunctionType) and not member.startswith("__"):
                    _transplant(plain, _plain(vars(getattr(changed, name))[member]))
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            _hand_out(name, getattr(module, name), getattr(changed, name))
        case other:
            raise TypeError(other)


def _plain(member: Any) -> Any:
    """The function of a method or property."""
    return getattr(member, "fget", getattr(member, "__func__", member))


def _transplant(old: FunctionType, new: FunctionType) -> None:
    old.__code__, old.__defaults__ = new.__code__, new.__defaults__
    old.__kwdefaults__ = new.__kwdefaults__


def _hand_out(name: str, old: Any, new: Any) -> None:
    """To every module that has the constant by its name."""
    for module in list(sys.modules.values()):
        if isinstance(module, ModuleType) and vars(module).get(name) is old:
            setattr(module, name, new)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--sample", type=int, help="so many mutants, the same ones each time")
    parser.add_argument("modules", nargs="*", metavar="MODULE", default=list(MODULES))
    given = parser.parse_args()
    plugin = Mutating(given.sample, given.modules)
    files = list(dict.fromkeys(file for name in given.modules for file in MODULES[name]))
    os.chdir(ROOT)
    pytest.main(["-q", "-s", "-p", "no:cacheprovider", *files], plugins=[plugin])
    killed = plugin.total - len(plugin.survivors)
    print(f"\n{killed} of {plugin.total} mutants killed")
    return 0 if plugin.sound and plugin.total else 1


if __name__ == "__main__":
    sys.exit(main())

"""Slips that models make, mended where what is meant is beyond doubt.

A value that fits its schema is never touched. One that does not is offered, part by part, to the
table of mends; the first mended value that fits is taken, and what fits nowhere stays as it was.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from space_tools.schema.json_values import JSONSchema, is_number
from space_tools.schema.references import Definitions
from space_tools.schema.validator import Misfit, Validator

_MAX_DEPTH = 3
_MAX_PASSES = 4
# Parts that are tried for one argument in all: the work is bounded, whatever is given.
_MOST_ATTEMPTS = 500
_MOST_CHARACTERS = 1_000_000
_NUMERAL = re.compile(r"[+-]?[0-9]{1,300}(\.[0-9]{1,300})?([eE][+-]?[0-9]{1,3})?")
_WORDS = {"true": True, "false": False}

Mend = Callable[[Any], Iterator[Any]]
Names = Mapping[str, Any]
Path = tuple[str | int, ...]
_NO_NAMES: Names = {}


def mend(value: Any, schema: JSONSchema, definitions: Definitions, names: Names = _NO_NAMES) -> Any:
    """`value` with each part that does not fit `schema` mended, as far as that can be done.

    `names` are further names of choices, each with the value it stands for. The part that
    nothing mends is left as it was given.
    """
    return _mended(value, schema, _Mending(definitions, _unambiguous(names)), 0)


@dataclass(frozen=True, slots=True)
class _Mending:
    """What stays the same while one value is mended; `names` are folded, and each stands for one
    choice. `lists`: one value may be made a list of one, which is done once, not within itself.
    """

    definitions: Definitions
    names: Names
    lists: bool = True
    attempts: Iterator[int] = field(default_factory=lambda: iter(range(_MOST_ATTEMPTS)))
    validators: dict[int, Validator] = field(default_factory=dict)

    def validator(self, schema: Mapping[str, Any]) -> Validator:
        known = self.validators.get(id(schema))
        if known is None:
            known = self.validators[id(schema)] = Validator(dict(schema), self.definitions)
        return known


def _unambiguous(names: Names) -> Names:
    meant: dict[str, dict[str, Any]] = {}
    for name, value in names.items():
        meant.setdefault(_folded(name), {})[repr(value)] = value
    return {name: next(iter(one.values())) for name, one in meant.items() if len(one) == 1}


def _mended(value: Any, schema: Mapping[str, Any], mending: _Mending, depth: int) -> Any:
    validator = mending.validator(schema)
    for _ in range(_MAX_PASSES):
        misfits = {misfit.path: misfit for misfit in reversed(list(validator.misfits(value)))}
        changes = list(_changes(value, misfits, mending, depth))
        if not changes:
            break
        for path, part in changes:
            value = _replaced(value, path, part)
    return value


def _changes(
    value: Any, misfits: Mapping[Path, Misfit], mending: _Mending, depth: int
) -> Iterator[tuple[Path, Any]]:
    """(path, what to put there), no path within another."""
    done: set[Path] = set()
    for path in sorted(misfits, key=len):
        if any(path[:length] in done for length in range(len(path))):
            continue
        misfit = misfits[path]
        for part in _fitting(_part(value, path), misfit.schema, mending, depth):
            done.add(path)
            yield path, part
            break


def _fitting(part: Any, schema: Mapping[str, Any], mending: _Mending, depth: int) -> Iterator[Any]:
    """What `part` may be mended to, so that all of it fits."""
    if depth > _MAX_DEPTH or next(mending.attempts, None) is None:
        return
    validator = mending.validator(schema)
    for candidate in _candidates(part, dict(schema), mending):
        whole = _mended(candidate, schema, mending, depth + 1)
        if validator.accepts(whole):
            yield whole
    if mending.lists and "array" in _types(schema) and part is not None:
        whole = _mended([part], schema, replace(mending, lists=False), depth + 1)
        if validator.accepts(whole):
            yield whole
    for branch in schema.get("anyOf", ()):
        whole = _mended(part, branch, mending, depth + 1)
        if validator.accepts(whole):
            yield whole


def _candidates(part: Any, schema: JSONSchema, mending: _Mending) -> Iterator[Any]:
    yield from _choice(part, schema, mending.names)
    for wanted in _types(schema):
        if wanted in _MENDS:
            yield from _MENDS[wanted](part)


def _types(schema: Mapping[str, Any]) -> Sequence[str]:
    types = schema.get("type", ())
    return [types] if isinstance(types, str) else types


def _choice(part: Any, schema: JSONSchema, names: Names) -> Iterator[Any]:
    """The one choice of this spelling, whatever its letter case and the blanks around it."""
    if not isinstance(part, str) or "enum" not in schema:
        return
    wanted = _folded(part)
    same = [c for c in schema["enum"] if isinstance(c, str) and _folded(c) == wanted]
    if len(same) == 1:
        yield same[0]
    elif not same and wanted in names:
        yield names[wanted]


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def _number(part: Any) -> Iterator[Any]:
    """`"20"` for 20."""
    text = part.strip() if isinstance(part, str) else ""
    if _NUMERAL.fullmatch(text):
        number = float(text) if set(text) & set(".eE") else int(text)
        if is_number(number):
            yield number


def _flag(part: Any) -> Iterator[Any]:
    """`"true"` for true."""
    flag = _WORDS.get(part.strip().lower()) if isinstance(part, str) else None
    if flag is not None:
        yield flag


def _parsed(kind: type) -> Mend:
    """`"[1, 2]"` for [1, 2]."""

    def mended(part: Any) -> Iterator[Any]:
        if isinstance(part, str) and len(part) <= _MOST_CHARACTERS:
            try:
                value = json.loads(part, parse_constant=_refused)
            except (ValueError, RecursionError):
                return
            if isinstance(value, kind):
                yield value

    return mended


def _refused(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _linked(part: Any) -> Iterator[Any]:
    """The URL of a file that an earlier result described as an object."""
    if isinstance(part, dict) and isinstance(part.get("url"), str) and "name" in part:
        yield part["url"]


_MENDS: Mapping[str, Mend] = {
    "integer": _number,
    "number": _number,
    "boolean": _flag,
    "object": _parsed(dict),
    "array": _parsed(list),
    "string": _linked,
}
"""The type that is wanted → what something else may have meant."""


def _part(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value


def _replaced(value: Any, path: Path, part: Any) -> Any:
    """`value` with `part` at `path`; what was given is left as it was."""
    if not path:
        return part
    copy: Any = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = _replaced(copy[path[0]], path[1:], part)
    return copy

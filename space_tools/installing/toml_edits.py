"""One table of a TOML text: put in, replaced or taken out; all else as it was.

The text is taken apart into statements, which is enough to know the lines of one table, and leaves
every other line alone; libraries that keep comments move lines, and mix line endings.
"""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from space_tools.errors import ConfigurationError

_PART = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')"""
_KEY = re.compile(rf"[ \t]*({_PART}(?:[ \t]*\.[ \t]*{_PART})*)[ \t]*=")
_HEADER = re.compile(rf"[ \t]*(\[{{1,2}})[ \t]*({_PART}(?:[ \t]*\.[ \t]*{_PART})*)[ \t]*\]")
_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"""(?:"{0,2})'
    r"|'''.*?'''(?:'{0,2})"
    r'|"(?:[^"\\\n]|\\.)*+"'
    r"|'[^'\n]*+'"
    r"|\#[^\n]*+"
    r"|[\[{]|[\]}]|\n|[^\"'\#\[\]{}\n]++",
    re.DOTALL,
)
_BLANK_LINE = re.compile(r"(?<=\n)\r?\n\Z")
_BARE = re.compile(r"[A-Za-z0-9_-]+")

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Statement:
    """A header, or a key with its value: its lines, and the whole path of what it is about."""

    start: int
    end: int
    path: Path
    is_header: bool


def parse_toml(text: str) -> dict[str, Any]:
    """Raises `ConfigurationError` if the text is not TOML."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"is not valid TOML: {error}") from None


def tables_in(text: str, root: str) -> Mapping[str, Any]:
    """The table `root`; empty if there is none. Raises `ConfigurationError` if it is none."""
    found = parse_toml(text).get(root, {})
    if not isinstance(found, dict):
        raise ConfigurationError(f"has no table at `{root}`")
    return found


def put_toml(text: str, root: str, name: str, entry: Mapping[str, Any]) -> str:
    """`text` with the table `[root.name]`, where one was before or at the end."""
    tables_in(text, root)
    newline = "\r\n" if "\r\n" in text else "\n"
    section = _section((root, name), entry).replace("\n", newline)
    runs = _runs(text, (root, name))
    if runs and runs[0].is_header:
        first, *others = runs
        ending = "" if text[first.start : first.end].endswith("\n") else newline
        kept = _without(text[first.end :], [_shifted(run, -first.end) for run in others])
        return text[: first.start] + section.removesuffix(ending) + kept
    text = _without(text, runs)
    ending = "" if not text or text.endswith("\n") else newline
    return text + ending + (newline if text else "") + section


def remove_toml(text: str, root: str, name: str) -> str:
    """`text` without what it says of `[root.name]`, and one blank line before that."""
    tables_in(text, root)
    for run in reversed(_runs(text, (root, name))):
        before = _BLANK_LINE.sub("", text[: run.start]) if run.is_header else text[: run.start]
        text = before + text[run.end :]
    return text


def _without(text: str, runs: list[_Statement]) -> str:
    for run in reversed(runs):
        text = text[: run.start] + text[run.end :]
    return text


def _shifted(run: _Statement, by: int) -> _Statement:
    return _Statement(run.start + by, run.end + by, run.path, run.is_header)


def _runs(text: str, path: Path) -> list[_Statement]:
    """The statements about `path` or what is in it, those that follow each other as one."""
    runs: list[_Statement] = []
    follows = False
    for statement in _statements(text):
        own = statement.path[: len(path)] == path
        if own and follows:
            first = runs.pop()
            runs.append(_Statement(first.start, statement.end, path, first.is_header))
        elif own:
            runs.append(statement)
        follows = own
    return runs


def _statements(text: str) -> Iterator[_Statement]:
    """Of a text that is known to be TOML."""
    at = 0
    table: Path = ()
    while at < len(text):
        end = _statement_end(text, at)
        if header := _HEADER.match(text, at):
            table = _path(header[2])
            yield _Statement(at, end, table, True)
        elif key := _KEY.match(text, at):
            yield _Statement(at, end, table + _path(key[1]), False)
        at = end


def _statement_end(text: str, at: int) -> int:
    """After the line that ends the statement: brackets and long strings go on over lines."""
    depth = 0
    for token in _TOKEN.finditer(text, at):
        match token[0]:
            case "[" | "{":
                depth += 1
            case "]" | "}":
                depth -= 1
            case "\n" if depth == 0:
                return token.end()
    return len(text)


def _path(key: str) -> Path:
    parts: list[str] = []
    value: Any = tomllib.loads(f"{key} = 0")
    while isinstance(value, dict):
        ((part, value),) = value.items()
        parts.append(part)
    return tuple(parts)


def _section(path: Path, entry: Mapping[str, Any]) -> str:
    header = ".".join(_key(part) for part in path)
    lines = [f"{_key(key)} = {_value(value)}" for key, value in entry.items()]
    return "\n".join([f"[{header}]", *lines, ""])


def _key(text: str) -> str:
    return text if _BARE.fullmatch(text) else _value(text)


def _value(value: object) -> str:
    match value:
        case bool() | str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case int() | float():
            return repr(value)
        case list() | tuple():
            return f"[{', '.join(_value(item) for item in value)}]"
        case dict():
            pairs = (f"{_key(key)} = {_value(item)}" for key, item in value.items())
            return f"{{ {', '.join(pairs)} }}"
    return str(value)  # dates and times, which are written as they are in TOML

"""One member of one object in a JSON text: put in, replaced or taken out; all else as it was."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from space_tools.errors import ConfigurationError
from space_tools.installing.json_text import Member, Node, parse_json

Edit = tuple[int, int, str]
"""From, to, and what comes there."""

_COMMENTS_ON_LINE = re.compile(r"(?:[ \t]*+(?://[^\r\n]*+|/\*[^\r\n]*?\*/))*")
_LINE_END = re.compile(r"[ \t]*+(?:\r?\n|\Z)")
_INDENT = re.compile(r"[ \t]*")
_WHITE = " \t\r\n"


def entries_in(text: str, root: str, *, comments: bool) -> Mapping[str, Any]:
    """The object at the key `root`; empty if there is none.

    Raises `ConfigurationError` if the text is no JSON object, or has something else there.
    """
    container = _member(_document(text, comments), root)
    return {} if container is None else _checked(container.node, root).value


def put_json(text: str, root: str, name: str, entry: object, *, comments: bool) -> str:
    """`text` with `entry` at `root`, `name`. Indented as the rest is; raises as `entries_in`."""
    document = _document(text, comments)
    newline = "\r\n" if "\r\n" in text else "\n"
    if document is None:
        gap = "" if not text or text.endswith("\n") else newline
        new = json.dumps({root: {name: entry}}, indent=2, ensure_ascii=False) + "\n"
        return text + gap + new.replace("\n", newline)
    container = _member(document, root)
    writer = _Writer(text, _unit(text, document), newline)
    if container is None:
        return _apply(text, writer.put(document, root, {name: entry}))
    return _apply(text, writer.put(_checked(container.node, root), name, entry))


def remove_json(text: str, root: str, name: str, *, comments: bool) -> str:
    """`text` without `name` at `root`; as it is if that is not there. Raises as `entries_in`."""
    while True:
        container = _member(_document(text, comments), root)
        if container is None:
            return text
        found = _checked(container.node, root).member(name)
        if found is None:
            return text
        text = _apply(text, _removal(text, container.node, found))


def _document(text: str, comments: bool) -> Node | None:
    document = parse_json(text, comments=comments)
    if document is not None and not isinstance(document.value, dict):
        raise ConfigurationError("is JSON, but no object")
    return document


def _member(node: Node | None, key: str) -> Member | None:
    return None if node is None else node.member(key)


def _checked(node: Node, root: str) -> Node:
    if not isinstance(node.value, dict):
        raise ConfigurationError(f"has no object at `{root}`")
    return node


def _unit(text: str, document: Node) -> str:
    """One step of indentation: what the first member has."""
    first = document.members[0] if document.members else None
    return (first and _own_indent(text, first.start)) or "  "


def _own_indent(text: str, at: int) -> str | None:
    """The white space before `at` on its line; None if something else stands there."""
    before = text[text.rfind("\n", 0, at) + 1 : at]
    return None if before.strip(" \t") else before


def _line_indent(text: str, at: int) -> str:
    match = _INDENT.match(text, text.rfind("\n", 0, at) + 1)
    return match[0] if match else ""


class _Writer:
    """Writes members as their neighbours are written."""

    def __init__(self, text: str, unit: str, newline: str) -> None:
        self.text = text
        self.unit = unit
        self.newline = newline

    def put(self, container: Node, key: str, value: object) -> list[Edit]:
        found = container.member(key)
        flat = bool(container.members) and not self._has_lines(container)
        if found is not None:
            indent = None if flat else _line_indent(self.text, found.start)
            return [(found.node.start, found.node.end, self._dump(value, indent))]
        if container.members:
            return self._append(container, key, value, flat=flat)
        return [self._fill(container, key, value)]

    def _append(self, container: Node, key: str, value: object, *, flat: bool) -> list[Edit]:
        last = container.members[-1]
        comments = _COMMENTS_ON_LINE.match(self.text, last.end)
        at = comments.end() if comments else last.end
        indent = None if flat else self._indent_after(container, last)
        member = self._lead(indent) + self._member(key, value, indent)
        if last.comma is not None:
            return [(at, at, member + ",")]
        return [(last.end, last.end, ","), (at, at, member)]

    def _fill(self, container: Node, key: str, value: object) -> Edit:
        """Into an object without members, after what comments it has."""
        inside = self.text[container.start + 1 : container.end - 1]
        at = container.start + 1 + len(inside.rstrip(_WHITE))
        outer = _line_indent(self.text, container.start)
        if self._is_flat() and self.text[: container.start].strip(_WHITE):
            lead = " " if inside.strip(_WHITE) else ""
            return at, container.end - 1, lead + self._member(key, value, None)
        indent = outer + self.unit
        new = self._lead(indent) + self._member(key, value, indent)
        rest = self.text[at : container.end - 1]
        return at, container.end - 1, new + (rest if "\n" in rest else self.newline + outer)

    def _indent_after(self, container: Node, last: Member) -> str:
        own = _own_indent(self.text, last.start)
        return _line_indent(self.text, container.start) + self.unit if own is None else own

    def _lead(self, indent: str | None) -> str:
        return " " if indent is None else self.newline + indent

    def _member(self, key: str, value: object, indent: str | None) -> str:
        return f"{json.dumps(key, ensure_ascii=False)}: {self._dump(value, indent)}"

    def _dump(self, value: object, indent: str | None) -> str:
        if indent is None:
            return json.dumps(value, ensure_ascii=False)
        text = json.dumps(value, indent=self.unit, ensure_ascii=False)
        return text.replace("\n", self.newline + indent)

    def _has_lines(self, node: Node) -> bool:
        return "\n" in self.text[node.start : node.end]

    def _is_flat(self) -> bool:
        return "\n" not in self.text.strip(_WHITE)


def _removal(text: str, container: Node, member: Member) -> list[Edit]:
    place = container.members.index(member)
    if len(container.members) == 1:
        return [_emptying(text, container, member)]
    if member is container.members[-1]:
        return _removal_of_last(text, container.members[place - 1], member)
    return [_removal_of_one(text, member)]


def _emptying(text: str, container: Node, member: Member) -> Edit:
    before = text[container.start + 1 : member.start]
    after = text[member.end : container.end - 1]
    if not (before + after).strip(_WHITE):
        return container.start + 1, container.end - 1, ""
    return _removal_of_one(text, member)


def _removal_of_last(text: str, previous: Member, member: Member) -> list[Edit]:
    """If it has no comma, with the one before it, which nothing would follow."""
    comma = [(previous.end - 1, previous.end, "")] if member.comma is None else []
    gap = text[previous.end : member.start]
    if not gap.strip(_WHITE):
        return [*comma, (previous.end, member.end, "")]
    if edit := _line_removal(text, member):
        return [*comma, edit]
    return [*comma, (previous.end + len(gap.rstrip(" \t")), member.end, "")]


def _removal_of_one(text: str, member: Member) -> Edit:
    """With its line, or else with the spaces that follow."""
    if edit := _line_removal(text, member):
        return edit
    spaces = _INDENT.match(text, member.end)
    return member.start, spaces.end() if spaces else member.end, ""


def _line_removal(text: str, member: Member) -> Edit | None:
    """From the end of the line before; None for a member that has no line to itself."""
    indent = _own_indent(text, member.start)
    line = member.start - len(indent or "")
    if indent is None or not line or not _LINE_END.match(text, member.end):
        return None
    return line - (2 if text[line - 2 : line] == "\r\n" else 1), member.end, ""


def _apply(text: str, edits: Sequence[Edit]) -> str:
    """`edits` are in the order of the text."""
    for start, end, new in reversed(edits):
        text = text[:start] + new + text[end:]
    return text

"""JSON, with comments and trailing commas where those are allowed, and where in a text it stands.

Libraries that keep comments do not keep every byte; with the places of members, one of them can be
edited as text and all else is left alone.
"""

import json
import re
from dataclasses import dataclass
from typing import Any, NoReturn

from space_tools.errors import ConfigurationError

_SPACE = re.compile(r"[ \t\r\n]*")
_SPACE_AND_COMMENTS = re.compile(r"(?:[ \t\r\n]++|//[^\r\n]*+|/\*.*?\*/)*+", re.DOTALL)
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*+"')
_SCALAR = re.compile(
    rf"{_STRING.pattern}|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?|true|false|null"
)
_LONGEST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Node:
    """A value, from `start` to `end` of its text. `members` are those of an object, in order."""

    start: int
    end: int
    value: Any
    members: tuple["Member", ...] = ()

    def member(self, key: str) -> "Member | None":
        """The one that counts: of several of the same key, the last."""
        return next((member for member in reversed(self.members) if member.key == key), None)


@dataclass(frozen=True, slots=True)
class Member:
    """One member of an object: where its key starts, and where the comma after it is, if any."""

    key: str
    start: int
    node: Node
    comma: int | None

    @property
    def end(self) -> int:
        """Where its text ends, its comma with it."""
        return self.node.end if self.comma is None else self.comma + 1


def parse_json(text: str, *, comments: bool) -> Node | None:
    """The value that a text is; None if there is nothing in it.

    `comments`: whether it may have comments and trailing commas. Raises `ConfigurationError`, with
    the line, if it is not JSON.
    """
    try:
        return _Reader(text, comments).document()
    except RecursionError:
        raise ConfigurationError("is nested too deeply") from None


class _Reader:
    """Reads a text once, from its start to its end."""

    def __init__(self, text: str, comments: bool) -> None:
        self.text = text
        self.comments = comments
        self.at = 0

    def document(self) -> Node | None:
        if not self.peek():
            return None
        node = self.node()
        if self.peek():
            self.fail("something follows its end")
        return node

    def node(self) -> Node:
        match self.peek():
            case "{":
                return self.object()
            case "[":
                return self.array()
        return self.scalar(_SCALAR)

    def scalar(self, pattern: re.Pattern[str]) -> Node:
        self.peek()
        match = pattern.match(self.text, self.at)
        if match is None:
            self.fail()
        try:
            value = json.loads(match[0])
        except ValueError:
            self.fail()
        self.at = match.end()
        return Node(match.start(), match.end(), value)

    def object(self) -> Node:
        start = self.enter()
        members: list[Member] = []
        while self.peek() != "}" and self.is_next(members):
            members.append(self.member())
        self.take("}")
        value = {member.key: member.node.value for member in members}
        return Node(start, self.at, value, tuple(members))

    def member(self) -> Member:
        key = self.scalar(_STRING)
        self.take(":")
        node = self.node()
        return Member(key.value, key.start, node, self.comma("}"))

    def array(self) -> Node:
        start = self.enter()
        items: list[tuple[Node, int | None]] = []
        while self.peek() != "]" and (not items or items[-1][1] is not None):
            items.append((self.node(), self.comma("]")))
        self.take("]")
        return Node(start, self.at, [node.value for node, _ in items])

    def is_next(self, members: list[Member]) -> bool:
        return not members or members[-1].comma is not None

    def comma(self, closing: str) -> int | None:
        if self.peek() != ",":
            return None
        comma = self.enter()
        if not self.comments and self.peek() == closing:
            self.fail()
        return comma

    def enter(self) -> int:
        self.at += 1
        return self.at - 1

    def take(self, character: str) -> None:
        if self.peek() != character:
            self.fail()
        self.at += 1

    def peek(self) -> str:
        """The next character that says something; none at the end."""
        between = _SPACE_AND_COMMENTS if self.comments else _SPACE
        match = between.match(self.text, self.at)
        self.at = match.end() if match else self.at
        return self.text[self.at : self.at + 1]

    def fail(self, what: str = "") -> NoReturn:
        line = self.text.count("\n", 0, self.at) + 1
        found = self.text[self.at :].split("\n")[0][:_LONGEST_SHOWN]
        what = what or (f"{found!r} cannot stand there" if found else "it ends too early")
        raise ConfigurationError(f"is not valid JSON, line {line}: {what}")

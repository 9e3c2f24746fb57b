"""A client's configuration as bytes: what it says of one server, and the same with that changed.

What is written is read again before anybody sees it: an edit that did not do exactly what it should
is refused, never written.
"""

import codecs
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from space_tools.errors import ConfigurationError
from space_tools.installing.json_edits import entries_in, put_json, remove_json
from space_tools.installing.toml_edits import put_toml, remove_toml, tables_in

Entry = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Format:
    """How one kind of file is read and edited, as text.

    `entries` gives what is at a key of the whole: name → entry; `put` and `remove` take the text,
    that key, and the name. All raise `ConfigurationError` for a text that they cannot read.
    """

    entries: Callable[[str, str], Mapping[str, Any]]
    put: Callable[[str, str, str, Entry], str]
    remove: Callable[[str, str, str], str]


FORMATS = {
    "json": Format(
        partial(entries_in, comments=False),
        partial(put_json, comments=False),
        partial(remove_json, comments=False),
    ),
    "jsonc": Format(
        partial(entries_in, comments=True),
        partial(put_json, comments=True),
        partial(remove_json, comments=True),
    ),
    "toml": Format(tables_in, put_toml, remove_toml),
}
"""`jsonc` is JSON with comments and trailing commas."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a file servers are: the file's format, and the key that leads to them."""

    format: str
    root: str

    def entries(self, data: bytes) -> Mapping[str, Any]:
        """The servers that a file names. Raises `ConfigurationError` if it cannot be read."""
        return FORMATS[self.format].entries(_decode(data), self.root)

    def put(self, data: bytes, name: str, entry: Entry) -> bytes:
        """The file with that entry."""
        text = FORMATS[self.format].put(_decode(data), self.root, name, entry)
        return self._checked(data, text, {**self.entries(data), name: dict(entry)})

    def remove(self, data: bytes, name: str) -> bytes:
        """The file without that entry."""
        text = FORMATS[self.format].remove(_decode(data), self.root, name)
        others = {key: value for key, value in self.entries(data).items() if key != name}
        return self._checked(data, text, others)

    def shown(self, name: str, entry: Entry) -> str:
        """A file with nothing but that entry."""
        return FORMATS[self.format].put("", self.root, name, entry)

    def _checked(self, data: bytes, text: str, expected: Entry) -> bytes:
        mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
        after = mark + text.encode()
        try:
            done = self.entries(after) == expected
        except ConfigurationError:
            done = False
        if not done:
            raise ConfigurationError("is written in a way that cannot be edited without risk")
        return after


def _decode(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigurationError("is not UTF-8") from None

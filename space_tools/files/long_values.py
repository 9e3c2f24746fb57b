"""Values that are too long to be told: kept whole as files, and shortened in the result."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any

import anyio.lowlevel

from space_tools.files.outputs import describe, save
from space_tools.files.problems import FileProblem
from space_tools.files.saving import SavedFiles
from space_tools.files.store import FileStore
from space_tools.gradio.files import safe_name
from space_tools.schema.outputs import OutputFile
from space_tools.schema.references import free_name
from space_tools.schema.rendering_values import place
from space_tools.schema.shortening import share, shorten, weigh
from space_tools.schema.text import clean

STRUCTURED_LIMIT = 256 * 1024
"""Bytes of JSON that a result has. Some hosts show it to the model, to which more is no help; with
the pictures that are inline, and encoded, it stays below the megabyte that some hosts take."""

_AT_ONCE = 256 * 1024
"""Characters that are encoded and written together: other calls go on between them."""


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of a result: `structured`, and for each value cut in it, where all of it is.

    The file with all of a value is beside it, too, as `<name>_whole`.
    """

    structured: dict[str, Any]
    places: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Keeper:
    """Keeps the whole values of one caller, and saves them under `title` if that is wanted."""

    store: FileStore
    saved: SavedFiles | None
    owner: str
    title: str

    async def fit(self, result: Mapping[str, Any], limit: int = STRUCTURED_LIMIT) -> Told:
        """The result, its longest values cut if it has more than about `limit` bytes.

        What is cut keeps its type: texts lose their ends, lists their last items.
        """
        sizes = [weigh(value, limit + 1) for value in result.values()]
        if sum(sizes) <= limit:
            return Told(dict(result))
        told: dict[str, Any] = {}
        places: dict[str, str] = {}
        taken = set(result)
        shares = share(sizes, limit)
        for (name, value), size, room in zip(result.items(), sizes, shares, strict=True):
            told[name] = shorten(value, room)
            if size > room:
                file = await self.keep(name, value)
                places[name] = place(file)
                told[free_name(f"{name}_whole", taken)] = file
        return Told(told, places)

    async def keep(self, name: str, value: Any) -> OutputFile:
        """A value, whole, as a file named after it."""
        suffix, kind = (".txt", "text/plain") if isinstance(value, str) else (".json", _JSON)
        file = OutputFile(name=safe_name(name + suffix))
        try:
            with self.store.incoming(self.owner) as incoming:
                for piece in _pieces(value):
                    incoming.write(piece.encode(errors="replace"))
                    await anyio.lowlevel.checkpoint()
                stored = incoming.keep(file["name"], kind)
            describe(file, stored)
            if self.saved is not None:
                file["path"] = await save(stored, self.store, self.saved, self.title)
        except FileProblem as problem:
            file["note"] = clean(f"The file {problem}", 300)
        return file


_JSON = "application/json"


def _pieces(value: Any) -> Iterator[str]:
    """A text as it is, anything else as JSON; in pieces that take little time each."""
    if isinstance(value, str):
        yield from (value[start : start + _AT_ONCE] for start in range(0, len(value), _AT_ONCE))
        return
    gathered, size = [], 0
    for piece in _json(value):
        gathered.append(piece)
        size += len(piece)
        if size >= _AT_ONCE:
            yield "".join(gathered)
            gathered, size = [], 0
    yield "".join(gathered)


def _json(value: Any) -> Iterator[str]:
    if not isinstance(value, list | dict) or weigh(value, _AT_ONCE) < _AT_ONCE:
        yield _encode(value)
    elif isinstance(value, list):
        yield from _joined("[", _parts(value), "]")
    else:
        yield from _joined("{", _members(value), "}")


_encode = json.JSONEncoder(ensure_ascii=False).encode

_TOGETHER = 1000
"""Items that are encoded together if they are small."""


def _joined(opening: str, parts: Iterator[Iterator[str]], closing: str) -> Iterator[str]:
    for number, part in enumerate(parts):
        yield ", " if number else opening
        yield from part
    yield closing


def _parts(items: list[Any]) -> Iterator[Iterator[str]]:
    for start in range(0, len(items), _TOGETHER):
        part = items[start : start + _TOGETHER]
        if weigh(part, _AT_ONCE) < _AT_ONCE:
            yield iter([_encode(part)[1:-1]])
        else:
            yield from map(_json, part)


def _members(members: dict[str, Any]) -> Iterator[Iterator[str]]:
    pairs = iter(members.items())
    while part := dict(islice(pairs, _TOGETHER)):
        if weigh(part, _AT_ONCE) < _AT_ONCE:
            yield iter([_encode(part)[1:-1]])
        else:
            yield from (chain([f"{_encode(key)}: "], _json(item)) for key, item in part.items())

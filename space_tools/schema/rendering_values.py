"""Plain values as a reader likes them: text, JSON, tables, labels. Pure."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from space_tools.schema.outputs import OutputFile
from space_tools.schema.shortening import shorten

MOST_ROWS = 20
MOST_COLUMNS = 20
LONGEST_CELL = 100
"""Of a table, which is there to be glanced at: a model reads all of it elsewhere."""

MOST_LABELS = 20

ONE_LINE = 200
"""Characters of JSON that are given on one line."""

INDENTED = 4000
"""Characters of JSON up to which it is indented; beyond, that only costs tokens."""

NOTHING = "(nothing)"

# A picture or sound in the middle of a text.
_ENCODED = re.compile(r"(data:[\w.+-]{1,99}/[\w.+-]{1,99}[\w=;.-]{0,99};base64,)[\w+/=-]{200,}")


@dataclass(frozen=True, slots=True)
class Room:
    """How many characters are wanted at most, and where the whole value is.

    A renderer may give more, which is cut; it is told so that it need not go through everything.
    """

    characters: int
    rest: str


def text(value: Any, room: Room) -> str:
    """A text as it is, but for what is encoded in it."""
    if not isinstance(value, str):
        return to_json(value, room)
    return _ENCODED.sub(r"\1…", value) if "base64," in value else value


def to_json(value: Any, room: Room) -> str:
    """JSON on one line if it is short, or very long; else indented. Files in it by their place."""
    if value is None:
        return NOTHING
    shown = with_places(shorten(value, room.characters + 1))
    line = json.dumps(shown, ensure_ascii=False)
    if len(line) <= ONE_LINE or len(line) > INDENTED:
        return line
    return json.dumps(shown, ensure_ascii=False, indent=2)


def choices(value: Any, room: Room) -> str:
    """Choices as a list, where that is clear."""
    if isinstance(value, list) and all(isinstance(c, str) and "," not in c for c in value):
        return ", ".join(value) or NOTHING
    return text(value, room)


def place(file: OutputFile) -> str:
    """A file in a line: its name and where it is."""
    uri, path = file.get("uri"), file.get("path")
    where = f"{path} ({uri})" if path and uri else uri or _shown_url(file.get("url", ""))
    parts = [file["name"], *([where] if where else [])]
    note = f" [{file['note']}]" if "note" in file else ""
    return f"{': '.join(parts)}{note}"


def _shown_url(url: str) -> str:
    return "" if url.startswith("data:") else url


def with_places(value: Any) -> Any:
    """The value with each file in it as a line."""
    if isinstance(value, OutputFile):
        return place(value)
    if isinstance(value, dict):
        return {key: with_places(item) for key, item in value.items()}
    return [with_places(item) for item in value] if isinstance(value, list) else value


def label(value: Any, room: Room) -> str:
    """The labels with their scores: `cat 75 %, dog 25 %`."""
    if not isinstance(value, Mapping) or "label" not in value:
        return text(value, room)
    scored = [one for one in value.get("confidences") or () if isinstance(one, Mapping)]
    if not scored:
        return text(value["label"], room)
    shown = ", ".join(_scored(one) for one in scored[:MOST_LABELS])
    more = len(scored) - MOST_LABELS
    return f"{shown}, and {more} more" if more > 0 else shown


def _scored(one: Mapping[str, Any]) -> str:
    name, score = one.get("label"), one.get("confidence")
    return f"{name}" if score is None else f"{name} {_percent(score)}"


def _percent(score: Any) -> str:
    if isinstance(score, bool) or not isinstance(score, int | float) or not 0 <= score <= 1:
        return f"{score}"
    percent = 100 * score
    return "< 0.01 %" if 0 < percent < 0.01 else f"{round(percent, 2):g} %"


def highlighted(value: Any, room: Room) -> str:
    """Text with its marked pieces in brackets: `[Ann: PER] sings`."""
    pieces = [_piece(item) for item in value] if isinstance(value, list) else [None]
    if None in pieces:
        return text(value, room)
    shown = ""
    for token, mark in filter(None, pieces):
        piece = token if mark in (None, "") else f"[{token}: {mark}]"
        shown += (" " if _run_together(shown, piece) else "") + piece
    return shown


def _piece(item: Any) -> tuple[str, Any] | None:
    if isinstance(item, Mapping) and "token" in item:
        return str(item["token"]), item.get("class_or_confidence")
    pair = isinstance(item, list) and len(item) == 2 and isinstance(item[0], str)
    return (item[0], item[1]) if pair else None


def _run_together(before: str, after: str) -> bool:
    """Whether two pieces would look like one word."""
    if not before or not after:
        return False
    return not before[-1].isspace() and (after[0].isalnum() or after[0] == "[")


def frame(value: Any, room: Room) -> str:
    """A table in Markdown: its first rows and columns, and how many there are."""
    if isinstance(value, list):
        value = {"data": value}
    rows = value.get("data") if isinstance(value, Mapping) else None
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows[:MOST_ROWS]):
        return text(value, room)
    headers = value.get("headers") or value.get("columns")
    return _table(headers if isinstance(headers, list) else [], rows, room)


def _table(headers: Sequence[Any], rows: Sequence[Sequence[Any]], room: Room) -> str:
    width = max(len(headers), *(len(row) for row in rows[:MOST_ROWS]), 0, 0)
    if not width:
        return "(an empty table)"
    names = [*headers, *range(len(headers) + 1, width + 1)] if headers else range(1, width + 1)
    shown = [_row(row, width) for row in rows[:MOST_ROWS]]
    line = "|" + " --- |" * min(width, MOST_COLUMNS)
    table = [_row(list(names), width), line, *shown]
    return "\n".join([*table, *_counts(len(rows), width, room)])


def _row(cells: Sequence[Any], width: int) -> str:
    padded = [*cells, *[None] * (width - len(cells))][:MOST_COLUMNS]
    return "| " + " | ".join(map(_cell, padded)) + " |"


def _cell(value: Any) -> str:
    if value is None:
        return ""
    short = with_places(shorten(value, 4 * LONGEST_CELL))
    shown = short if isinstance(short, str) else json.dumps(short, ensure_ascii=False)
    if len(shown) > LONGEST_CELL:
        shown = shown[: LONGEST_CELL - 1] + "…"
    return re.sub(r"\s*[\r\n\u2028\u2029\v\f\x85]+\s*", "<br>", shown).replace("|", "\\|")


def _counts(rows: int, columns: int, room: Room) -> list[str]:
    parts = []
    if rows > MOST_ROWS or rows == 0:
        parts.append(f"{min(rows, MOST_ROWS):,} of {rows:,} rows" if rows else "no rows")
    if columns > MOST_COLUMNS:
        parts.append(f"{MOST_COLUMNS} of {columns:,} columns")
    rest = f"; all are in {room.rest}" if rows > MOST_ROWS or columns > MOST_COLUMNS else ""
    return [f"({', '.join(parts)}{rest})"] if parts else []

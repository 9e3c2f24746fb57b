"""What a person types for a call's arguments, and the files that it leads to."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import click

from space_tools.errors import ValidationError
from space_tools.files.problems import FileProblem
from space_tools.schema import problems
from space_tools.schema.json_values import JSONSchema
from space_tools.tools.catalogue import SESSION_ARGUMENT
from space_tools.tools.tool import Tool

FILE_MARK = "@"
"""What may stand before a path where a file is wanted; elsewhere it is text like any other."""

_MESSAGE = {"text", "files"}
"""The properties of a parameter that takes a text with files."""


class NamedFiles:
    """The local files that the user of the command line has named: all that they may read."""

    def open(self, text: str) -> tuple[BinaryIO, str]:
        """The file of `PATH` or `@PATH`, and its name. Blocking. Raises `FileProblem`."""
        try:
            path = Path(text.removeprefix(FILE_MARK)).expanduser()
            if path.is_file():
                return path.open("rb"), path.name
        except OSError as error:
            raise FileProblem(f"cannot be opened: {error.strerror}") from None
        except RuntimeError:  # the home of a user who is none
            pass
        raise FileProblem("is no file here; give a path, a URL or a data: URI")


def arguments_of(tool: Tool) -> dict[str, JSONSchema]:
    """The arguments that a command can give; no handle of a conversation, which ends with it."""
    properties = tool.input_schema["properties"].items()
    return {name: schema for name, schema in properties if schema != SESSION_ARGUMENT}


def parse_arguments(
    tool: Tool, arguments: Mapping[str, Any], given: Sequence[str]
) -> dict[str, Any]:
    """`arguments`, and over them what was given as NAME=VALUE.

    Raises `ValidationError` for an argument that no command can give.
    """
    known = arguments_of(tool)
    merged = merge(arguments, given, known)
    unusable = tool.input_schema["properties"].keys() - known.keys()
    if wrong := merged.keys() & unusable:
        raise ValidationError([problems.unknown(name, list(known)) for name in wrong])
    return merged


def merge(
    arguments: Mapping[str, Any], given: Sequence[str], schemas: Mapping[str, JSONSchema]
) -> dict[str, Any]:
    """`arguments`, with what was given as NAME=VALUE in their place. Raises `UsageError`."""
    values: dict[str, list[str]] = {}
    for text in given:
        name, separator, value = text.partition("=")
        if not separator:
            raise click.UsageError(f"{text!r} is not NAME=VALUE")
        values.setdefault(name, []).append(value)
    parsed = {name: _parse(texts, schemas.get(name, {})) for name, texts in values.items()}
    return {**arguments, **parsed}


def _parse(texts: Sequence[str], schema: JSONSchema) -> Any:
    values = [parse_value(text, schema) for text in texts]
    if schema.get("properties", {}).keys() >= _MESSAGE and not any(map(_is_whole, values)):
        files = [text for text in texts if text.startswith(FILE_MARK)]
        return {"text": "\n".join(text for text in texts if text not in files), "files": files}
    if len(values) == 1 and schema.get("type") != "array":
        return values[0]
    lists = [value if isinstance(value, list) else [value] for value in values]
    return [item for items in lists for item in items]


def _is_whole(value: Any) -> bool:
    return value is None or isinstance(value, dict)


def parse_value(text: str, schema: JSONSchema) -> Any:
    """Text as it is where the parameter takes a string, else as JSON if it is some."""
    types = schema.get("type", [])
    kinds = [types] if isinstance(types, str) else types
    if kinds[:1] == ["string"] and not ("object" in kinds and text.startswith("{")):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text

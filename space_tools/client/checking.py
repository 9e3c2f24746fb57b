"""Values that a call cannot be made with: told before anything of it is sent.

Only what is certain: whether a value fits a component is for the app to say.
"""

import math
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from space_tools.client.files import LocalFile, is_file
from space_tools.errors import ValidationError
from space_tools.gradio.app_info import Endpoint, Parameter

MEDIA = {"image", "imageeditor", "audio", "video", "model3d", "gallery"}
"""Components whose files cannot be empty; any other file may be."""

KEPT_BY_GRADIO = re.compile(r"[/\\][0-9a-f]{40,}[/\\][^/\\]+")
"""How the path of a file ends that an app keeps, in a folder named by a hash of its content."""


def check_values(endpoint: Endpoint, data: Sequence[Any], limit: int | None) -> None:
    """Raises `ValidationError` for a number that JSON does not have, for a marked file that cannot
    be meant, and for one of this machine that was not marked.

    `limit` is the size in bytes that the app takes of a file at most.
    """
    problems = [
        f"`{parameter.name}`: {problem}"
        for parameter in endpoint.parameters
        for part in _parts(data[parameter.slot] if parameter.slot < len(data) else None)
        if (problem := _problem(parameter, part, limit))
    ]
    if problems:
        raise ValidationError(list(dict.fromkeys(problems)))


def _parts(value: Any) -> Iterator[Any]:
    """The files in a value, and the numbers that JSON does not have."""
    if isinstance(value, float):
        if not math.isfinite(value):
            yield value
    elif isinstance(value, LocalFile) or is_file(value):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _parts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _parts(item)


def _problem(parameter: Parameter, part: Any, limit: int | None) -> str | None:
    if isinstance(part, float):
        return f"{part} is no number that JSON has"
    if isinstance(part, LocalFile):
        return _marked(parameter, Path(part["path"]), limit)
    path = part.get("path")
    return _unmarked(path) if isinstance(path, str) and not part.get("url") else None


def _marked(parameter: Parameter, path: Path, limit: int | None) -> str | None:
    try:
        size = path.stat().st_size
    except OSError as error:
        return f"{path} cannot be read: {error.strerror}"
    if not path.is_file() or not os.access(path, os.R_OK):
        return f"{path} cannot be read"
    if size == 0 and parameter.component in MEDIA:
        return f"{path} is empty, so it is no {parameter.component}"
    if limit is not None and size > limit:
        return f"{path.name} has {size} bytes; the app takes at most {limit}"
    return None


def _unmarked(path: str) -> str | None:
    """A file of the app's own may be given back to it, and an app can run on this machine."""
    if KEPT_BY_GRADIO.search(path) or not os.path.isfile(path):
        return None
    return f"{path} is not sent unless it is marked: give space_tools.handle_file({path!r})"

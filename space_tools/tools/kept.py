"""What a call gave, as much of it as can be told, so that it can be told now or later."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from space_tools.files.long_values import Told
from space_tools.files.outputs import find_files
from space_tools.schema.outputs import OutputFile
from space_tools.schema.rendering import to_text
from space_tools.schema.shortening import weigh

_MOST = 2**31
"""Bytes beyond which nothing is counted; a result that was made to fit has far less."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A result: as `text`, as `structured`, and its `files`."""

    text: str
    structured: dict[str, Any]
    files: tuple[OutputFile, ...] = ()

    @classmethod
    def of(cls, result: Mapping[str, Any], told: Told | None = None) -> Self:
        """A structured result, of which there is room for what is `told`."""
        told = told or Told(dict(result))
        text = to_text(result, getattr(result, "components", {}), told.places)
        return cls(text, told.structured, tuple(find_files(told.structured)))

    def weigh(self) -> int:
        """About how many bytes it has, without what is in its files."""
        return len(self.text) + weigh(self.structured, _MOST)

    @property
    def uris(self) -> list[str]:
        """Of those of its files that are kept here, each once."""
        return list(dict.fromkeys(file["uri"] for file in self.files if "uri" in file))

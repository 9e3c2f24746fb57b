"""What a call gave, as an agent is told it: the same for every framework."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from space_tools.credentials import Credentials
from space_tools.errors import SpaceToolsError
from space_tools.files.long_values import Keeper
from space_tools.files.media import Media, Medium, to_media
from space_tools.files.outputs import find_files
from space_tools.files.store import FileStore
from space_tools.schema.failures import to_failure
from space_tools.schema.rendering import to_text
from space_tools.schema.rendering_values import place


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`text` is for the model, and never empty; `pictures` beside it, where it can see.

    `structured` is for the program: the result whole, an object with a property for each output;
    of a call that failed, `{error, outcome}`.
    """

    text: str
    structured: Mapping[str, Any]
    pictures: tuple[Medium, ...] = ()
    is_error: bool = False


def to_answer(error: SpaceToolsError, tool: str) -> Answer:
    """A call that failed, so that the model can try something else. Pure."""
    failure = to_failure(error, tool)
    return Answer(text=failure.text, structured=failure.structured, is_error=True)


@dataclass(frozen=True, slots=True)
class Teller:
    """Tells one caller of results, with at most `limit` bytes of pictures in each."""

    store: FileStore
    credentials: Credentials
    limit: int

    async def tell(self, structured: Mapping[str, Any], keeper: Keeper) -> Answer:
        """A result, what is too long of it kept as files that its text names."""
        media = await self._media(structured)
        text = await whole_text(structured, keeper)
        if media.previewed:
            text += f"\nShown here only as a smaller preview: {', '.join(media.previewed)}."
        pictures = tuple(medium for medium in media.items if not medium.is_sound)
        return Answer(text=text, structured=structured, pictures=pictures)

    async def _media(self, structured: Mapping[str, Any]) -> Media:
        if not self.limit:
            return Media()
        owner = self.credentials.principal
        return await to_media(find_files(structured), self.store, owner, self.limit)


async def whole_text(structured: Mapping[str, Any], keeper: Keeper) -> str:
    """A result as text; where that leaves something out, it names a file that has all of it."""
    components = getattr(structured, "components", {})
    # No text of a result has a NUL, so a mark is where something was left out, and only there.
    marks = {name: f"\0{number}\0" for number, name in enumerate(structured)}
    text = to_text(structured, components, marks)
    for name, mark in marks.items():
        if mark in text:
            text = text.replace(mark, place(await keeper.keep(name, structured[name])))
    return text

"""Several transfers at once."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import anyio

from space_tools.errors import SpaceToolsError
from space_tools.files.problems import FileProblem

AT_ONCE = 8
"""Files of one call that are transferred side by side."""

T = TypeVar("T")
Failure = FileProblem | SpaceToolsError


async def side_by_side(work: Sequence[Callable[[], Awaitable[T]]]) -> list[T | Failure]:
    """What each piece of work gives, or why it failed, in their order."""
    if not work:
        return []
    results: dict[int, T | Failure] = {}
    limit = anyio.Semaphore(AT_ONCE)

    async def do(place: int, piece: Callable[[], Awaitable[T]]) -> None:
        async with limit:
            try:
                results[place] = await piece()
            except (FileProblem, SpaceToolsError) as error:
                results[place] = error

    async with anyio.create_task_group() as task_group:
        for place, piece in enumerate(work):
            task_group.start_soon(do, place, piece)
    return [results[place] for place in range(len(work))]

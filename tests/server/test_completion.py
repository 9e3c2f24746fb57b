"""The arguments of the resource template are completed, with the caller's own files alone."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import mcp_types as types
import pytest
from mcp import Client, MCPError

from space_tools.credentials import Credentials
from space_tools.files.store import FileStore, StoredFile
from tests.server.files_of_results import files_of, read
from tests.server.in_memory import connect
from tests.server.stdio_server import Server

TEMPLATE = "space-tools://files/{id}/{name}"
ANN, BOB = Credentials(principal="ann"), Credentials(principal="bob")


@pytest.fixture
def store() -> Iterator[FileStore]:
    with FileStore() as store:
        yield store


def keep(store: FileStore, name: str, owner: str = "ann") -> StoredFile:
    with store.incoming(owner) as incoming:
        incoming.write(b"x")
        return incoming.keep(name)


@asynccontextmanager
async def client_of(
    store: FileStore, era: str, credentials: Credentials = ANN
) -> AsyncIterator[Client]:
    async with connect([], era=era, store=store, credentials=credentials) as connection:
        yield connection.client


async def values(client: Client, name: str, typed: str = "", /, **chosen: str) -> list[str]:
    """The values that are offered, which must be all."""
    completion = await complete(client, name, typed, **chosen)
    assert completion.total == len(completion.values)
    assert completion.has_more is False
    return completion.values


async def complete(client: Client, name: str, typed: str, /, **chosen: str) -> types.Completion:
    ref = types.ResourceTemplateReference(uri=TEMPLATE)
    argument = {"name": name, "value": typed}
    return (await client.complete(ref, argument, context_arguments=chosen or None)).completion


async def test_names_and_ids_are_completed_newest_first(store: FileStore, era: str) -> None:
    first, second = keep(store, "red.png"), keep(store, "Blue image.png")
    again = keep(store, "red.png")
    async with client_of(store, era) as client:
        assert await values(client, "name") == ["red.png", "Blue image.png"]
        assert await values(client, "name", "bl") == ["Blue image.png"]
        assert await values(client, "name", "green") == []
        assert await values(client, "id") == [again.id, second.id, first.id]
        assert await values(client, "id", second.id[:6]) == [second.id]


async def test_what_was_chosen_already_leaves_the_files_that_have_it(
    store: FileStore, era: str
) -> None:
    red, blue = keep(store, "red.png"), keep(store, "blue.png")
    async with client_of(store, era) as client:
        assert await values(client, "name", id=red.id) == ["red.png"]
        assert await values(client, "id", name="blue.png") == [blue.id]
        assert await values(client, "id", id=red.id) == [blue.id, red.id]
        assert await values(client, "name", id="unknown") == []


async def test_nobody_is_offered_what_is_not_theirs(store: FileStore, era: str) -> None:
    keep(store, "red.png")
    mine = keep(store, "mine.png", owner="bob")
    async with client_of(store, era, BOB) as client:
        assert await values(client, "id") == [mine.id]
        assert await values(client, "name") == ["mine.png"]


@pytest.mark.parametrize(("count", "more"), [(100, False), (101, True)])
async def test_of_many_a_hundred_are_offered_and_all_are_counted(
    store: FileStore, era: str, count: int, more: bool
) -> None:
    for number in range(count):
        keep(store, f"{number}.txt")
    async with client_of(store, era) as client:
        found = await complete(client, "name", "")
        assert found.values == [f"{number}.txt" for number in range(count)][:-101:-1]
        assert (found.total, found.has_more) == (count, more)


REFS: list[tuple[Any, str]] = [
    (types.ResourceTemplateReference(uri=TEMPLATE), "nmae"),
    (types.ResourceTemplateReference(uri="space-tools://other/{id}"), "id"),
]


@pytest.mark.parametrize(("ref", "argument"), REFS)
async def test_what_is_no_argument_of_ours_is_refused(
    store: FileStore, era: str, ref: Any, argument: str
) -> None:
    async with client_of(store, era) as client:
        with pytest.raises(MCPError) as raised:
            await client.complete(ref, {"name": argument, "value": ""})
        assert raised.value.error.code == types.INVALID_PARAMS


async def test_for_a_prompt_there_is_nothing_to_offer(store: FileStore, era: str) -> None:
    keep(store, "red.png")
    async with client_of(store, era) as client:
        found = await client.complete(
            types.PromptReference(name="files"), {"name": "id", "value": ""}
        )
        assert (found.completion.values, found.completion.has_more) == ([], False)


async def test_a_file_of_a_result_is_found_and_read_by_completion(server: Server) -> None:
    """Over stdio, in both eras; the kitchen sink's files are those of every test before."""
    assert server.client.server_capabilities.completions is not None
    [made] = files_of(await server.call("file_out"))
    [id_, *_] = (await complete(server.client, "id", "", name=made["name"])).values
    [name] = await values(server.client, "name", "", id=id_)
    assert f"space-tools://files/{id_}/{name}" == made["uri"]
    assert await read(server.client, made["uri"]) == b"hello a\n"

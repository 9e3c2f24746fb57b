"""What the server tells an agent at the start is so."""

import re

from space_tools.files.store import LIFETIME
from space_tools.tools.catalogue import RESULT_EXTRAS
from space_tools.tools.tool import DEADLINE
from tests.server.stdio_server import Server, data_of


def instructions(server: Server) -> str:
    told = server.client.instructions
    assert told is not None
    return told


async def test_numbers_and_names_are_those_of_the_code(server: Server) -> None:
    told = instructions(server)
    assert [int(n) * 60 for n in re.findall(r"([0-9]+) minutes", told)] == [LIFETIME, DEADLINE]
    outcomes = re.findall(r"after `([a-z_]+)`", told)
    assert set(outcomes) < set(RESULT_EXTRAS["outcome"]["enum"])
    assert len(outcomes) == 2


async def test_a_tool_that_remembers_does_as_was_told(server: Server) -> None:
    assert "goes on where its last call here ended; or, if its result" in instructions(server)
    first = data_of(await server.call("state_append", x="a"))
    second = data_of(await server.call("state_append", x="b"))
    if "session" in first:
        assert second["Out"] == ["b"]
        third = data_of(await server.call("state_append", x="c", session=first["session"]))
        assert third["Out"] == ["a", "c"]
    else:
        assert second["Out"] == [*first["Out"], "b"]


async def test_clients_are_promised_the_changes_that_they_are_told_of(server: Server) -> None:
    offered = server.client.server_capabilities
    assert offered is not None
    assert offered.tools is not None
    assert offered.resources is not None
    assert (offered.tools.list_changed, offered.resources.list_changed) == (True, True)

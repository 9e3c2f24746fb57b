"""One table put into TOML, and taken out: every other line byte for byte as it was."""

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from space_tools.errors import ConfigurationError
from space_tools.installing.documents import Place

OURS = {"command": "C:\\bin\\space-tools.exe", "args": ["serve", '--space=a"b'], "env_vars": []}
NAME = "space-tools"
TOML = Place("toml", "mcp_servers")

BLOCKS = [
    '[mcp_servers.a]\ncommand = "a" # [mcp_servers.space-tools]\n',
    "[mcp_servers.b.env]\nX = '''\n[mcp_servers.space-tools]\n'''\n",
    '[mcp_servers."space.tools"]\nargs = [\n  "]", # ]\n  "x",\n]\n',
    '\n# about what follows\n[profiles.x] # note\nlong = """"quoted"\n[x]\n"""\n\n',
    "[[hooks]]\nwhen = 2026-01-01T00:00:00Z\n[[hooks]]\nwhen = 12:00:00\n",
    "  [ spaced . out ]\n  'key' . \"other\" = { a = 1, b = [ { c = 2 } ] }\n",
    "# a comment that closes nothing ]\"'\n",
    "[empty]\n",
]
"""Parts that a file may have, in any order."""

OWN = [
    '[mcp_servers.space-tools]\ncommand = "old"\n',
    '[mcp_servers.space-tools]\n# mine\nargs = []\n\n[mcp_servers.space-tools.env]\nA = "1"\n',
    '[mcp_servers."space-tools"]\nargs = [\n]\n',
    "[ mcp_servers . 'space-tools' ]\nargs = []\n",
]


@st.composite
def files(draw: st.DrawFn) -> str:
    """A file without our table."""
    top = draw(st.sampled_from(["", "model = 'x'\n", "# top\na.b = 1\n\n"]))
    text = top + "".join(draw(st.permutations(BLOCKS))[: draw(st.integers(0, len(BLOCKS)))])
    return text.replace("\n", "\r\n") if draw(st.booleans()) else text


def others(text: str) -> dict[str, Any]:
    """What a file says but for our table; an empty `mcp_servers` is as none."""
    value = tomllib.loads(text)
    servers = value.pop("mcp_servers", {})
    servers.pop(NAME, None)
    return {**value, "mcp_servers": servers} if servers else value


@given(files())
def test_a_table_is_put_at_the_end_and_taken_out_again(text: str) -> None:
    written = TOML.put(text.encode(), NAME, OURS).decode()
    assert written.startswith(text)
    assert tomllib.loads(written)["mcp_servers"][NAME] == OURS
    assert others(written) == others(text)
    assert written.count("\n") == written.count("\r\n") or "\r\n" not in written
    assert TOML.put(written.encode(), NAME, OURS).decode() == written
    assert TOML.remove(written.encode(), NAME).decode() == text
    assert TOML.remove(text.encode(), NAME).decode() == text


@given(st.permutations(BLOCKS), st.integers(0, len(BLOCKS)), st.sampled_from(OWN))
def test_a_table_is_replaced_where_it_is(blocks: list[str], cut: int, own: str) -> None:
    before, after = "".join(blocks[:cut]), "".join(blocks[cut:])
    text = before + own + after
    written = TOML.put(text.encode(), NAME, OURS).decode()
    assert written.startswith(before)
    assert written.endswith(after)
    assert tomllib.loads(written)["mcp_servers"][NAME] == OURS
    assert others(written) == others(text)
    removed = TOML.remove(text.encode(), NAME).decode()
    assert removed in (before + after, before.removesuffix("\n") + after)
    assert others(removed) == others(text)


def test_a_table_that_is_written_as_a_key_is_moved_to_the_end() -> None:
    text = b'[mcp_servers]\nspace-tools = { command = "old" }\nb = { command = "b" }\n'
    written = TOML.put(text, NAME, {"command": "new"}).decode()
    assert written == (
        '[mcp_servers]\nb = { command = "b" }\n\n[mcp_servers.space-tools]\ncommand = "new"\n'
    )
    assert TOML.remove(text, NAME) == b'[mcp_servers]\nb = { command = "b" }\n'


def test_scattered_tables_of_ours_all_go() -> None:
    text = (
        b'[mcp_servers.space-tools.env]\nA = "1"\n\n[b]\nc = 1\n\n'
        b"[mcp_servers.space-tools]\nargs = []\n\n[d]\n"
    )
    assert TOML.remove(text, NAME) == b"\n[b]\nc = 1\n\n[d]\n"
    assert TOML.put(text, NAME, {"x": True}) == (
        b"[mcp_servers.space-tools]\nx = true\n\n[b]\nc = 1\n\n\n[d]\n"
    )


@pytest.mark.parametrize("text", ["x = 1", "x = 1\n[mcp_servers.space-tools]\ncommand = 'old'"])
def test_a_last_line_without_its_end(text: str) -> None:
    written = TOML.put(text.encode(), NAME, OURS).decode()
    assert written.startswith("x = 1\n")
    assert tomllib.loads(written) == {"x": 1, "mcp_servers": {NAME: OURS}}


@given(
    st.dictionaries(
        st.text(max_size=5),
        st.recursive(
            st.booleans() | st.integers(-9, 9) | st.floats(-9, 9) | st.text(max_size=9),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
            max_leaves=5,
        ),
        max_size=3,
    )
)
def test_any_value_is_written_so_that_it_is_read_again(entry: dict[str, Any]) -> None:
    shown = TOML.shown(NAME, entry)
    assert tomllib.loads(shown) == {"mcp_servers": {NAME: entry}}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a = ", "is not valid TOML: Invalid value"),
        ("mcp_servers = 1", "has no table at `mcp_servers`"),
        ("mcp_servers = { a = {} }", "is written in a way that cannot be edited without risk"),
    ],
)
def test_what_cannot_be_edited_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        TOML.put(text.encode(), NAME, OURS)
    assert sentence in str(refused.value)

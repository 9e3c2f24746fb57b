"""Whatever an agent or an operator says, it is understood or refused with a sentence."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from space_tools.config.file import parse_file
from space_tools.config.values import parse_proxy, parse_public_url
from space_tools.egress.addresses import Allowed, is_loopback, is_public, parse_allowed
from space_tools.egress.external import External, spelled
from space_tools.egress.policy import follow, parse_address
from space_tools.egress.proxies import Proxies
from space_tools.errors import SpaceToolsError, ValidationError
from space_tools.files.data_uris import parse_data_uri
from space_tools.files.problems import FileProblem
from space_tools.files.roots import resolve_roots
from space_tools.gradio.app_info import Endpoint
from space_tools.schema.inputs import build_inputs
from space_tools.schema.names import aliases, tool_name
from space_tools.tools.sources import parse_sources, parse_trusted
from tests.fuzzing.hostile import JSON, TEXT
from tests.schema.drawing import values_of
from tests.schema.recorded import app

HOST = st.sampled_from(
    [
        "host.example",
        "127.0.0.1",
        "0x7f.1",
        "[::1]",
        "[::ffff:1.2.3.4]",
        "bücher.example",
        "a..b",
        "",
    ]
)
URL = st.builds(
    "{}{}{}{}{}{}".format,
    st.sampled_from(["https:", "http:", "HTTPS:", "ftp:", "file:", "data:", "", " https:", "//"]),
    st.sampled_from(["//", "/", "\\\\", "///", ""]),
    st.sampled_from(["", "user@", "u:p@", "@", "\\@"]),
    HOST | TEXT,
    st.sampled_from(["", ":", ":80", ":0", ":99999", ":x", "]", "%00", "\\", "\t"]),
    TEXT.map("/".__add__) | st.sampled_from(["", "?", "#", "?a=b", "/../..", "/%2e%2e/"]),
)


@given(URL | TEXT)
def test_addresses(text: str) -> None:
    for parse in (parse_address, parse_public_url, parse_proxy):
        with suppress(SpaceToolsError):
            parse(text)  # type: ignore[operator]
    for parse in (parse_sources, parse_trusted):
        with suppress(SpaceToolsError):
            parse([text])  # type: ignore[operator]
    with suppress(SpaceToolsError):
        External(proxy=text)


@given(URL | TEXT, URL | TEXT)
def test_redirects(url: str, location: str) -> None:
    external = External(Allowed(frozenset({"host.example"})))
    with suppress(SpaceToolsError):
        external.check(url)
        external.check(follow(url, location))


@example("0\x1f")
@example("[::ffff:1.2.3.4]")
@given(HOST | TEXT)
def test_hosts(host: str) -> None:
    public = is_public(host)
    assert not (public and is_loopback(host))
    assert not (public and spelled(host) == ["127.0.0.1"])
    Proxies("http://proxy", "", (host,)).find("https", host, 443)
    with suppress(SpaceToolsError):
        allowed = parse_allowed([host])
        assert allowed.has_host(host.strip().strip("[]"))


@given(TEXT | URL | TEXT.map("data:".__add__))
def test_file_arguments(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    roots = resolve_roots([tmp_path_factory.getbasetemp()])
    with suppress(FileProblem):
        parse_data_uri(text)
    with suppress(FileProblem):
        roots.open(text)[0].close()


@given(TEXT, TEXT)
def test_names(alias: str, name: str) -> None:
    assert 0 < len(tool_name(alias, name)) <= 64
    with suppress(SpaceToolsError):
        aliases([(alias, name), (None, name)])


ENDPOINTS = [shown for shown in app("6.31.0/kitchen_sink").endpoints if shown.parameters]


@given(st.sampled_from(ENDPOINTS), st.data())
def test_arguments(endpoint: Endpoint, data: st.DataObject) -> None:
    """Arbitrary ones, and those that fit, which must not be refused for how they are read."""
    takes = build_inputs(endpoint)
    names = st.sampled_from([*takes.parameters, "unknown"]) | TEXT
    arguments: Any = data.draw(
        st.dictionaries(names, JSON, max_size=4)
        | values_of(takes.schema, takes.schema.get("$defs", {}))
    )
    with suppress(ValidationError):
        takes.bind(arguments)


@given(TEXT | st.dictionaries(TEXT, TEXT, max_size=3).map(str))
def test_configuration_files(text: str) -> None:
    with suppress(SpaceToolsError):
        parse_file(text, Path("/etc/config.toml"))

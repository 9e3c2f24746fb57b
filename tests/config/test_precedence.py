"""Each option by flag, environment, file and default, the first of them that says something."""

from dataclasses import fields
from pathlib import Path

import pytest

from space_tools.config.file import parse_file
from space_tools.config.options import OPTIONS, SPACE, Option
from space_tools.config.resolving import FromFile, resolve
from space_tools.config.settings import Settings
from space_tools.config.spaces import SpaceSettings, ToolSettings
from space_tools.config.values import default_output_dir, default_roots
from space_tools.errors import ConfigurationError


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with folders to share, and another, `etc`, for the file."""
    for name in ("flag", "variable one", "variable", "etc/file"):
        (tmp_path / name).mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


FILE = """
include = ["*/file", "a/*"]
exclude = "*/file"
root = ["file"]
output_dir = "out"
inline_limit = 1000
max_wait = 7.5
allow_host = ["file.example"]
egress_proxy = "http://file.example:1"
discover = true
pin = true
trust_host = "file.example:1"
transport = "http"
host = "10.0.0.1"
port = 1
auth = "hf"
allow_anonymous = true
public_url = "https://file.example/path/"
log_level = "error"
log_format = "json"
"""

ENVIRONMENT = {
    "SPACE_TOOLS_INCLUDE": "*/variable a/*",
    "SPACE_TOOLS_EXCLUDE": "*/variable",
    "SPACE_TOOLS_ROOT": "variable one:variable",
    "SPACE_TOOLS_OUTPUT_DIR": "out of variable",
    "SPACE_TOOLS_INLINE_LIMIT": "2KB",
    "SPACE_TOOLS_MAX_WAIT": "20",
    "SPACE_TOOLS_ALLOW_HOST": "variable.example 10.0.0.0/8",
    "SPACE_TOOLS_EGRESS_PROXY": "https://variable.example",
    "SPACE_TOOLS_DISCOVER": "off",
    "SPACE_TOOLS_PIN": "0",
    "SPACE_TOOLS_TRUST_HOST": "variable.example a.example:2",
    "SPACE_TOOLS_TRANSPORT": "http",
    "SPACE_TOOLS_HOST": "10.0.0.2",
    "SPACE_TOOLS_PORT": "2",
    "SPACE_TOOLS_AUTH": "none",
    "SPACE_TOOLS_ALLOW_ANONYMOUS": "no",
    "SPACE_TOOLS_PUBLIC_URL": "http://variable.example:2",
    "SPACE_TOOLS_LOG_LEVEL": "warning",
    "SPACE_TOOLS_LOG_FORMAT": "text",
}

FLAGS = {
    "include": ["*/flag"],
    "exclude": ["*/flag", "b/*"],
    "root": ["flag"],
    "output_dir": ["first", "out of flag"],
    "inline_limit": ["3KB"],
    "max_wait": ["off"],
    "allow_host": ["flag.example"],
    "egress_proxy": ["http://user:pass@flag.example:3"],
    "discover": ["true"],
    "pin": ["true"],
    "trust_host": ["flag.example"],
    "transport": ["http", "stdio"],
    "host": ["10.0.0.3"],
    "port": ["3"],
    "auth": ["hf"],
    "allow_anonymous": ["true"],
    "public_url": ["https://flag.example"],
    "log_level": ["debug"],
    "log_format": ["json"],
}


def expected(folder: Path) -> dict[str, tuple[object, object, object, object]]:
    """Field → its value by flag, environment, file and default."""
    return {
        "include": (("*/flag",), ("*/variable", "a/*"), ("*/file", "a/*"), ()),
        "exclude": (("*/flag", "b/*"), ("*/variable",), ("*/file",), ()),
        "roots": (
            (folder / "flag",),
            (folder / "variable one", folder / "variable"),
            (folder / "etc" / "file",),
            default_roots(folder, Path.home()),
        ),
        "output_dir": (
            folder / "out of flag",
            folder / "out of variable",
            folder / "etc" / "out",
            default_output_dir(),
        ),
        "inline_limit": (3072, 2048, 1000, 524_288),
        "max_wait": (None, 20.0, 7.5, 50.0),
        "allow_hosts": (
            ("flag.example",),
            ("variable.example", "10.0.0.0/8"),
            ("file.example",),
            (),
        ),
        "egress_proxy": (
            "http://user:pass@flag.example:3",
            "https://variable.example",
            "http://file.example:1",
            None,
        ),
        "discover": (True, False, True, False),
        "pin": (True, False, True, False),
        "trust_hosts": (
            ("flag.example",),
            ("variable.example", "a.example:2"),
            ("file.example:1",),
            (),
        ),
        "transport": ("stdio", "http", "http", "stdio"),
        "host": ("10.0.0.3", "10.0.0.2", "10.0.0.1", "127.0.0.1"),
        "port": (3, 2, 1, 8765),
        "auth": ("hf", "none", "hf", "none"),
        "allow_anonymous": (True, False, True, False),
        "public_url": (
            "https://flag.example",
            "http://variable.example:2",
            "https://file.example/path",
            None,
        ),
        "log_level": ("debug", "warning", "error", "info"),
        "log_format": ("json", "text", "json", "text"),
    }


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.key)
def test_a_flag_goes_before_the_environment_the_file_and_the_default(
    option: Option, folder: Path
) -> None:
    field, key, variable = option.field, option.key, option.variable
    file = parse_file(FILE, folder / "etc" / "config.toml")
    sources = [
        ({key: FLAGS[key]}, ENVIRONMENT, file),
        ({}, {variable: ENVIRONMENT[variable]}, file),
        ({key: ()}, {variable: ""}, file),
        ({}, {}, FromFile()),
    ]
    found = [getattr(resolve(*source), field) for source in sources]
    assert found == list(expected(folder)[field])


def test_every_setting_has_an_option() -> None:
    named = {option.field for option in (SPACE, *OPTIONS)}
    assert named == {field.name for field in fields(Settings)} - {"origins"}


def test_settings_remember_where_they_were_given(folder: Path) -> None:
    file = parse_file(FILE, Path("etc/config.toml"))
    settings = resolve({"include": ["a/*"]}, {"SPACE_TOOLS_EXCLUDE": "b/*"}, file)
    assert settings.origins["include"] == "--include"
    assert settings.origins["exclude"] == "SPACE_TOOLS_EXCLUDE"
    assert settings.origins["allow_hosts"] == "in etc/config.toml: allow_host"


def test_an_empty_list_in_the_file_is_none_not_the_default(folder: Path) -> None:
    assert resolve({}, {}, parse_file("root = []", folder / "config.toml")).roots == ()


@pytest.mark.parametrize(
    ("flags", "environ", "text", "sentence"),
    [
        ({"inline_limit": ["much"]}, {}, "", "--inline-limit: 'much' is not a size"),
        ({}, {"SPACE_TOOLS_INLINE_LIMIT": "x"}, "", "SPACE_TOOLS_INLINE_LIMIT: 'x' is not a size"),
        ({}, {}, 'inline_limit = "x"', "in config.toml: inline_limit: 'x' is not a size"),
        ({"root": ["none"]}, {}, "", "--root: 'none' does not exist"),
        ({}, {}, 'root = "none"', "in config.toml: root: 'none' does not exist"),
        ({"root": [__file__]}, {}, "", f"--root: '{__file__}' is not a folder"),
        ({"root": ["~nobody-of-that-name/x"]}, {}, "", "names a user whose home is not known"),
        ({"output_dir": [""]}, {}, "", "--output-dir: '' is not a path"),
        ({"port": ["65536"]}, {}, "", "--port: '65536' is not a port, 0 to 65535"),
        ({"port": ["-1"]}, {}, "", "--port: '-1' is not a port"),
        ({"public_url": ["tools.example"]}, {}, "", "'tools.example' is not an http:// or"),
        ({"public_url": ["http://[x"]}, {}, "", "'http://[x' is not an http:// or"),
        ({"public_url": ["https://me:p@x"]}, {}, "", "must not carry a user name"),
        ({"auth": ["basic"]}, {}, "", "--auth: 'basic' is not one of none, hf"),
        ({}, {"SPACE_TOOLS_ALLOW_ANONYMOUS": "maybe"}, "", "'maybe' is neither true nor false"),
        ({}, {}, "allow_anonymous = 2", "allow_anonymous: must be true or false, not 2"),
        ({"log_level": ["loud"]}, {}, "", "--log-level: 'loud' is not one of debug, info, "),
        ({}, {"SPACE_TOOLS_LOG_LEVEL": "DEBUG"}, "", "SPACE_TOOLS_LOG_LEVEL: 'DEBUG' is not one"),
    ],
)
def test_a_wrong_value_is_told_with_where_it_was_given(
    flags: dict[str, list[str]], environ: dict[str, str], text: str, sentence: str
) -> None:
    with pytest.raises(ConfigurationError) as raised:
        resolve(flags, environ, parse_file(text, Path("config.toml")))
    assert sentence in str(raised.value)


def test_a_wrong_value_that_does_not_count_is_not_read() -> None:
    environ = {"SPACE_TOOLS_INLINE_LIMIT": "much"}
    assert resolve({"inline_limit": ["1KB"]}, environ).inline_limit == 1024


def test_apps_on_the_command_line_join_those_of_the_file_or_take_their_place() -> None:
    file = parse_file(
        """
        [spaces.art]
        src = "owner/art"
        tools."/infer".name = "paint"
        [spaces.sound]
        src = "owner/sound"
        """,
        Path("config.toml"),
    )
    flags = {"space": ["owner/more", "art=http://127.0.0.1:7860", "last=a/b"]}
    assert resolve(flags, {"SPACE_TOOLS_SPACE": "c/d"}, file).spaces == (
        SpaceSettings("http://127.0.0.1:7860", "art", tools={"/infer": ToolSettings(name="paint")}),
        SpaceSettings("owner/sound", "sound"),
        SpaceSettings("owner/more"),
        SpaceSettings("a/b", "last"),
    )
    environ = {"SPACE_TOOLS_SPACE": " c/d  sound=e/f "}
    assert [space.src for space in resolve({}, environ, file).spaces] == ["owner/art", "e/f", "c/d"]


def test_two_of_one_alias_on_the_command_line_are_both_kept_to_be_refused() -> None:
    file = FromFile(spaces=(SpaceSettings("b/c", "a"),))
    settings = resolve({"space": ["a=x/y", "a=z/y"]}, {}, file)
    assert [space.src for space in settings.spaces] == ["x/y", "z/y"]

"""The file says what it may, or is refused with its name, the key and what is allowed."""

from pathlib import Path

import pytest

from space_tools.config.file import load, parse_file
from space_tools.config.spaces import SpaceSettings, ToolSettings
from space_tools.errors import ConfigurationError

PATH = Path("config.toml")


def test_a_file_says_what_is_wanted_of_apps_and_their_tools() -> None:
    parsed = parse_file(
        """
        [spaces]
        short = "owner/short"

        [spaces.art]
        src = "black-forest-labs/FLUX.1-schnell"
        include = ["/infer", "/text_*"]
        exclude = "/text_old"

        [spaces.art.tools."/infer"]
        name = "paint"
        description = "Paint a picture."
        defaults = { num_inference_steps = 4, size = [1024, 768] }
        hidden = ["seed"]
        annotations = { title = "Paint", readOnlyHint = true }

        [spaces.art.tools.plain]
        """,
        PATH,
    )
    paint = ToolSettings(
        name="paint",
        description="Paint a picture.",
        defaults={"num_inference_steps": 4, "size": [1024, 768]},
        hidden=("seed",),
        annotations={"title": "Paint", "readOnlyHint": True},
    )
    assert parsed.options == {}
    assert parsed.spaces == (
        SpaceSettings("owner/short", "short"),
        SpaceSettings(
            "black-forest-labs/FLUX.1-schnell",
            "art",
            include=("/infer", "/text_*"),
            exclude=("/text_old",),
            tools={"/infer": paint, "plain": ToolSettings()},
        ),
    )
    assert [space.origin for space in parsed.spaces] == [
        "in config.toml: [spaces.short]: src",
        "in config.toml: [spaces.art]: src",
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("inline_limit =", "in config.toml: not TOML: Invalid value (at end of document)"),
        ("inline_limt = 1", "inline_limt: no such key; did you mean inline_limit?"),
        ("inline_limit = true", "inline_limit: must be a string, not true or false"),
        ("output_dir = 5", "output_dir: must be a string, not 5"),
        ("include = 5", "include: must be an array of strings, not 5"),
        ('include = ["a", 5]', "include: must be an array of strings, not an array"),
        ("space = []", "space: no such key; did you mean spaces?"),
        ("spaces = []", "spaces: must be a table, not an array"),
        ("[spaces]\na = 5", "[spaces.a]: must be a table, not 5"),
        ("[spaces.a]", "[spaces.a]: src: is missing"),
        ("[spaces.a]\nsrc = 5", "[spaces.a]: src: must be a string, not 5"),
        ('[spaces.a]\nsrc = "a/b"\nincludes = []', "[spaces.a]: includes: no such key; did you"),
        ('[spaces."a b"]\nsrc = "a/b"', "[spaces.\"a b\"]: 'a b' is no alias"),
        ('[spaces.a]\nsrc = "a/b"\ntools = 1', "[spaces.a]: tools: must be a table, not 1"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(text: str, sentence: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        parse_file(text, PATH)
    assert str(raised.value).startswith("in config.toml: ")
    assert sentence in str(raised.value)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("nam = 'x'", "nam: no such key; did you mean name?"),
        ("name = 'a b'", "name: 'a b' is not 1 to 64 of A-Z a-z 0-9 _ -"),
        ("name = ''", "name: '' is not 1 to 64"),
        (f"name = '{'x' * 65}'", "is not 1 to 64"),
        (f"description = '{'x' * 1501}'", "description: has 1501 characters; at most 1500"),
        ("hidden = true", "hidden: must be an array of strings, not true or false"),
        ("defaults = []", "defaults: must be a table, not an array"),
        ("defaults.x = 2024-01-01", "defaults: x: 2024-01-01 is a date or a time for TOML; put"),
        ("defaults.x = [{a = 10:00:00}]", "defaults: x: 10:00:00 is a date or a time"),
        ("annotations.readonlyHint = true", "'readonlyHint' is no annotation; did you mean read"),
        ("annotations.readOnlyHint = 1", "annotations: readOnlyHint must be true or false, not 1"),
        ("annotations.title = true", "annotations: title must be a string, not True"),
    ],
)
def test_what_is_wrong_with_a_tool_is_named_with_its_endpoint(line: str, sentence: str) -> None:
    text = f'[spaces.a]\nsrc = "a/b"\n[spaces.a.tools."/x"]\n{line}'
    with pytest.raises(ConfigurationError) as raised:
        parse_file(text, PATH)
    assert str(raised.value).startswith('in config.toml: [spaces.a.tools."/x"]: ')
    assert sentence in str(raised.value)


@pytest.mark.parametrize(
    "key", ["token", "hf_token", "HF_TOKEN", "auth_art", "password", "api-key"]
)
@pytest.mark.parametrize(
    "table", ["", "[spaces.a]\n", '[spaces.a]\nsrc = "a/b"\n[spaces.a.tools."/x"]\n']
)
def test_secrets_are_refused_with_where_they_belong(table: str, key: str) -> None:
    with pytest.raises(ConfigurationError, match="HF_TOKEN in the environment") as raised:
        parse_file(f'{table}{key} = "hf_secret"', PATH)
    assert f"{key}: secrets do not belong here" in str(raised.value)
    assert "hf_secret" not in str(raised.value)


def test_a_parameter_of_an_app_may_be_called_as_a_secret_is() -> None:
    text = '[spaces.a]\nsrc = "a/b"\n[spaces.a.tools."/x"]\ndefaults = { max_tokens = 5 }'
    [space] = parse_file(text, PATH).spaces
    assert space.tools["/x"].defaults == {"max_tokens": 5}


def test_the_flag_names_the_file_before_the_environment(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.toml").write_text(f'[spaces]\n{name} = "owner/{name}"\n')
    environ = {"SPACE_TOOLS_CONFIG": str(tmp_path / "two.toml")}
    flagged = load(str(tmp_path / "one.toml"), {}, environ)
    assert [space.alias for space in flagged.spaces] == ["one"]
    assert [space.alias for space in load(None, {}, environ).spaces] == ["two"]
    assert load(None, {}, {"SPACE_TOOLS_CONFIG": ""}).spaces == ()


def test_a_file_that_cannot_be_read_is_told_with_who_named_it(tmp_path: Path) -> None:
    (tmp_path / "latin.toml").write_bytes(b'log_level = "\xe9"')
    named = {
        "none.toml": "there is no file",
        "latin.toml": "is not UTF-8",
        ".": "cannot be read: Is a directory",
    }
    for name, words in named.items():
        path = str(tmp_path / name)
        for config, environ, origin in (
            (path, {}, "--config"),
            (None, {"SPACE_TOOLS_CONFIG": path}, "SPACE_TOOLS_CONFIG"),
        ):
            with pytest.raises(ConfigurationError, match=words) as raised:
                load(config, {}, environ)
            assert str(raised.value).startswith(f"{origin}: ")


def test_a_file_of_an_editor_that_marks_its_encoding_is_read(tmp_path: Path) -> None:
    path = tmp_path / "marked.toml"
    path.write_text('log_level = "error"', encoding="utf-8-sig")
    assert load(str(path), {}, {}).log_level == "error"

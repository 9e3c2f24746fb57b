"""What a user names an app by leads to its address, or is refused with a reason."""

import pytest

from space_tools.config.spaces import SpaceSettings, ToolSettings
from space_tools.egress.policy import Address
from space_tools.errors import ConfigurationError
from space_tools.tools.sources import Source, parse_sources

WHISPER = Address("https", "abidlabs-whisper.hf.space", 443)
HUB = "https://huggingface.co/spaces"


@pytest.mark.parametrize(
    ("text", "source"),
    [
        (
            "http://127.0.0.1:7860",
            Source(
                "app_7860", "http://127.0.0.1:7860", Address("http", "127.0.0.1", 7860), "other"
            ),
        ),
        (
            "art=http://127.0.0.1:7860/",
            Source("art", "http://127.0.0.1:7860/", Address("http", "127.0.0.1", 7860), "other"),
        ),
        (
            "https://host.example/sub/path",
            Source(
                "app_443",
                "https://host.example/sub/path",
                Address("https", "host.example", 443, "/sub/path"),
                "other",
            ),
        ),
        (
            "http://host.example?a=b",
            Source(
                "app_80", "http://host.example?a=b", Address("http", "host.example", 80), "other"
            ),
        ),
        (
            "abidlabs/whisper",
            Source("whisper", "abidlabs/whisper", WHISPER, "space", "abidlabs/whisper"),
        ),
        (
            "  a-b_1=abidlabs/whisper ",
            Source("a-b_1", "abidlabs/whisper", WHISPER, "space", "abidlabs/whisper"),
        ),
        (
            f"{HUB}/abidlabs/whisper",
            Source("whisper", "abidlabs/whisper", WHISPER, "space", "abidlabs/whisper"),
        ),
        (
            "https://www.huggingface.co/spaces/abidlabs/whisper/",
            Source("whisper", "abidlabs/whisper", WHISPER, "space", "abidlabs/whisper"),
        ),
        (
            "https://hf.co/spaces/abidlabs/whisper",
            Source("whisper", "abidlabs/whisper", WHISPER, "space", "abidlabs/whisper"),
        ),
        (
            f"w={HUB}/abidlabs/whisper/tree/main?x=1#y",
            Source("w", "abidlabs/whisper", WHISPER, "space", "abidlabs/whisper"),
        ),
        (
            "Some-Owner/My.Space_2",
            Source(
                "My.Space_2",
                "Some-Owner/My.Space_2",
                Address("https", "some-owner-my-space-2.hf.space", 443),
                "space",
                "Some-Owner/My.Space_2",
            ),
        ),
        (
            "https://abidlabs-whisper.hf.space",
            Source("app_443", "https://abidlabs-whisper.hf.space", WHISPER, "space"),
        ),
    ],
)
def test_a_source_is_parsed(text: str, source: Source) -> None:
    assert parse_sources([text]) == [source]


@pytest.mark.parametrize(
    "url",
    [
        "http://abidlabs-whisper.hf.space",
        "https://hf.space",
        "https://hf.space.evil.example",
        "https://evil.example/x.hf.space",
        "https://x.hf.space.evil.example",
        "https://xhf.space",
    ],
)
def test_only_a_host_of_the_hub_over_tls_is_a_space(url: str) -> None:
    assert parse_sources([url])[0].kind == "other"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "neither a Space id"),
        ("whisper", "neither a Space id"),
        ("a/b/c", "neither a Space id"),
        ("-a/b", "neither a Space id"),
        ("a/b c", "neither a Space id"),
        ("a b=abidlabs/whisper", "neither a Space id"),
        ("alias=", "neither a Space id"),
        ("localhost:7860", "neither a Space id"),
        ("ftp://host", "not an http"),
        ("http://user:secret@host", "user name or a password"),
        ("alias=http://user:secret@host", "user name or a password"),
        ("http://host:port", "not a URL"),
    ],
)
def test_what_is_no_source_is_refused(text: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words) as raised:
        parse_sources([text])
    assert "secret" not in str(raised.value)


def test_sources_keep_their_order_and_spaces_of_one_name_their_owners() -> None:
    sources = parse_sources(["b/flux", "http://127.0.0.1:7860", "a/flux", "mine=c/flux"])
    assert [source.alias for source in sources] == ["b-flux", "app_7860", "a-flux", "mine"]


@pytest.mark.parametrize(
    "texts",
    [
        ["a=owner/one", "a=owner/two"],
        ["http://127.0.0.1:7860", "http://localhost:7860"],
        ["owner/one", "owner/one"],
    ],
)
def test_two_of_one_alias_are_refused_with_both_their_names(texts: list[str]) -> None:
    with pytest.raises(ConfigurationError, match="would both be called") as raised:
        parse_sources(texts)
    for text in texts:
        assert text.removeprefix("a=") in str(raised.value)


def test_no_sources_are_none() -> None:
    assert parse_sources([]) == []


def test_what_is_wanted_of_an_app_comes_with_its_source() -> None:
    paint = ToolSettings(name="paint")
    wanted = SpaceSettings(
        "art=abidlabs/whisper", include=("infer", "/text_*"), exclude=("*",), tools={"infer": paint}
    )
    assert parse_sources([wanted]) == [
        Source(
            "art",
            "abidlabs/whisper",
            WHISPER,
            "space",
            "abidlabs/whisper",
            include=("/infer", "/text_*"),
            exclude=("/*",),
            tools={"/infer": paint},
        )
    ]


def test_an_app_that_is_none_is_refused_with_where_it_was_named() -> None:
    with pytest.raises(ConfigurationError, match=r"^in x.toml: 'whisper' is neither a Space id"):
        parse_sources([SpaceSettings("whisper", "w", origin="in x.toml")])


def test_one_endpoint_is_not_configured_twice() -> None:
    tools = {"infer": ToolSettings(), "/infer": ToolSettings()}
    with pytest.raises(ConfigurationError, match="w/infer is configured twice"):
        parse_sources([SpaceSettings("a/b", "w", tools=tools)])


def test_two_tools_are_not_given_one_name() -> None:
    tools = {"/infer": ToolSettings(name="paint")}
    spaces = [SpaceSettings("a/b", alias, tools=tools) for alias in ("one", "two")]
    with pytest.raises(ConfigurationError, match="one/infer and two/infer would both be the tool"):
        parse_sources(spaces)

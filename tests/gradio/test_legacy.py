"""Files in Gradio 3's values: there and back, and what cannot be said there."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from space_tools.errors import ProtocolError, ValidationError
from space_tools.gradio.app_info import Endpoint, Parameter
from space_tools.gradio.dialects import dialect_of
from space_tools.gradio.files import decode_data_url
from space_tools.gradio.legacy import from_legacy, to_legacy

META = {"_type": "gradio.FileData"}
FILE = {"path": "/tmp/a.txt", "orig_name": "a.txt", "meta": META}
SENT = {"name": "/tmp/a.txt", "data": None, "is_file": True, "orig_name": "a.txt"}

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


async def fetch(path: str) -> bytes:
    return path.encode()


async def sent(component: str, value: Any) -> Any:
    parameter = Parameter(name="it", label="It", component=component, slot=0)
    endpoint = Endpoint(fn_index=0, name="/it", parameters=(parameter,))
    return (await to_legacy(endpoint, [value], fetch))[0]


@pytest.mark.parametrize(
    ("component", "value", "expected"),
    [
        ("file", FILE, SENT),
        ("file", [FILE, FILE], [SENT, SENT]),
        ("audio", {**FILE, "orig_name": None}, {k: v for k, v in SENT.items() if k != "orig_name"}),
        ("video", {"video": FILE, "subtitles": None}, SENT),
        ("gallery", [{"image": FILE, "caption": "c"}, FILE], [[SENT, "c"], SENT]),
        ("image", FILE, "data:text/plain;base64,L3RtcC9hLnR4dA=="),
        (
            "image",
            {"image": FILE, "mask": None},
            {"image": "data:text/plain;base64,L3RtcC9hLnR4dA==", "mask": None},
        ),
        ("image", {**FILE, "path": "data:image/png;base64,AA=="}, "data:image/png;base64,AA=="),
        (
            "chatbot",
            [["hi", {"file": FILE, "alt_text": "a"}], [FILE, None]],
            [["hi", {**SENT, "alt_text": "a"}], [{**SENT, "alt_text": None}, None]],
        ),
        ("textbox", "text", "text"),
    ],
)
async def test_files_are_sent_as_gradio_3_has_them(
    component: str, value: Any, expected: Any
) -> None:
    assert await sent(component, value) == expected


async def test_an_image_by_its_url_is_refused() -> None:
    with pytest.raises(ValidationError, match="`it`: an app of Gradio 3 does not fetch images"):
        await sent("image", {**FILE, "path": "https://example.com/a.png"})


def received(**more: Any) -> dict[str, Any]:
    known = {"path": "/tmp/a.txt", "url": None, "orig_name": "a.txt", "size": None}
    return {**known, "mime_type": None, "meta": META, **more}


@pytest.mark.parametrize(
    ("component", "value", "expected"),
    [
        ("file", {"name": "/tmp/a.txt", "data": None, "is_file": True}, received()),
        (
            "file",
            {"name": "a.txt", "data": "data:,x", "is_file": False},
            received(path=None, url="data:,x"),
        ),
        ("file", {**SENT, "orig_name": "b.txt", "size": 3}, received(orig_name="b.txt", size=3)),
        (
            "image",
            "data:image/jpeg;base64,AA==",
            received(
                path=None,
                url="data:image/jpeg;base64,AA==",
                orig_name="image.jpg",
                mime_type="image/jpeg",
            ),
        ),
        ("image", None, None),
        ("video", [SENT, None], {"video": received(), "subtitles": None}),
        ("video", None, None),
        (
            "gallery",
            [[SENT, "c"], SENT],
            [{"image": received(), "caption": "c"}, {"image": received(), "caption": None}],
        ),
        (
            "annotatedimage",
            [SENT, [[SENT, "l"]]],
            {"image": received(), "annotations": [{"image": received(), "label": "l"}]},
        ),
        (
            "chatbot",
            [["hi", {**SENT, "alt_text": "a"}]],
            [["hi", {"file": received(), "alt_text": "a"}]],
        ),
        ("textbox", "data:image/png;base64,AA==", "data:image/png;base64,AA=="),
    ],
)
def test_files_come_as_later_versions_have_them(component: str, value: Any, expected: Any) -> None:
    assert from_legacy(component, value) == expected


@given(VALUES, st.sampled_from(["image", "video", "gallery", "annotatedimage", "file", "chatbot"]))
def test_no_output_is_too_odd(value: Any, component: str) -> None:
    from_legacy(component, value)


@given(VALUES.filter(lambda value: "is_file" not in repr(value)))
def test_what_has_no_files_is_as_it_was(value: Any) -> None:
    assert from_legacy("json", value) == value


@pytest.mark.parametrize(
    ("url", "content"),
    [
        ("data:text/plain;base64,aGk=", b"hi"),
        ("data:,h%C3%BC", "hü".encode()),
        ("data:;name=x;base64,", b""),
    ],
)
def test_data_urls_are_decoded(url: str, content: bytes) -> None:
    assert decode_data_url(url) == content


@pytest.mark.parametrize("url", ["data:image/png;base64,%%%", "data:no comma", "http://x/,y", ""])
def test_what_is_no_data_url_is_refused(url: str) -> None:
    with pytest.raises(ProtocolError):
        decode_data_url(url)


@pytest.mark.parametrize(
    ("version", "quotes", "reprs", "encodes"),
    [
        ("3.50.2", True, False, True),
        ("4.44.1", True, False, False),
        ("5.0.2", True, True, False),
        ("5.49.1", False, True, False),
        ("6.31.0", False, False, False),
        ("nonsense", False, False, False),
    ],
)
def test_versions_differ(version: str, quotes: bool, reprs: bool, encodes: bool) -> None:
    dialect = dialect_of(version)
    assert (dialect.quotes_errors, dialect.reprs_json) == (quotes, reprs)
    assert dialect.encodes_files == encodes

"""What an app gets of the arguments that an agent gives."""

from typing import Any

import pytest

from space_tools.schema.inputs import build_inputs
from tests.schema.making import RED, inputs, made_up, problems
from tests.schema.recorded import endpoint


def test_arguments_go_to_their_slots_and_the_rest_keeps_its_place() -> None:
    bound = inputs("state_middle_in").bind({"b": "2", "a": "1"})
    assert bound.data == ["1", None, "2"]
    assert inputs("defaults").bind({"prompt": "p", "flag": False}).data == [
        "p",
        3,
        False,
        "plain",
        None,
    ]


def test_binding_leaves_the_template_as_it_was() -> None:
    built = inputs("defaults")
    built.bind({"prompt": "one", "opt": "o"})
    assert built.bind({"prompt": "two"}).data == ["two", 3, True, "plain", None]


@pytest.mark.parametrize("given", ["Label B", 2, 2.0])
def test_a_choice_is_given_by_label_or_value(given: Any) -> None:
    assert inputs("dropdown_pairs").bind({"x": given}).data == [2]


def test_a_choice_that_was_shown_plainer_is_sent_as_the_app_has_it() -> None:
    built = made_up(
        "checkboxgroup", props={"choices": [["👩\u200d🔬 she", "👩\u200d🔬"], ["b", "b"]]}
    )
    for choice in ("👩🔬", "👩\u200d🔬", "👩🔬 she", "👩\u200d🔬 she"):
        assert built.bind({"x": [choice, "b"]}).data == [["👩\u200d🔬", "b"]]


def test_of_two_choices_that_look_the_same_the_plain_one_is_meant() -> None:
    for choices in (["a", "a\u200b"], ["a\u200b", "a"]):
        built = made_up("radio", props={"choices": choices})
        assert built.schema["properties"]["x"]["enum"] == ["a"]
        assert built.bind({"x": "a"}).data == ["a"]


def test_a_value_wins_over_a_label_of_the_same_spelling() -> None:
    built = made_up("radio", props={"choices": [["a", "b"], ["b", "a"]]})
    assert built.bind({"x": "a"}).data == ["a"]


def test_a_whole_number_is_sent_as_one() -> None:
    sent = inputs("number").bind({"x": 7.0}).data[0]
    assert (sent, type(sent)) == (7, int)
    assert inputs("number_echo").bind({"x": 2.5}).data == [2.5]


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ([[1, "a"]], {"headers": ["x", "y"], "data": [[1, "a"]], "metadata": None}),
        (
            [[1, 2, 3], [4]],
            {"headers": ["x", "y", "3"], "data": [[1, 2, 3], [4, None, None]], "metadata": None},
        ),
        (
            [{"y": 1}, {"x": 2}],
            {"headers": ["x", "y"], "data": [[None, 1], [2, None]], "metadata": None},
        ),
        ([{"z": 1}], {"headers": ["z"], "data": [[1]], "metadata": None}),
        ([{}, [1]], {"headers": ["x", "y"], "data": [[None, None], [1, None]], "metadata": None}),
        ([], {"headers": ["x", "y"], "data": [], "metadata": None}),
        ({"headers": ["p"], "data": [[1]]}, {"headers": ["p"], "data": [[1]], "metadata": None}),
        ({"data": [[1, 2]]}, {"headers": ["x", "y"], "data": [[1, 2]], "metadata": None}),
    ],
)
def test_a_table_comes_in_three_forms(given: Any, sent: Any) -> None:
    assert inputs("dataframe").bind({"x": given}).data == [sent]


MESSAGES = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "yo"}]


@pytest.mark.parametrize(
    ("of", "name", "sent"),
    [
        (
            "6.31.0/kitchen_sink",
            "chatbot_messages",
            [
                {"role": "user", "content": [{"type": "text", "text": "hi"}]},
                {"role": "assistant", "content": [{"type": "text", "text": "yo"}]},
            ],
        ),
        ("5.49.1/kitchen_sink", "chatbot_messages", MESSAGES),
        ("5.49.1/kitchen_sink", "chatbot_tuples", [["hi", "yo"]]),
        ("3.50.2/kitchen_sink", "chatbot_tuples", [["hi", "yo"]]),
    ],
)
def test_messages_are_sent_in_the_style_of_the_version(of: str, name: str, sent: Any) -> None:
    built = inputs(name, of)
    parameter = next(iter(built.schema["properties"]))
    assert built.bind({parameter: MESSAGES}).data == [sent]


def test_pairs_are_made_of_messages_in_any_order() -> None:
    built = inputs("chatbot_tuples", "5.49.1/kitchen_sink")
    said = [("system", "s"), ("assistant", "a"), ("user", "b"), ("user", "c"), ("assistant", "d")]
    given = [["old", None], *({"role": role, "content": text} for role, text in said)]
    assert built.bind({"x": given}).data == [[["old", "a"], ["b", None], ["c", "d"]]]


@pytest.mark.parametrize(
    ("of", "name", "given", "sent"),
    [
        ("6.31.0", "image_filepath", "red", RED),
        ("6.31.0", "file_multiple", ["red"], [RED]),
        ("6.31.0", "gallery_in", ["red"], [{"image": RED, "caption": None}]),
        ("6.31.0", "image_editor", "red", {"background": RED, "layers": [], "composite": RED}),
        (
            "6.31.0",
            "multimodal_textbox",
            {"text": "t", "files": ["red"]},
            {"text": "t", "files": [RED]},
        ),
        ("6.31.0", "multimodal_textbox", {}, {"text": "", "files": []}),
        ("6.31.0", "video", "red", RED),
        ("5.49.1", "video", "red", {"video": RED, "subtitles": None}),
    ],
)
def test_a_file_is_sent_as_its_component_wants_it(
    of: str, name: str, given: Any, sent: Any
) -> None:
    built = inputs(name, f"{of}/kitchen_sink")
    assert built.bind({"x": given}, {"red": RED}).data == [sent]
    assert built.file_sources({"x": given}) == (["red"] if given else [])


def test_files_in_messages_are_sent_too() -> None:
    given = [{"role": "user", "content": [{"file": "red"}, "look"]}]
    parts = [{"type": "file", "file": RED}, {"type": "text", "text": "look"}]
    built = inputs("chatbot_messages")
    assert built.bind({"h": given}, {"red": RED}).data == [[{"role": "user", "content": parts}]]
    assert built.file_sources({"h": given}) == ["red"]


def test_a_url_is_left_to_the_app() -> None:
    url = "https://example.org/cats/my%20cat.png?size=big#top"
    assert inputs("image_filepath").bind({"x": url}).data == [
        {"path": url, "orig_name": "my%20cat.png", "meta": {"_type": "gradio.FileData"}}
    ]


def test_a_video_in_a_gallery_is_sent_as_one() -> None:
    url = "https://example.org/clip.mp4?v=1"
    (item,) = inputs("gallery_in").bind({"x": [url]}).data[0]
    assert item["video"]["path"] == url


def test_sources_of_files_come_once_and_only_from_arguments_that_fit() -> None:
    built = inputs("file_multiple")
    assert built.file_sources({"x": ["a", "b", "a"], "y": "c"}) == ["a", "b"]
    assert built.file_sources({"x": ["a", 3]}) == []
    assert built.file_sources({}) == []


def test_component_properties_are_wrapped() -> None:
    assert made_up("number", takes_props=True).bind({"x": 1}).data == [{"value": 1}]


def test_extras_are_shown_and_kept_apart() -> None:
    extras = {"session": {"type": "string"}, "prompt": {"type": "number"}}
    built = build_inputs(endpoint("defaults"), extras)
    assert list(built.schema["properties"])[-2:] == ["session", "prompt_2"]
    assert built.schema["required"] == ["prompt"]
    bound = built.bind({"prompt": "p", "session": "s", "prompt_2": 4})
    assert (bound.data[0], bound.extras) == ("p", {"session": "s", "prompt": 4})
    assert problems(built, prompt="p", session=1) == [
        "`session` must be a string, got the number 1"
    ]


def test_content_of_several_parts_is_sent_as_the_messages_that_its_style_has_for_them() -> None:
    given = [{"role": "user", "content": ["see", {"text": "this"}, {"file": "red"}, "?"]}]
    file = {"file": RED}
    texts = [{"role": "user", "content": content} for content in ("see\nthis", file, "?")]
    (sent,) = (
        inputs("chatbot_messages", "5.49.1/kitchen_sink").bind({"h": given}, {"red": RED}).data
    )
    assert sent == texts
    (sent,) = inputs("chatbot_tuples", "5.49.1/kitchen_sink").bind({"x": given}, {"red": RED}).data
    assert sent == [["see\nthis", None], [file, None], ["?", None]]


def test_files_in_pairs_are_sent_too() -> None:
    built = inputs("chatbot_tuples", "5.49.1/kitchen_sink")
    given = [["hi", {"file": "red", "alt_text": "a square"}]]
    assert built.file_sources({"x": given}) == ["red"]
    assert built.bind({"x": given}, {"red": RED}).data == [
        [["hi", {"file": RED, "alt_text": "a square"}]]
    ]


def test_metadata_that_says_nothing_is_not_sent() -> None:
    given = [{"role": "user", "content": "hi", "metadata": None}]
    built = inputs("chatbot_messages", "4.44.1/kitchen_sink")
    assert built.bind({"h": given}).data == [[{"role": "user", "content": "hi"}]]


def test_null_for_an_optional_argument_that_cannot_be_null_leaves_its_default() -> None:
    assert inputs("defaults").bind({"prompt": "p", "flag": None}).data[2] is True
    slider = made_up("slider", props={"minimum": 0, "maximum": 10}, has_default=True, default=5)
    assert slider.bind({"x": None}).data == [5]
    required = made_up("slider", props={"minimum": 0, "maximum": 10})
    assert problems(required, x=None)

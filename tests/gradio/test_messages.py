"""The bytes of an event stream become messages, however they are cut and whatever is in them."""

import json
import math
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from space_tools.errors import CallError, ProtocolError
from space_tools.gradio.lines import LONGEST, LineSplitter
from space_tools.gradio.messages import (
    Broken,
    Closed,
    Completed,
    Failed,
    Heartbeat,
    Invited,
    Log,
    MessageParser,
    Partial,
    Progress,
    ProgressUnit,
    Queued,
    Started,
    parse_error,
    unquoted,
)

STREAM = (
    b'data: {"msg": "one"}\n\n'
    b": a comment\n\n"
    b"event: other\r\n"
    b'data:{"msg": "two"}\r\n\r\n'
    + 'data: "ünï 🎉 \u2028"\n\n'.encode()
    + b"data: \n\ndata: last\n\ndata: not whole"
)
MEMORY = 100_000

PAYLOADS = [
    b'{"msg": "one"}',
    b'{"msg": "two"}',
    '"ünï 🎉 \u2028"'.encode(),
    b"",
    b"last",
]


def split(*chunks: bytes, longest: int = LONGEST) -> list[bytes]:
    splitter = LineSplitter(longest)
    return [payload for chunk in chunks for payload in splitter.feed(chunk)]


@given(st.lists(st.integers(0, len(STREAM))))
def test_payloads_are_the_same_however_the_stream_is_cut(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(STREAM)]
    chunks = [STREAM[start:end] for start, end in pairwise(edges)]
    assert split(*chunks) == PAYLOADS


def test_payloads_are_the_same_byte_by_byte() -> None:
    assert split(*(bytes([byte]) for byte in STREAM)) == PAYLOADS


def test_an_endless_line_is_given_up() -> None:
    line = b"data: " + b"x" * 900 + b"\n"
    assert split(line, line, longest=1000) == [b"x" * 900] * 2
    with pytest.raises(ProtocolError, match="message of more than 1,000 bytes"):
        split(b"data: ", *[b"x" * 100] * 10, longest=1000)


@pytest.mark.parametrize(
    "begin", [b'data: {"msg":"process_completed"', b'data: {"msg": "process_completed"']
)
def test_a_result_that_is_too_long_is_known_to_be_one(begin: bytes) -> None:
    with pytest.raises(CallError, match="result has more than 1,000 bytes") as raised:
        split(begin, *[b"x" * 100] * 10, longest=1000)
    assert raised.value.outcome == "done"


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        (
            {"msg": "estimation", "rank": 0, "queue_size": 1, "rank_eta": None},
            Queued(rank=0, queue_size=1, eta=None),
        ),
        (
            {"msg": "estimation", "rank": 2, "queue_size": 3, "rank_eta": 1.5},
            Queued(rank=2, queue_size=3, eta=1.5),
        ),
        ({"msg": "process_starts", "eta": 1.7}, Started(1.7)),
        (
            {
                "msg": "progress",
                "progress_data": [
                    {"index": 1, "length": 2, "unit": "steps", "progress": None, "desc": "step 1"}
                ],
            },
            Progress((ProgressUnit(1, 2, "steps", None, "step 1"),)),
        ),
        (
            {
                "msg": "log",
                "log": "a success",
                "level": "success",
                "duration": 10.0,
                "visible": True,
                "title": "Success",
            },
            Log("a success", "success", "Success"),
        ),
        (
            {
                "msg": "process_generating",
                "output": {"data": ["one"], "is_generating": True, "render_config": None},
                "success": True,
                "time_limit": None,
            },
            Partial(["one"]),
        ),
        (
            {
                "msg": "process_streaming",
                "output": {"data": ["chunk"], "is_generating": True},
                "success": True,
            },
            Partial(["chunk"]),
        ),
        (
            {"msg": "process_completed", "output": {"data": ["x", 1]}, "success": True},
            Completed(["x", 1]),
        ),
        ({"msg": "process_completed", "output": {}, "success": True}, Completed(None)),
        (
            {"msg": "unexpected_error", "message": "gone", "session_not_found": True},
            Broken("gone", session_not_found=True),
        ),
        ({"msg": "send_data"}, Invited("e")),
        ({"msg": "heartbeat"}, Heartbeat()),
        ({"msg": "close_stream"}, Closed()),
        ({"msg": "a kind of tomorrow", "output": 1}, None),
        ({"msg": ["process_completed"]}, None),
        ({}, None),
    ],
)
def test_each_kind_of_message_is_read(sent: dict[str, Any], message: object) -> None:
    payload = json.dumps({**sent, "event_id": "e"}).encode()
    assert MessageParser().parse(payload) == ("e", message)


@pytest.mark.parametrize("kind", ["process_completed", "process_generating", "process_streaming"])
def test_a_failure_has_the_words_of_the_app(kind: str) -> None:
    output = {"error": "with extras", "duration": 3, "visible": False, "title": "My Title"}
    sent = {"msg": kind, "event_id": "e", "output": output, "success": False}
    _, message = MessageParser().parse(json.dumps(sent).encode())
    assert isinstance(message, Failed)
    assert message.error.message == "with extras"
    assert (message.error.title, message.error.duration) == ("My Title", 3)
    assert not message.error.visible


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ("'gen failed'", "gen failed"),
        ('"it\'s"', "it's"),
        ("'x' is not 'y'", "'x' is not 'y'"),
        ("'half", "'half"),
        ("'", "'"),
        ("'a' + 'b'", "'a' + 'b'"),
    ],
)
def test_a_message_that_is_sent_in_quotes_loses_them(sent: str, message: str) -> None:
    error = parse_error({"error": sent, "title": "T", "duration": 3, "visible": False})
    assert error.message == sent
    without = unquoted(error)
    assert (without.message, without.title) == (message, "T")
    assert (without.duration, without.visible) == (3, False)


@pytest.mark.parametrize(
    "output",
    [{"error": None}, {}, None, [], {"error": 5, "title": 6, "duration": "long", "visible": None}],
)
def test_a_failure_without_words_has_an_empty_message(output: object) -> None:
    sent = {"msg": "process_completed", "event_id": "e", "output": output, "success": False}
    _, message = MessageParser().parse(json.dumps(sent).encode())
    assert isinstance(message, Failed)
    assert (message.error.message, message.error.title) == ("", "Error")
    assert message.error.outcome == "failed"


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        (b'{"msg":"estimation","rank":NaN,"queue_size":Infinity}', Queued(None, None, None)),
        (b'{"msg":"estimation","rank":true,"queue_size":"2"}', Queued(None, None, None)),
        (b'{"msg":"process_starts"}', Started(None)),
        (b'{"msg":"process_starts","eta":-Infinity}', Started(None)),
        (b'{"msg":"progress","progress_data":null}', Progress(())),
        (
            b'{"msg":"progress","progress_data":[1,null,{}]}',
            Progress((ProgressUnit(None, None, None, None, None),)),
        ),
        (b'{"msg":"log","log":{"a":1},"level":7}', Log("", "info", "")),
        (b'{"msg":"process_generating","output":{"data":"text"}}', None),
        (b'{"msg":"process_generating"}', None),
        (b'{"msg":"process_completed","success":true,"output":"x"}', Completed(None)),
        (b'{"msg":"unexpected_error"}', Broken("", session_not_found=False)),
    ],
)
def test_what_is_missing_or_of_a_wrong_type_is_left_out(sent: bytes, message: object) -> None:
    assert MessageParser().parse(sent) == (None, message)


@pytest.mark.parametrize("payload", [b"", b"{", b"null", b"[]", b"1", b'"x"', b"\xff", b"[" * 9999])
def test_what_is_no_json_object_is_a_protocol_error(payload: bytes) -> None:
    with pytest.raises(ProtocolError):
        MessageParser().parse(payload)


def generating(data: object) -> bytes:
    output = {"data": data, "is_generating": True}
    message = {"msg": "process_generating", "output": output, "success": True}
    return json.dumps(message).encode()


def test_the_first_partial_output_is_whole_and_later_ones_are_edits() -> None:
    parser = MessageParser()
    steps = [["a", 0], [[["append", [], "b"]], [["replace", [], 1]]], [[], []]]
    read = [parser.parse(generating(step))[1] for step in steps]
    assert read == [Partial(["a", 0]), Partial(["ab", 1]), Partial(["ab", 1])]


def test_without_edits_every_partial_output_is_whole() -> None:
    parser = MessageParser(diffs=False)
    steps: list[list[Any]] = [["a"], [[]], [[["append", [], "b"]]]]
    assert [parser.parse(generating(step))[1] for step in steps] == [Partial(s) for s in steps]


def test_an_edit_that_does_not_fit_is_left_out() -> None:
    parser = MessageParser()
    parser.parse(generating(["a"]))
    assert parser.parse(generating([[["delete", [0], None]]])) == (None, None)
    assert parser.parse(generating([[["append", [], "b"]]]))[1] == Partial(["ab"])


def test_edits_let_partial_outputs_grow_only_so_large() -> None:
    parser = MessageParser(memory=MEMORY)
    parser.parse(generating([""]))
    more = generating([[["append", [], "x" * 1000]]])
    told = [parser.parse(more)[1] for _ in range(200)]
    kept = [message.data[0] for message in told if isinstance(message, Partial)]
    assert [len(text) for text in kept] == [1000 * (n + 1) for n in range(len(kept))]
    assert MEMORY / 8 < len(kept[-1]) < MEMORY
    assert told[len(kept) :] == [None] * (200 - len(kept))


def test_partial_outputs_that_change_but_do_not_grow_are_told_for_ever() -> None:
    parser = MessageParser(memory=MEMORY)
    parser.parse(generating([""]))
    for n in range(200):
        new = f"{n} " * 1000
        assert parser.parse(generating([[["replace", [], new]]]))[1] == Partial([new])


@pytest.mark.parametrize(
    ("unit", "fraction"),
    [
        (ProgressUnit(1, 4, None, None, None), 0.25),
        (ProgressUnit(None, None, None, 0.5, None), 0.5),
        (ProgressUnit(1, 4, None, 0.5, None), 0.5),
        (ProgressUnit(5, 4, None, None, None), 1.0),
        (ProgressUnit(-1, 4, None, None, None), 0.0),
        (ProgressUnit(1, 0, None, None, None), None),
        (ProgressUnit(1, None, None, None, None), None),
        (ProgressUnit(None, None, None, 1.5, None), 1.0),
    ],
)
def test_progress_is_a_fraction_of_one(unit: ProgressUnit, fraction: float | None) -> None:
    assert unit.fraction == fraction


@given(st.integers(), st.integers(), st.integers(0, 400))
def test_progress_is_told_in_numbers_of_any_size(index: int, length: int, zeros: int) -> None:
    bar = {"index": index * 10**zeros, "length": length}
    sent = {"msg": "progress", "progress_data": [bar]}
    _, message = MessageParser().parse(json.dumps(sent).encode())
    assert isinstance(message, Progress)
    fraction = message.units[0].fraction
    assert fraction is None or (0 <= fraction <= 1 and math.isfinite(fraction))

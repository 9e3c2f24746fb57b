"""Apps whose answers to a call are more than anybody can take, or unfold there."""

import json
from collections.abc import Iterator
from itertools import repeat
from typing import Any

from starlette.responses import JSONResponse

from tests.hostile.floods import zipped
from tests.hostile.origins import DATA
from tests.hostile.scenario import MIB, Act, Scene, joined, script, streamed, with_output
from tests.scripted_app import CLOSE_STREAM, Script, completed, failed

MESSAGES = Act()

EVENTS = "text/event-stream"


def from_bytes(content: bytes) -> Any:
    """A call's messages, as the app writes them."""
    return lambda _: [content]


@MESSAGES(error="a message of more than")
def a_message_without_end(scene: Scene) -> Script:
    return script(routes={DATA: streamed(lambda: repeat(b"data: " + b"x" * MIB, 1000), EVENTS)})


@MESSAGES(error="a message of more than")
def messages_that_unfold_a_thousandfold(scene: Scene) -> Script:
    bomb = zipped(b"x" * MIB, 256)
    return script(routes={DATA: streamed(lambda: [bomb], EVENTS, content_encoding="gzip")})


@MESSAGES(error="ended the stream")
def empty_lines_that_unfold_a_thousandfold(scene: Scene) -> Script:
    bomb = zipped(b"\n" * MIB, 16)
    return script(routes={DATA: streamed(lambda: [bomb], EVENTS, content_encoding="gzip")})


@MESSAGES(error="result has more than")
def a_message_of_sixty_megabytes(scene: Scene) -> Script:
    return script(out="x" * 60 * MIB)


@MESSAGES()
def a_message_as_long_as_it_may_be(scene: Scene) -> Script:
    return script(out="x" * (12 * MIB - 10_000))


@MESSAGES(error="too much text")
def a_message_that_one_letter_makes_four_times_as_wide(scene: Scene) -> Script:
    return script(out="x" * 10 * MIB + "\U0001f600")


@MESSAGES()
def a_message_as_wide_as_it_may_be(scene: Scene) -> Script:
    return script(out="x" * 3 * MIB + "\U0001f600")


def with_result(text: str) -> Script:
    """One whose output is that JSON."""
    content = json.dumps(completed("event-1", ["@"])).replace('"@"', text)
    return script(routes={DATA: from_bytes(f"data: {content}\n\n".encode())})


@MESSAGES(error="too many values")
def a_result_of_two_million_lists(scene: Scene) -> Script:
    return with_result(f"[{'[],' * 2_000_000}[]]")


@MESSAGES(error="result has more than")
def a_result_of_ten_million_lists(scene: Scene) -> Script:
    return with_result(f"[{'[],' * 10_000_000}[]]")


@MESSAGES()
def a_result_of_as_many_lists_as_may_be(scene: Scene) -> Script:
    return with_result(f"[{'[],' * 180_000}[]]")


@MESSAGES()
def a_result_of_as_many_objects_as_may_be(scene: Scene) -> Script:
    return with_result("[%s{}]" % ('{"":[1.5]},' * 48_000))


@MESSAGES()
def a_result_of_as_many_texts_as_may_be(scene: Scene) -> Script:
    texts = ",".join(f'"{n}"' for n in range(180_000))
    return with_result(f"[{texts}]")


@MESSAGES()
def a_result_of_as_many_numbers_as_may_be(scene: Scene) -> Script:
    return with_result("[%s0]" % ("0.12345678," * 380_000))


@MESSAGES(gives="hello")
def a_million_tiny_events(scene: Scene) -> Script:
    def stream() -> Iterator[Any]:
        yield from repeat(b": x\nid:\nevent: x\n\n" * 10_000, 25)
        yield b'data: {"msg": "heartbeat"}\n\n' * 1500
        yield b"data:{}\n\n" * 1500
        yield completed("event-1", ["hello"])

    return script(routes={DATA: lambda _: stream()})


@MESSAGES(gives="hello")
def three_thousand_steps_of_progress(scene: Scene) -> Script:
    step = {"index": 1, "length": 2, "unit": "s", "progress": None, "desc": "\x1b[31mred"}
    said = {"msg": "progress", "event_id": "event-1", "progress_data": [step] * 3}
    line = b"data: " + json.dumps(said).encode() + b"\n\n"

    def stream() -> Iterator[Any]:
        yield from repeat(line * 1000, 3)
        yield completed("event-1", ["hello"])

    return script(routes={DATA: lambda _: stream()})


@MESSAGES(gives="hello")
def log_messages_of_megabytes(scene: Scene) -> Script:
    said = {"msg": "log", "event_id": "event-1", "log": "\u202e" * MIB, "level": "info"}
    return script(*repeat(said, 5))


@MESSAGES(gives="hello")
def partial_outputs_that_grow(scene: Scene) -> Script:
    def part(data: Any) -> dict[str, Any]:
        output = {"data": data, "is_generating": True}
        said = {"msg": "process_generating", "event_id": "event-1", "success": True}
        return {**said, "output": output}

    more = part([[["append", [0], "x" * 10_000]]])
    return script(part(["x"]), *repeat(more, 2000))


@MESSAGES(gives="hello")
def partial_outputs_that_grow_without_end(scene: Scene) -> Script:
    output = {"data": [[["append", [], "x" * 20_000]]], "is_generating": True}
    said = {"msg": "process_generating", "event_id": "event-1", "success": True}
    first = {**said, "output": {"data": ["x"], "is_generating": True}}
    return script(first, *repeat({**said, "output": output}, 4000))


@MESSAGES(gives="hello")
def edits_of_what_is_not_there(scene: Scene) -> Script:
    def part(*edits: Any) -> dict[str, Any]:
        output = {"data": list(edits), "is_generating": True}
        return {"msg": "process_generating", "event_id": "event-1", "output": output,
                "success": True}  # fmt: skip

    odd = [
        ["add", [0, 10**9], "x"], ["delete", [-1], None], ["replace", ["a"] * 10_000, 1],
        ["append", [], []], ["explode", [0], 1], ["replace", [0], {"__class__": 1}], 7, None,
    ]  # fmt: skip
    return script(part("x"), *(part([edit]) for edit in odd))


@MESSAGES(gives="hello")
def a_stream_that_goes_on_after_the_result(scene: Scene) -> Script:
    def stream() -> Iterator[Any]:
        yield completed("event-1", ["hello"])
        yield from repeat(b"data: " + b"x" * MIB, 200)

    return script(routes={DATA: lambda _: stream()})


@MESSAGES(error="more than")
def an_event_id_of_megabytes(scene: Scene) -> Script:
    return script(join=[joined("e" * 10 * MIB)])


def refusing(times: int) -> Script:
    item = {"__type__": "validate", "is_valid": False, "message": "refused\x1b[2J",
            "parameter_name": "x\u202e"}  # fmt: skip
    return script(join=[JSONResponse({"detail": [item] * times}, 422)])


@MESSAGES(error="refused")
def five_thousand_refusals(scene: Scene) -> Script:
    return refusing(5000)


@MESSAGES(error="more than")
def a_hundred_thousand_refusals(scene: Scene) -> Script:
    return refusing(100_000)


@MESSAGES(error="boom")
def an_error_of_megabytes(scene: Scene) -> Script:
    return script(data=[[failed("event-1", "boom " * 2 * MIB, title="t" * MIB), CLOSE_STREAM]])


@MESSAGES()
def five_hundred_files(scene: Scene) -> Script:
    meta = {"_type": "gradio.FileData"}
    files = [{"path": f"/tmp/{n}", "orig_name": f"{n}", "meta": meta} for n in range(500)]
    return script(config=with_output("file"), out=files)

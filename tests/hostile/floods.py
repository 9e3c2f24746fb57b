"""Apps that send more than anybody can take, or unfold it there."""

import gzip
import json
import zlib
from collections.abc import Iterator
from functools import cache
from itertools import repeat
from typing import Any

from starlette.responses import JSONResponse

from tests.hostile.origins import CONFIG, DATA, INFO
from tests.hostile.scenario import (
    MIB,
    Act,
    Scene,
    as_json,
    config_with,
    info_with,
    joined,
    script,
    streamed,
    with_output,
    with_props,
)
from tests.scripted_app import CLOSE_STREAM, Script, completed, failed, minimal_app

FLOODS = Act()

EVENTS = "text/event-stream"


@cache
def zipped(content: bytes, times: int) -> bytes:
    """gzip of `content`, `times` over: a thousandth of what it unfolds to."""
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    return b"".join([*(packer.compress(content) for _ in range(times)), packer.flush()])


def from_bytes(content: bytes) -> Any:
    """A call's messages, as the app writes them."""
    return lambda _: [content]


@FLOODS(error="more than")
def a_configuration_that_unfolds_a_thousandfold(scene: Scene) -> Script:
    bomb = zipped(b" " * MIB, 256)
    return script(routes={CONFIG: [as_json(bomb, content_encoding="gzip")]})


@FLOODS(error="not asked for")
def a_configuration_in_layers_of_gzip(scene: Scene) -> Script:
    bomb = gzip.compress(zipped(b" " * MIB, 256))
    return script(routes={CONFIG: [as_json(bomb, content_encoding="gzip, gzip")]})


@FLOODS(error="not asked for")
def a_configuration_in_brotli(scene: Scene) -> Script:
    # RFC 7932: a stream that is a gigabyte of one letter has about this many bytes.
    bomb = bytes.fromhex("cbffff07e0") * 1000
    return script(routes={CONFIG: [as_json(bomb, content_encoding="br")]})


@FLOODS(error="`x` is not a parameter")
def a_description_in_brotli(scene: Scene) -> Script:
    return script(routes={INFO: [as_json(b"\x8b" * 1000, content_encoding="br")]})


@FLOODS(error="broken")
def gzip_that_is_none(scene: Scene) -> Script:
    return script(routes={CONFIG: [as_json(b"not gzip at all", content_encoding="gzip")]})


@FLOODS(error="more than")
def a_configuration_without_end(scene: Scene) -> Script:
    return script(routes={CONFIG: streamed(lambda: repeat(b'{"a": "' + b"x" * MIB, 2000))})


@FLOODS(error="more than")
def a_configuration_of_thirty_megabytes_of_text(scene: Scene) -> Script:
    return script(config=with_props(placeholder="x" * 30 * MIB))


@FLOODS(gives="hello")
def a_configuration_of_seven_megabytes_of_text(scene: Scene) -> Script:
    return script(config=with_props(placeholder="x" * 7 * MIB))


@FLOODS(error="too many values")
def a_configuration_of_two_million_lists(scene: Scene) -> Script:
    content = json.dumps(config_with(page="@")).replace('"@"', f"[{'[],' * 2_000_000}[]]")
    return script(routes={CONFIG: [as_json(content)]})


@FLOODS(error="`x` is not a parameter")
def a_description_of_two_million_lists(scene: Scene) -> Script:
    content = json.dumps(info_with(example_input="@"))
    content = content.replace('"@"', f"[{'[],' * 2_000_000}[]]")
    return script(routes={INFO: [as_json(content)]})


@FLOODS(error="too many values")
def a_million_choices(scene: Scene) -> Script:
    config = json.dumps(with_props("dropdown", choices="@"))
    choices = ",".join(map(str, range(1_000_000)))
    return script(routes={CONFIG: [as_json(config.replace('"@"', f"[{choices}]"))]})


@FLOODS(error="more than 2000 functions")
def three_thousand_endpoints(scene: Scene) -> Script:
    config, info = minimal_app()
    [one] = config["dependencies"]
    config["dependencies"] = [{**one, "id": n, "api_name": f"echo{n or ''}"} for n in range(3000)]
    echo = info["named_endpoints"]["/echo"]
    info["named_endpoints"] = {f"/echo{n or ''}": echo for n in range(3000)}
    return script(config=config, info=info)


@FLOODS(error="more than 500 inputs")
def two_thousand_parameters(scene: Scene) -> Script:
    config, info = minimal_app()
    [one], box = config["dependencies"], config["components"][0]
    config["components"] += [{**box, "id": 10 + n} for n in range(2000)]
    one["inputs"] = [0, *range(10, 2010)]
    echo = info["named_endpoints"]["/echo"]
    [parameter] = echo["parameters"]
    more = [{**parameter, "parameter_name": f"x{n}"} for n in range(2000)]
    echo["parameters"] = [parameter, *more]
    return script(config=config, info=info)


@FLOODS(error="not JSON")
def a_configuration_a_hundred_thousand_lists_deep(scene: Scene) -> Script:
    return script(routes={CONFIG: [as_json("[" * 100_000 + "]" * 100_000)]})


@FLOODS()
def a_schema_of_a_hundred_levels(scene: Scene) -> Script:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(100):
        schema = {"type": "object", "properties": {"a": schema}, "anyOf": [{"a": 1}]}
    return script(info=info_with(type=schema))


@FLOODS(gives="hello")
def a_schema_that_refers_to_itself(scene: Scene) -> Script:
    tree = {"$ref": "#/$defs/a", "$defs": {"a": {"anyOf": [{"$ref": "#/$defs/a"}] * 20}}}
    return script(info=info_with(type=tree))


@FLOODS(arguments={"x": "a" * 40 + "!"})
def a_pattern_that_takes_for_ever(scene: Scene) -> Script:
    return script(info=info_with(type={"type": "string", "pattern": "^(a+)+$"}))


@FLOODS(error="does not end")
def a_message_without_end(scene: Scene) -> Script:
    return script(routes={DATA: streamed(lambda: repeat(b"data: " + b"x" * MIB, 1000), EVENTS)})


@FLOODS(error="does not end")
def messages_that_unfold_a_thousandfold(scene: Scene) -> Script:
    bomb = zipped(b"x" * MIB, 256)
    return script(routes={DATA: streamed(lambda: [bomb], EVENTS, content_encoding="gzip")})


@FLOODS(error="ended the stream")
def empty_lines_that_unfold_a_thousandfold(scene: Scene) -> Script:
    bomb = zipped(b"\n" * MIB, 16)
    return script(routes={DATA: streamed(lambda: [bomb], EVENTS, content_encoding="gzip")})


@FLOODS()
def a_message_of_sixty_megabytes(scene: Scene) -> Script:
    return script(out="x" * 60 * MIB)


@FLOODS(error="too many values")
def a_result_of_ten_million_lists(scene: Scene) -> Script:
    content = json.dumps(completed("event-1", ["@"])).replace('"@"', f"[{'[],' * 10_000_000}[]]")
    return script(routes={DATA: from_bytes(f"data: {content}\n\n".encode())})


@FLOODS(gives="hello")
def a_million_tiny_events(scene: Scene) -> Script:
    def stream() -> Iterator[Any]:
        yield from repeat(b": x\nid:\nevent: x\n\n" * 10_000, 25)
        yield b'data: {"msg": "heartbeat"}\n\n' * 1500
        yield b"data:{}\n\n" * 1500
        yield completed("event-1", ["hello"])

    return script(routes={DATA: lambda _: stream()})


@FLOODS(gives="hello")
def three_thousand_steps_of_progress(scene: Scene) -> Script:
    step = {"index": 1, "length": 2, "unit": "s", "progress": None, "desc": "\x1b[31mred"}
    said = {"msg": "progress", "event_id": "event-1", "progress_data": [step] * 3}
    line = b"data: " + json.dumps(said).encode() + b"\n\n"

    def stream() -> Iterator[Any]:
        yield from repeat(line * 1000, 3)
        yield completed("event-1", ["hello"])

    return script(routes={DATA: lambda _: stream()})


@FLOODS(gives="hello")
def log_messages_of_megabytes(scene: Scene) -> Script:
    said = {"msg": "log", "event_id": "event-1", "log": "\u202e" * MIB, "level": "info"}
    return script(*repeat(said, 5))


@FLOODS(gives="hello")
def partial_outputs_that_grow(scene: Scene) -> Script:
    def part(data: Any) -> dict[str, Any]:
        output = {"data": data, "is_generating": True}
        said = {"msg": "process_generating", "event_id": "event-1", "success": True}
        return {**said, "output": output}

    more = part([[["append", [0], "x" * 10_000]]])
    return script(part(["x"]), *repeat(more, 2000))


@FLOODS(gives="hello")
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


@FLOODS(gives="hello")
def a_stream_that_goes_on_after_the_result(scene: Scene) -> Script:
    def stream() -> Iterator[Any]:
        yield completed("event-1", ["hello"])
        yield from repeat(b"data: " + b"x" * MIB, 200)

    return script(routes={DATA: lambda _: stream()})


@FLOODS(error="no event id")
def an_event_id_of_megabytes(scene: Scene) -> Script:
    return script(join=[joined("e" * 10 * MIB)])


@FLOODS(error="refused")
def a_hundred_thousand_refusals(scene: Scene) -> Script:
    item = {"__type__": "validate", "is_valid": False, "message": "refused\x1b[2J",
            "parameter_name": "x\u202e"}  # fmt: skip
    return script(join=[JSONResponse({"detail": [item] * 100_000}, 422)])


@FLOODS(error="boom")
def an_error_of_megabytes(scene: Scene) -> Script:
    return script(data=[[failed("event-1", "boom " * 2 * MIB, title="t" * MIB), CLOSE_STREAM]])


@FLOODS()
def five_hundred_files(scene: Scene) -> Script:
    meta = {"_type": "gradio.FileData"}
    files = [{"path": f"/tmp/{n}", "orig_name": f"{n}", "meta": meta} for n in range(500)]
    return script(config=with_output("file"), out=files)

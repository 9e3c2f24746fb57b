"""Apps that describe themselves with more than anybody can take, or unfold it there."""

import gzip
import json
import zlib
from functools import cache
from itertools import repeat
from typing import Any

from tests.hostile.origins import CONFIG, INFO
from tests.hostile.scenario import (
    MIB,
    Act,
    Scene,
    as_json,
    config_with,
    info_with,
    script,
    streamed,
    with_props,
)
from tests.scripted_app import Script, minimal_app

FLOODS = Act()

EVENTS = "text/event-stream"


@cache
def zipped(content: bytes, times: int) -> bytes:
    """gzip of `content`, `times` over: a thousandth of what it unfolds to."""
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    return b"".join([*(packer.compress(content) for _ in range(times)), packer.flush()])


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


def with_described(text: str) -> Script:
    """One of which that JSON is told twice."""
    config, info = json.dumps(config_with(page="@")), json.dumps(info_with(example_input="@"))
    told = {CONFIG: config, INFO: info}
    return script(
        routes={path: [as_json(said.replace('"@"', text))] for path, said in told.items()}
    )


@FLOODS()
def descriptions_of_as_many_lists_as_may_be(scene: Scene) -> Script:
    return with_described(f"[{'[],' * 180_000}[]]")


@FLOODS()
def descriptions_of_as_many_texts_as_may_be(scene: Scene) -> Script:
    texts = ",".join(f'"{n}"' for n in range(200_000))
    return with_described(f"[{texts}]")


@FLOODS()
def a_configuration_that_one_letter_makes_four_times_as_wide(scene: Scene) -> Script:
    return script(config=with_props(placeholder="x" * 7 * MIB + "\U0001f600"))


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

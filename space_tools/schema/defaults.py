"""The default and the examples that a schema shows: those that fit it, or can be made to."""

import json
from collections.abc import Iterator
from typing import Any

from space_tools.schema.choices import Choices
from space_tools.schema.json_values import JSONSchema, is_json, is_number
from space_tools.schema.references import Definitions
from space_tools.schema.text import visible_json
from space_tools.schema.validator import Validator

# A longer default is sent all the same; showing it would only fill a model's context.
_MOST_CHARACTERS = 4_000
_LONGEST_EXAMPLE = 500


def with_default(
    schema: JSONSchema, definitions: Definitions, default: Any, choices: Choices | None
) -> JSONSchema:
    """`schema` with `default` if that fits, repaired if it must be, or else without."""
    if not is_json(default) or len(json.dumps(default)) > _MOST_CHARACTERS:
        return schema
    validator = Validator(schema, definitions)
    for candidate in _candidates(visible_json(default), choices):
        if validator.accepts(candidate):
            return {**schema, "default": candidate}
    return {**_nullable(schema), "default": None} if default is None else schema


def with_fitting_examples(schema: JSONSchema, definitions: Definitions) -> JSONSchema:
    """`schema` without those of its `examples` that do not fit it."""
    if "examples" not in schema:
        return schema
    bare = {key: value for key, value in schema.items() if key != "examples"}
    validator = Validator(bare, definitions)
    known = [example for example in schema["examples"] if is_json(example)]
    shown = [visible_json(e) for e in known if len(json.dumps(e)) <= _LONGEST_EXAMPLE]
    fitting = [example for example in shown if validator.accepts(example)]
    return {**bare, "examples": fitting} if fitting else bare


def _candidates(default: Any, choices: Choices | None) -> Iterator[Any]:
    yield default
    if choices is not None and default is not None:
        yield choices.resolve(default)
        yield [choices.resolve(default)]
    if is_number(default) or isinstance(default, bool):
        yield str(default)
    if is_number(default) and default in (0, 1):
        yield bool(default)
    if isinstance(default, str):
        yield from _numbers(default)


def _numbers(text: str) -> Iterator[int | float]:
    kinds: tuple[type[int] | type[float], ...] = (int, float)
    for kind in kinds:
        try:
            number = kind(text)
        except ValueError:
            continue
        if is_number(number):
            yield number


def _nullable(schema: JSONSchema) -> JSONSchema:
    null: JSONSchema = {"type": "null"}
    if "type" not in schema or "anyOf" in schema or "allOf" in schema or "const" in schema:
        described = {key: schema[key] for key in ("description",) if key in schema}
        return {**described, "anyOf": [schema, null]}
    types = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    nullable = {**schema, "type": [*types, "null"]}
    if "enum" in nullable:
        nullable["enum"] = [*nullable["enum"], None]
    return nullable

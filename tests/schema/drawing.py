"""Values that fit a JSON Schema, drawn at random: what an agent might send.

Knows the keywords that our schemas have, and those that Gradio's own have beside them.
"""

from collections.abc import Callable, Mapping
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

Values = st.SearchStrategy[Any]
Definitions = Mapping[str, Any]

A_FILE = "\0a file"
"""Drawn where Gradio's own schemas say that a string is a file."""

_TYPES = ["object", "array", "string", "number", "boolean", "null"]
_MOST = 3
# Deeper than any schema but one that refers to itself.
_DEEPEST = 12
_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)


def values_of(schema: Any, definitions: Definitions, depth: int = 0) -> Values:
    """Values that fit `schema`; of an open object only the properties that it names."""
    if not isinstance(schema, Mapping) or not schema or depth > _DEEPEST:
        return _scalars()
    # Gradio's own schemas leave definitions where no reference finds them.
    definitions = {**definitions, **schema.get("$defs", {})}
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return st.deferred(lambda: values_of(definitions[name], definitions, depth + 1))
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    for keyword in ("anyOf", "oneOf"):
        if keyword in schema:
            return st.one_of([values_of(b, definitions, depth + 1) for b in schema[keyword]])
    # `{"type": {}}` is how Gradio says "any".
    types = schema.get("type") or _TYPES
    names = [types] if isinstance(types, str) else list(types)
    return st.one_of([_OF_TYPE[name](schema, definitions, depth) for name in names])


def draw(schema: Mapping[str, Any], count: int) -> list[Any]:
    """At most `count` values that fit `schema`, the same ones every time."""
    drawn: list[Any] = []

    @settings(
        max_examples=count,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(values_of(schema, schema.get("$defs", {})))
    def collect(value: Any) -> None:
        drawn.append(value)

    collect()
    return drawn


def _scalars() -> Values:
    return st.one_of(st.none(), st.booleans(), st.integers(-9, 9), _TEXT)


def _objects(schema: Mapping[str, Any], definitions: Definitions, depth: int) -> Values:
    properties = {
        name: values_of(inner, definitions, depth + 1)
        for name, inner in schema.get("properties", {}).items()
    }
    required = {name: properties.pop(name) for name in schema.get("required", ())}
    return st.fixed_dictionaries(required, optional=properties)


def _arrays(schema: Mapping[str, Any], definitions: Definitions, depth: int) -> Values:
    prefix = [values_of(item, definitions, depth + 1) for item in schema.get("prefixItems", ())]
    if prefix:
        return st.tuples(*prefix).map(list)
    low = schema.get("minItems", 0)
    high = schema.get("maxItems", max(_MOST, low))
    items = values_of(schema.get("items"), definitions, depth + 1)
    return st.lists(items, min_size=low, max_size=min(high, max(_MOST, low)))


def _strings(schema: Mapping[str, Any], definitions: Definitions, depth: int) -> Values:
    if str(schema.get("format", "")).startswith("Gradio File Input"):
        return st.just(A_FILE)
    if "pattern" in schema:
        return st.from_regex(schema["pattern"].removesuffix("$") + r"\Z")
    longest = schema.get("maxLength", 8)
    return st.text(
        st.characters(codec="utf-8", exclude_characters="\0"),
        min_size=schema.get("minLength", 0),
        max_size=longest,
    )


def _numbers(schema: Mapping[str, Any], definitions: Definitions, depth: int) -> Values:
    low, high = schema.get("minimum", -1e9), schema.get("maximum", 1e9)
    floats = st.floats(low, high, allow_nan=False, width=64)
    return st.one_of(floats, _integers(schema, definitions, depth))


def _integers(schema: Mapping[str, Any], definitions: Definitions, depth: int) -> Values:
    low, high = schema.get("minimum", -(10**9)), schema.get("maximum", 10**9)
    step = schema.get("multipleOf", 1)
    return st.integers(-(-low // step), high // step).map(lambda count: int(count * step))


_OF_TYPE: Mapping[str, Callable[[Mapping[str, Any], Definitions, int], Values]] = {
    "object": _objects,
    "array": _arrays,
    "string": _strings,
    "number": _numbers,
    "integer": _integers,
    "boolean": lambda *_: st.booleans(),
    "null": lambda *_: st.none(),
}

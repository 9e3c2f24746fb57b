"""The JSON Schema validator, behind types: built once for each schema, then asked often."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from space_tools.schema.json_values import JSONSchema

_SAYS_TYPE = frozenset({"type", "title", "description", "default", "examples"})


@dataclass(frozen=True, slots=True)
class Misfit:
    """Where and why a value does not fit: `keyword` (with `expected` beside it) refused `value`.

    `path` leads from the whole value to the part; `branches` are the misfits of each alternative.
    """

    keyword: str
    expected: Any
    value: Any
    path: tuple[str | int, ...]
    schema: Mapping[str, Any]
    branches: tuple[tuple["Misfit", ...], ...] = ()


class Validator:
    """Draft 2020-12. `schema` must be valid, and `definitions` hold what it refers to."""

    def __init__(self, schema: JSONSchema, definitions: Mapping[str, JSONSchema]) -> None:
        self._schema = {**schema, "$defs": definitions} if definitions else schema

    @cached_property
    def _validator(self) -> Any:
        # With the first value: it takes its time to import.
        from jsonschema import Draft202012Validator

        return Draft202012Validator(self._schema)

    def accepts(self, value: Any) -> bool:
        """Whether `value` fits."""
        if self._schema.keys() <= _SAYS_TYPE and self._schema.get("type") == "string":
            return isinstance(value, str)  # most are, and there is no more to it
        return bool(self._validator.is_valid(value))

    def misfits(self, value: Any) -> Iterator[Misfit]:
        """What does not fit, in the order of the schema."""
        return map(_misfit, self._validator.iter_errors(value))


def _misfit(error: Any) -> Misfit:
    branches: dict[int, list[Misfit]] = {}
    for inner in error.context or ():
        branches.setdefault(inner.schema_path[0], []).append(_misfit(inner))
    return Misfit(
        keyword=error.validator,
        expected=error.validator_value,
        value=error.instance,
        path=tuple(error.absolute_path),
        schema=error.schema if isinstance(error.schema, Mapping) else {},
        branches=tuple(tuple(misfits) for misfits in branches.values()),
    )

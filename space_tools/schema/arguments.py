"""Arguments of tools that are no app's endpoint, mended and refused as those of endpoints are."""

from collections.abc import Mapping
from typing import Any

from space_tools.errors import ValidationError
from space_tools.schema import problems
from space_tools.schema.json_values import JSONSchema
from space_tools.schema.mending import mend
from space_tools.schema.validator import Validator


def bind_arguments(schema: JSONSchema, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """What was meant by `arguments`, with the defaults of those that are not given.

    `schema` is that of an object, in which nothing refers to anything. Raises `ValidationError`
    with a sentence for every problem.
    """
    properties, required = schema["properties"], schema.get("required", [])
    bound: dict[str, Any] = {}
    found: list[str] = []
    for name, wanted in properties.items():
        if arguments.get(name) is not None:
            bound[name] = mend(arguments[name], wanted, {})
            misfits = Validator(wanted, {}).misfits(bound[name])
            found += problems.describe_misfits(name, misfits)
        elif name in required:
            found.append(problems.missing(name))
        elif "default" in wanted:
            bound[name] = wanted["default"]
    unknown = [name for name in arguments if name not in properties]
    found += [problems.unknown(str(name), list(properties)) for name in unknown]
    if found:
        raise ValidationError(found)
    return bound

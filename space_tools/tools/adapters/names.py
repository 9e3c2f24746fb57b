"""Names as a framework, or Python itself, takes them. Pure."""

from collections.abc import Callable, Mapping
from keyword import iskeyword

from space_tools.schema.json_values import JSONSchema
from space_tools.schema.references import free_name


def is_identifier(name: str) -> bool:
    """Whether Python takes it for a name of one's own."""
    return name.isidentifier() and not iskeyword(name)


def to_identifier(name: str) -> str:
    """A tool's name as that of a function."""
    plain = name.replace("-", "_")
    return plain if is_identifier(plain) else f"_{plain}"


def renamed(
    schema: JSONSchema, is_fine: Callable[[str], bool]
) -> tuple[JSONSchema, Mapping[str, str]]:
    """The schema with another name for each property whose own is not fine, and new → own.

    A name that is not fine has its odd characters made `_`, and one more put before or after.
    """
    properties = schema.get("properties", {})
    taken = {name for name in properties if is_fine(name)}
    names = {name: name if name in taken else _fine(name, is_fine, taken) for name in properties}
    bent = dict(schema)
    if names:
        bent["properties"] = {names[name]: each for name, each in properties.items()}
    if "required" in bent:
        bent["required"] = [names.get(name, name) for name in bent["required"]]
    return bent, {new: own for own, new in names.items()}


def _fine(name: str, is_fine: Callable[[str], bool], taken: set[str]) -> str:
    plain = "".join(c if c.isascii() and c.isalnum() else "_" for c in name)
    for candidate in (plain, f"{plain}_", f"_{plain}"):
        if is_fine(candidate):
            return free_name(candidate, taken)
    return free_name("value", taken)

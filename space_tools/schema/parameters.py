"""One parameter as a property of its tool's input schema."""

import re
from typing import Any

from space_tools.gradio.app_info import Parameter
from space_tools.schema.choices import Choices
from space_tools.schema.components import Component
from space_tools.schema.defaults import with_default, with_fitting_examples
from space_tools.schema.json_values import JSONSchema
from space_tools.schema.references import Definitions, free_name, hoist
from space_tools.schema.text import clean, one_line, own_label

_LONGEST_NAME = 64
_ACCEPTED = re.compile(r"[a-zA-Z0-9_.-]{1,64}")
_LONGEST_PART = 2_000
_LONGEST = 4_000
# What Gradio calls a parameter that nobody named.
_NAMELESS = re.compile(r"(param|parameter|value|component)_\d+")
_UNITS = ("bytes", "KB", "MB", "GB")


def property_name(parameter: Parameter, taken: set[str]) -> str:
    """What the parameter is called in the schema; taken from then on.

    Its own name if every model API takes it: 1 to 64 of `[a-zA-Z0-9_.-]`. Else what is left of it
    then, else its component's kind (labels in other scripts are names before Gradio 4.23).
    """
    # What the browser translates is named by its key, which its label shows.
    translated = own_label(parameter.label) if "__i18n__" in parameter.label else ""
    own = translated.replace(" ", "_") or parameter.name
    if _ACCEPTED.fullmatch(own) and own not in taken:
        return free_name(own, taken)
    for name in (own, parameter.component, "value"):
        reduced = re.sub(r"[^a-zA-Z0-9_.-]+", "_", name).strip("_")
        if re.search(r"[a-zA-Z]", reduced):
            # Room for the number of a second one.
            return free_name(reduced[: _LONGEST_NAME - len("_999")], taken)
    raise AssertionError("'value' is a name")


def parameter_schema(
    parameter: Parameter,
    component: Component,
    choices: Choices | None,
    root: Definitions,
    max_file_size: int | None,
) -> JSONSchema:
    """One property's schema; the definitions it needs go to `root`."""
    schema = component.input(parameter)
    schema = hoist(schema, schema.pop("$defs", {}), root)
    schema = with_fitting_examples(schema, root)
    if parameter.has_default and not _is_file_of_the_app(component, parameter.default):
        schema = with_default(schema, root, parameter.default, choices)
    size = f"at most {_size(max_file_size)}" if max_file_size and component.takes_files else ""
    return {**schema, "description": _describe(parameter, schema.get("description", ""), size)}


def _is_file_of_the_app(component: Component, default: Any) -> bool:
    # A path on the app's server is for the app to read, not for an agent to send.
    sent = default if isinstance(default, list) else [default]
    return component.takes_files and any(item and isinstance(item, str) for item in sent)


def _describe(parameter: Parameter, *words: str) -> str:
    props = parameter.props
    # The label of an `api` function's parameter is its position.
    label = "" if parameter.component == "api" else own_label(parameter.label)
    said = [label, props.get("info"), *words, _hint(parameter)]
    sentences = dict.fromkeys(_sentence(clean(text, _LONGEST_PART)) for text in said)
    return clean(" ".join(filter(None, sentences)), _LONGEST) or _sentence(_nearest_name(parameter))


def _hint(parameter: Parameter) -> Any:
    hint = parameter.props.get("placeholder")
    # Of one that the browser translates only the key is known, which says less than a name.
    translated = "__i18n__" in str(hint) and not _NAMELESS.fullmatch(parameter.name)
    return "" if translated else hint


def _nearest_name(parameter: Parameter) -> str:
    nameless = _NAMELESS.fullmatch(parameter.name)
    kind = one_line(parameter.component, 40)
    return (nameless and kind) or one_line(parameter.name, _LONGEST_NAME) or kind or "A value"


def _sentence(text: str) -> str:
    # Full-width marks of East Asian scripts end a sentence too.
    ended = text.endswith((".", "!", "?", "…", ":", "\u3002", "\uff01", "\uff1f"))
    return f"{text[:1].upper()}{text[1:]}{'' if ended or not text else '.'}"


def _size(count: int) -> str:
    """Bytes in the largest unit that keeps them exact to a tenth: 5242880 as 5 MB."""
    size, unit = float(count), 0
    while size >= 1024 and unit < len(_UNITS) - 1:
        size, unit = size / 1024, unit + 1
    return f"{size:.1f}".removesuffix(".0") + f" {_UNITS[unit]}"

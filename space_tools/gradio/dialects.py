"""What a version of Gradio does otherwise than its protocol's name tells. Pure."""

import re
from dataclasses import dataclass

Version = tuple[int, int, int]

NEWEST: Version = (999, 0, 0)


@dataclass(frozen=True, slots=True)
class Dialect:
    """`quotes_errors`: messages of `gr.Error` come as Python repr (through 5.0).
    `reprs_json`: so do the JSON outputs of direct calls (5.x). `encodes_files`: files have other
    fields, and images travel inside the data (3.x)."""

    quotes_errors: bool = False
    reprs_json: bool = False
    encodes_files: bool = False


def dialect_of(version: str) -> Dialect:
    """That of a version as `/config` names it."""
    number = parse_version(version)
    return Dialect(
        quotes_errors=number < (5, 1, 0),
        reprs_json=number[0] == 5,
        encodes_files=number[0] < 4,
    )


def parse_version(version: str) -> Version:
    """The numbers of a version; `NEWEST` for one that has none."""
    match = re.match(r"(\d{1,3})\.(\d{1,3})(?:\.(\d{1,3}))?", version)
    return (int(match[1]), int(match[2]), int(match[3] or 0)) if match else NEWEST

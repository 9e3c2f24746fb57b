"""`space-tools doctor`: what keeps the tools from working here, and what to do about it."""

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from functools import partial

import click
from rich.console import Console
from rich.markup import escape

from space_tools.cli import run
from space_tools.cli.identity import hub_token
from space_tools.cli.serve import check
from space_tools.config import Settings
from space_tools.config.file import load
from space_tools.config.values import default_output_dir, default_pins_dir
from space_tools.doctor.examine import Setup, examine
from space_tools.doctor.findings import Finding, State, found
from space_tools.errors import ConfigurationError
from space_tools.schema.text import clean
from space_tools.tools.connecting import logins
from space_tools.tools.pins import Pins
from space_tools.tools.selection import Selection
from space_tools.tools.sources import parse_sources, parse_trusted

MARKS: dict[State, str] = {
    "ok": "[green]ok     [/]",
    "warning": "[yellow]warning[/]",
    "broken": "[red]broken [/]",
}


@click.command()
@click.option("--space", "spaces", multiple=True, metavar="[ALIAS=]SRC", help="An app to look at.")
@click.option("--config", metavar="FILE", help="Look at all apps of this configuration of serve.")
@click.option(
    "--accept",
    is_flag=True,
    help="Take the tools of these apps as they are now, where serve --pin refuses what changed.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(spaces: tuple[str, ...], config: str | None, accept: bool, as_json: bool) -> None:
    """Look for what keeps the tools from working here, and say what to do about each thing.

    Looks at this machine, the token, the Hub, and each app up to the tools it would become;
    changes nothing but what --accept says, and wakes no Space. Exit status: 1 if anything is
    broken.
    """
    run(partial(doctor, spaces, config, accept=accept, as_json=as_json))


async def doctor(
    spaces: Sequence[str], config: str | None, *, accept: bool = False, as_json: bool
) -> None:
    setup, wrong = _prepare(spaces, config)
    if accept and not (setup.sources or wrong):
        raise click.UsageError("--accept needs the apps: give --space SRC, or --config FILE")
    setup = replace(setup, accept=accept)
    findings = [*wrong, *await examine(setup)]
    if as_json:
        click.echo(json.dumps(to_json(findings), indent=2, ensure_ascii=False))
    else:
        show(findings)
    if _is_broken(findings):
        sys.exit(1)


def _prepare(spaces: Sequence[str], config: str | None) -> tuple[Setup, list[Finding]]:
    """What to examine; without the apps, and with a finding, if the configuration is wrong."""
    token = hub_token()
    try:
        settings = load(config, {"space": spaces}, os.environ)
        check(settings)
        return _setup(settings, token), []
    except ConfigurationError as error:
        setup = Setup(token=token, output_dir=default_output_dir())
        return setup, [found("configuration", error)]


def _setup(settings: Settings, token: str | None) -> Setup:
    return Setup(
        sources=parse_sources(settings.spaces, trusted=parse_trusted(settings.trust_hosts)),
        token=token,
        logins=logins(settings.spaces, os.environ),
        selection=Selection(include=settings.include, exclude=settings.exclude),
        output_dir=settings.output_dir,
        pins=Pins(default_pins_dir()),
    )


def _is_broken(findings: Sequence[Finding]) -> bool:
    return any(finding.state == "broken" for finding in findings)


def to_json(findings: Sequence[Finding]) -> dict[str, object]:
    """Everything that was found, and whether it will do."""
    return {"ok": not _is_broken(findings), "findings": [asdict(f) for f in findings]}


def show(findings: Sequence[Finding]) -> None:
    """A line for each, and another for what to do about it."""
    console = Console(highlight=False, soft_wrap=True)
    width = max(len(finding.what) for finding in findings)
    for finding in findings:
        what, said = escape(clean(finding.what, 60)), escape(clean(finding.said))
        console.print(f"{MARKS[finding.state]}  {what.ljust(width)}  {said}")
        if finding.remedy:
            console.print(f"{' ' * (width + 11)}[bold]→[/] {escape(clean(finding.remedy))}")
    counts = [sum(f.state == state for f in findings) for state in ("broken", "warning")]
    console.print(f"\n{counts[0]} broken, {counts[1]} to know of.")

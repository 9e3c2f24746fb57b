"""`space-tools quota`: the ZeroGPU quota of whoever asks."""

import json
from datetime import UTC, datetime
from functools import partial
from typing import Any

import click

from space_tools.cli import run
from space_tools.cli.identity import hub_token
from space_tools.hub.quota import Quota, fetch_quota, reset_words, span

CREDITS = "https://huggingface.co/settings/billing?add-credits=true"
"""Source: huggingface_hub."""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON; times are seconds of GPU time.")
def command(as_json: bool) -> None:
    """Show your ZeroGPU quota: what is left of it, of how much, and when it is whole again.

    Yours is that of the account of HF_TOKEN, or of the token that `hf auth login` saved.
    """
    run(partial(quota, as_json=as_json))


async def quota(*, as_json: bool) -> None:
    found = await fetch_quota(hub_token())
    if as_json:
        click.echo(json.dumps(to_json(found), indent=2))
    else:
        click.echo(to_text(found, datetime.now(UTC)))


def to_json(found: Quota) -> dict[str, Any]:
    resets_at = found.resets_at
    return {
        "left": found.left,
        "total": found.total,
        "resets_at": None if resets_at is None else resets_at.isoformat(),
        "beyond": found.beyond,
    }


def to_text(found: Quota, now: datetime) -> str:
    """In a sentence or two."""
    resets_at = found.resets_at
    when = "nothing was used" if resets_at is None else reset_words(resets_at, now)
    lines = [f"{span(found.left)} of {span(found.total)} ZeroGPU time left; {when}."]
    if found.beyond:
        lines.append(f"Used beyond it, from credits: {span(found.beyond)}.")
    if found.left <= 0:
        lines.append(f"PRO, Team and Enterprise accounts can go on with credits: {CREDITS}")
    return "\n".join(lines)

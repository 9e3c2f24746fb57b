"""A copy of a Space, for whoever wants a client of it."""

from collections.abc import Mapping
from typing import Literal

import click

from space_tools.client.options import saved_token
from space_tools.hub.duplicate import duplicate_space


async def duplicate(
    from_id: str,
    to_id: str | None,
    *,
    token: str | Literal[False] | None,
    private: bool,
    hardware: str | None,
    secrets: Mapping[str, str] | None,
    sleep_timeout: int,
    verbose: bool,
) -> tuple[str, str | None]:
    """Copies a Space; its id and the token that it was done with. See `Client.duplicate`."""

    async def tell(sentence: str) -> None:
        if verbose:
            click.echo(sentence)

    own = saved_token(token)
    copy = await duplicate_space(
        from_id,
        to_id,
        token=own,
        private=private,
        hardware=hardware,
        secrets=secrets,
        sleep_timeout=sleep_timeout,
        on_step=tell,
    )
    return copy, own

"""`cebu revert`: a change that takes another back."""

import click

from server.commands import fail
from server.commands.served import (
    author_option,
    dry_run_option,
    endpoint_option,
    explain,
    message_option,
    served,
)


@click.command()
@click.argument("number", metavar="N", type=click.IntRange(min=1))
@author_option
@message_option
@dry_run_option
@endpoint_option
def command(number: int, author: str, message: str, dry_run: bool, endpoint: str | None) -> None:
    """Take change N back, by a new change that undoes what it did."""
    with served(endpoint, writes=True) as server:
        status, body = server.ask(
            f"/changes/{number}/revert",
            {"author": author, "message": message, "dry-run": "1" if dry_run else ""},
            body=b"",
            media_type="application/x-www-form-urlencoded",
        )
    if status not in {200, 204}:
        fail(explain(status, body))
    click.echo("it can be taken back" if dry_run else f"change {number} is taken back")

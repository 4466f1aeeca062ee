"""`cebu diff`: what is different between two versions, in people's words or as a patch."""

import click

from server.commands import fail
from server.commands.served import endpoint_option, explain, served


@click.command()
@click.argument("start", metavar="A", type=click.IntRange(min=0))
@click.argument("end", metavar="B", type=click.IntRange(min=0))
@click.option("--patch", is_flag=True, help="Print an RDF Patch that makes B of A.")
@endpoint_option
def command(start: int, end: int, patch: bool, endpoint: str | None) -> None:
    """Say what is different from version A to version B; 0 is what was loaded at first."""
    with served(endpoint, writes=False) as server:
        fields = {"from": str(start), "to": str(end), "format": "rdfp" if patch else "txt"}
        # The address says the format of the answer; a problem comes by Accept, as it is read here.
        status, body = server.ask("/changes", fields)
    if status != 200:
        fail(explain(status, body))
    click.echo(body, nl=False)

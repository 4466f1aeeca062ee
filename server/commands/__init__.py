"""The subcommands of `cebu`, one module each, loaded when first asked for."""

from pathlib import Path
from typing import NoReturn

import click

from ingest import DATA

data_option = click.option(
    "--data",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    default=DATA,
    show_default=False,
    help="The folder with sources/, annotations/, corrections/ and graph/ (default: the "
    "project's data/).",
)
"""The option of commands that read the documents and what people read in them."""


def fail(message: str) -> NoReturn:
    """Print `message` to standard error as the one reason for stopping, and exit with status 1."""
    click.echo(f"Error: {message}", err=True)
    raise SystemExit(1)
